// A server of the Model Context Protocol of this test's own, that leaves authorization to the server under test: it
// publishes who that is (RFC 9728) and asks it about each token (RFC 7662).

import { once } from 'node:events'
import { createServer } from 'node:http'
import { register, server } from './server.mjs'

const metadataPath = '/.well-known/oauth-protected-resource/mcp'
const read = { name: 'read', description: 'Needs api:read', inputSchema: { type: 'object' } }
const write = { name: 'write', description: 'Needs api:write', inputSchema: { type: 'object' } }

/** Starts it: where it is, and how to stop it. */
export async function mcpServer() {
  const { base, issuer } = await server()
  const { client_id, client_secret } = await register({ grant_types: ['client_credentials'], scope: 'api:read' })
  const listener = createServer((request, response) => {
    answer(request).then(([status, body, headers]) => {
      const usual = body === undefined ? {} : { 'content-type': 'application/json' }
      response.writeHead(status, { ...usual, ...headers }).end(body && JSON.stringify(body))
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const origin = `http://127.0.0.1:${listener.address().port}`
  const url = `${origin}/mcp`

  async function answer(request) {
    if (request.url === metadataPath) {
      const metadata = { resource: url, authorization_servers: [issuer], scopes_supported: ['api:read', 'api:write'] }
      return [200, metadata]
    }
    if (request.url !== '/mcp') return [404]
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1]
    const { active, aud, scope = '' } = token ? await introspect(token) : {}
    // "MCP servers MUST validate that access tokens were issued specifically for them as the intended audience"
    if (!active || ![aud].flat().includes(url)) return challenge(401, token ? { error: 'invalid_token' } : {}, 'api:read')
    if (request.method !== 'POST') return [405]
    const message = JSON.parse(Buffer.concat(await request.toArray()))
    const needed = message.method === 'tools/call' ? `api:${message.params.name}` : 'api:read'
    if (!scope.split(' ').includes(needed)) return challenge(403, { error: 'insufficient_scope' }, needed)
    if (message.id === undefined) return [202]
    return [200, { jsonrpc: '2.0', id: message.id, result: act(message) }]
  }

  function act({ method, params }) {
    if (method === 'initialize') {
      const serverInfo = { name: 'sample', version: '1.0.0' }
      return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo }
    }
    if (method === 'tools/list') return { tools: [read, write] }
    if (method === 'tools/call') return { content: [{ type: 'text', text: `done: ${params.name}` }] }
    return {}
  }

  function challenge(status, parameters, scope) {
    const all = { ...parameters, resource_metadata: `${origin}${metadataPath}`, scope }
    const list = Object.entries(all).map(([name, value]) => `${name}="${value}"`)
    return [status, undefined, { 'www-authenticate': `Bearer ${list.join(', ')}` }]
  }

  async function introspect(token) {
    const authorization = `Basic ${btoa(`${client_id}:${client_secret}`)}`
    const body = new URLSearchParams({ token })
    return (await fetch(`${base}/introspect`, { method: 'POST', headers: { authorization }, body })).json()
  }

  const stop = async () => {
    listener.closeAllConnections()
    listener.close()
    await once(listener, 'close')
  }
  return { url, stop }
}
