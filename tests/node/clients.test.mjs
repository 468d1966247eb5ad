// Clients that others wrote. One file, so that one server serves all of them; each also runs by itself, such as by
// `node --test clients/openid-client.mjs`.

import { before } from 'node:test'
import './clients/openid-client.mjs'
import './clients/openid-client-extensions.mjs'
import './clients/oauth4webapi.mjs'
import './clients/oauth4webapi-extensions.mjs'
import './clients/oauth4webapi-objects.mjs'
import './clients/modelcontextprotocol.mjs'
import './clients/jose.mjs'
import { checked } from './support/openapi.mjs'
import { server } from './support/server.mjs'

// Whatever the server answers them is as its OpenAPI document says.
before(async () => {
  const { issuer } = await server()
  globalThis.fetch = checked(globalThis.fetch, issuer)
})
