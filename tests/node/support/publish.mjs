// A document about a client, or of its keys, on a server of its own.

import { once } from 'node:events'
import { createServer } from 'node:http'

/**
 * Publishes the metadata of a client whose identifier is the address of this document, as it is when it is fetched. A key set
 * with an identifier is a key set, too.
 */
export async function publish(metadata) {
  let fetched = 0
  const listener = createServer((request, response) => {
    fetched += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ client_id: url, ...metadata }))
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = `http://127.0.0.1:${listener.address().port}/app/client.json`
  const stop = async () => {
    listener.closeAllConnections()
    listener.close()
    await once(listener, 'close')
  }
  return { url, stop, fetched: () => fetched }
}
