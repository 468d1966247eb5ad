// Clients that others wrote. One file, so that one server serves all of them; each also runs by itself, such as by
// `node --test clients/openid-client.mjs`.

import './clients/openid-client.mjs'
import './clients/oauth4webapi.mjs'
import './clients/modelcontextprotocol.mjs'
