// A key-value namespace in memory, by the requests that workerd makes of one.
const kept = new Map()

export default {
  async fetch(request) {
    const url = new URL(request.url)
    const key = decodeURIComponent(url.pathname.slice(1))
    if (request.method === 'PUT') {
      kept.set(key, { value: await request.arrayBuffer(), metadata: request.headers.get('cf-kv-metadata') })
      return new Response()
    }
    if (request.method === 'DELETE') {
      kept.delete(key)
      return new Response()
    }
    if (key === '') {
      const prefix = url.searchParams.get('prefix') ?? ''
      const keys = [...kept].filter(([name]) => name.startsWith(prefix))
      const named = keys.map(([name, { metadata }]) => ({ name, metadata: metadata && JSON.parse(metadata) }))
      return Response.json({ keys: named, list_complete: true })
    }
    const found = kept.get(key)
    if (found === undefined) return new Response('', { status: 404 })
    return new Response(found.value, { headers: found.metadata ? { 'cf-kv-metadata': found.metadata } : {} })
  },
}
