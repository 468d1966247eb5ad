// `oidc-provider` as its README starts it, in memory, on the paths of spin-auth. What its development pages would ask somebody
// in a browser is told to it beforehand: /bench/session.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

const address = process.argv[2]
const jwk = (type, options) => generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' })

const kept = new Map()
const sessions = new Map()
const grants = new Map()

/** Its own adapter for memory forgets all but 1,000 things, the session among them. */
class Memory {
  constructor(model) {
    this.model = model
  }

  key(id) {
    return `${this.model}:${id}`
  }

  async upsert(id, payload) {
    kept.set(this.key(id), payload)
    if (this.model === 'Session') sessions.set(payload.uid, id)
    if (payload.grantId) {
      const members = grants.get(payload.grantId) ?? new Set()
      grants.set(payload.grantId, members.add(this.key(id)))
    }
  }

  async find(id) {
    return kept.get(this.key(id))
  }

  async findByUid(uid) {
    return this.find(sessions.get(uid))
  }

  async consume(id) {
    kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000)
  }

  async destroy(id) {
    kept.delete(this.key(id))
  }

  async revokeByGrantId(id) {
    for (const key of grants.get(id) ?? []) kept.delete(key)
    grants.delete(id)
  }
}

const provider = new Provider(`http://${address}`, {
  jwks: { keys: [jwk('rsa', { modulusLength: 2048 }), jwk('ec', { namedCurve: 'P-256' }), jwk('ed25519')] },
  adapter: Memory,
  cookies: { keys: [] },
  scopes: ['openid', 'api:read'],
  claims: { openid: ['sub'], profile: ['given_name', 'family_name'], email: ['email'] },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, given_name: 'Jane', family_name: 'Doe', email: 'jane@example.org' }),
  }),
  // As spin-auth does: every such client gets one, and each use replaces it.
  issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
  rotateRefreshToken: true,
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'EdDSA'] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    revocation: { enabled: true },
  },
  routes: {
    authorization: '/authorize',
    introspection: '/introspect',
    jwks: '/jwks',
    registration: '/register',
    revocation: '/revoke',
    token: '/token',
    userinfo: '/userinfo',
  },
})

/** Signs somebody in and lets these clients do what they ask for; the cookie of that session. */
async function session(clients) {
  const accountId = 'jane'
  const session = new provider.Session({ jti: randomUUID(), accountId, loginTs: Math.floor(Date.now() / 1000) })
  for (const clientId of clients) {
    const grant = new provider.Grant({ accountId, clientId })
    grant.addOIDCScope('openid profile email')
    session.ensureClientContainer(clientId)
    session.grantIdFor(clientId, await grant.save(86_400))
  }
  await session.save(86_400)
  return `_session=${session.jti}`
}

const answer = provider.callback()
const [host, port] = address.split(':')
createServer(async (request, response) => {
  const url = new URL(request.url, `http://${address}`)
  if (url.pathname !== '/bench/session') {
    // It wants no nonce where no ID token is asked for.
    if (url.searchParams.get('scope')?.includes('openid') === false) request.url = request.url.replace(/&nonce=[^&]*/, '')
    return answer(request, response)
  }
  const cookie = await session(url.searchParams.getAll('client_id'))
  response.end(JSON.stringify({ cookie }))
}).listen(Number(port), host)
