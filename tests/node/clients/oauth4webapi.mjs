// A client that somebody else wrote: npm's oauth4webapi, which checks each answer by itself.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as rp from '../support/oauth4webapi.mjs'
import { server, unique } from '../support/server.mjs'
import { User } from '../support/user.mjs'

/** What the library throws for an error in the body. */
const refused = (status, error) => ({ code: oauth.RESPONSE_BODY_ERROR, status, error })

/** What the library throws for a challenge. */
function challenged(status, scheme, error) {
  return (thrown) => {
    assert.equal(thrown.code, oauth.WWW_AUTHENTICATE_CHALLENGE, `${thrown}`)
    assert.equal(thrown.status, status)
    assert.equal(thrown.cause[0].scheme, scheme)
    assert.equal(thrown.cause[0].parameters.error, error)
    return true
  }
}

test('oauth4webapi finds the same server by OpenID Connect Discovery and by RFC 8414', async () => {
  assert.deepEqual(await rp.discover('oauth2'), await rp.discover('oidc'))
})

for (const method of ['client_secret_basic', 'client_secret_post', 'none']) {
  test(`oauth4webapi goes from discovery to revocation as a client that authenticates by ${method}`, async () => {
    const as = await rp.discover()
    const app = await rp.app({ token_endpoint_auth_method: method })
    const { user, tokens } = await rp.signIn(as, app)
    assert.equal(tokens.token_type, 'bearer')
    assert.equal(tokens.claims.aud, app.client.client_id)
    assert.equal(tokens.claims.iss, as.issuer)
    const { sub } = tokens.claims
    assert.equal((await rp.userInfo(as, app.client, tokens.access_token, sub)).email, user.email)

    const refreshed = await rp.refresh(as, app, tokens.refresh_token)
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    assert.equal((await rp.userInfo(as, app.client, refreshed.access_token, sub)).email, user.email)

    await rp.revoke(as, app, refreshed.refresh_token)
    await assert.rejects(rp.refresh(as, app, refreshed.refresh_token), refused(400, 'invalid_grant'))
    const gone = rp.userInfo(as, app.client, refreshed.access_token, sub)
    await assert.rejects(gone, challenged(401, 'bearer', 'invalid_token'))
  })
}

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
  test(`oauth4webapi verifies an ID token signed with ${alg} by the published key`, async () => {
    const as = await rp.discover()
    const app = await rp.app({ id_token_signed_response_alg: alg })
    const { tokens } = await rp.signIn(as, app)
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'))
    assert.equal(header.alg, alg)
  })
}

test('oauth4webapi refuses an ID token of another nonce, another client or too old a sign-in', async () => {
  const as = await rp.discover()
  const app = await rp.app()
  const other = await rp.app()
  const user = await User.signedUp()
  const answer = async (parameters) => {
    const { url, memory } = await rp.begin(as, app.client, parameters)
    return [await user.authorize(url), memory]
  }
  const mismatch = { code: oauth.JWT_CLAIM_COMPARISON }
  const [callback, memory] = await answer()
  await assert.rejects(rp.redeem(as, app, callback, { ...memory, nonce: 'another' }), mismatch)
  const [second, secondMemory] = await answer()
  const asOther = { ...app, client: { ...app.client, client_id: other.client.client_id } }
  // By the credentials of the one and the expectations of the other.
  const authentication = (_as, _client, body, headers) => app.authentication(_as, app.client, body, headers)
  await assert.rejects(rp.redeem(as, { ...asOther, authentication }, second, secondMemory), mismatch)
  const [third, thirdMemory] = await answer({ max_age: '1000' })
  const { claims } = await rp.redeem(as, app, third, thirdMemory, { maxAge: 1000 })
  assert.equal(typeof claims.auth_time, 'number')
})

test('oauth4webapi refuses an authorization response without state, with another issuer or with another state', async () => {
  const as = await rp.discover()
  const app = await rp.app()
  const user = await User.signedUp()
  const { url, memory } = await rp.begin(as, app.client)
  const callback = await user.authorize(url)
  for (const name of ['state', 'iss']) {
    for (const forge of [(parameters) => parameters.set(name, 'https://evil.example'), (parameters) => parameters.delete(name)]) {
      const forged = new URL(callback)
      forge(forged.searchParams)
      await assert.rejects(rp.redeem(as, app, forged, memory), { code: oauth.INVALID_RESPONSE })
    }
  }
  assert.ok((await rp.redeem(as, app, callback, memory)).access_token, 'and the code was not spent')
})

test('oauth4webapi hears of a denial, of a silent request that needs a person and of a replayed code', async () => {
  const as = await rp.discover()
  const app = await rp.app()
  const user = await User.signedUp()
  const denied = await rp.begin(as, app.client)
  const answered = (error) => ({ code: oauth.AUTHORIZATION_RESPONSE_ERROR, error })
  await assert.rejects(rp.redeem(as, app, await user.authorize(denied.url, 'deny'), denied.memory), answered('access_denied'))
  const silent = await rp.begin(as, app.client, { prompt: 'none' })
  const stranger = await new User().authorize(silent.url)
  await assert.rejects(rp.redeem(as, app, stranger, silent.memory), answered('login_required'))
  const { url, memory } = await rp.begin(as, app.client)
  const callback = await user.authorize(url)
  const { access_token, claims } = await rp.redeem(as, app, callback, memory)
  await assert.rejects(rp.redeem(as, app, callback, memory), refused(400, 'invalid_grant'))
  const gone = rp.userInfo(as, app.client, access_token, claims.sub)
  await assert.rejects(gone, challenged(401, 'bearer', 'invalid_token'))
})

test('oauth4webapi refuses the claims of another subject at userinfo', async () => {
  const as = await rp.discover()
  const app = await rp.app()
  const { tokens } = await rp.signIn(as, app)
  const { tokens: others } = await rp.signIn(as, app)
  const swapped = rp.userInfo(as, app.client, others.access_token, tokens.claims.sub)
  await assert.rejects(swapped, { code: oauth.JSON_ATTRIBUTE_COMPARISON })
})

test('oauth4webapi gets a token for the client itself, has it introspected, and is told of its limits', async () => {
  const as = await rp.discover()
  const app = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read api:write' })
  const { client } = app
  const ask = (scope) => rp.clientCredentials(as, app, scope)
  const { access_token, scope, refresh_token, id_token } = await ask('api:read')
  assert.deepEqual([scope, refresh_token, id_token], ['api:read', undefined, undefined])
  const resource = `${(await server()).base}/resource/report`
  assert.equal((await rp.read(resource, access_token)).client, client.client_id)
  const { active, client_id } = await rp.introspect(as, app, access_token)
  assert.deepEqual([active, client_id], [true, client.client_id])
  await assert.rejects(ask('api:delete'), refused(400, 'invalid_scope'))
  const { access_token: writes } = await ask('api:write')
  await assert.rejects(rp.read(resource, writes), challenged(403, 'bearer', 'insufficient_scope'))
  await rp.revoke(as, app, access_token)
  assert.deepEqual(await rp.introspect(as, app, access_token), { active: false })
  await assert.rejects(rp.read(resource, access_token), challenged(401, 'bearer', 'invalid_token'))
})

test('oauth4webapi registers a client with the initial access token and signs somebody in with it', async () => {
  const as = await rp.discover()
  const { adminToken } = await server()
  const metadata = { redirect_uris: [rp.redirectUri], client_name: 'Registered App', scope: 'openid' }
  const request = async (options) => {
    const response = await oauth.dynamicClientRegistrationRequest(as, metadata, { ...options, ...(await rp.options()) })
    return oauth.processDynamicClientRegistrationResponse(response)
  }
  await assert.rejects(request({}), (thrown) => [400, 401, 403].includes(thrown.status ?? thrown.cause?.status))
  const client = await request({ initialAccessToken: adminToken })
  const { tokens } = await rp.signIn(as, { client, authentication: oauth.ClientSecretBasic(client.client_secret) })
  assert.equal(tokens.scope, 'openid')
})

test('oauth4webapi is told that its secret is wrong', async () => {
  const as = await rp.discover()
  const app = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read' }, oauth.ClientSecretBasic('wrong'))
  await assert.rejects(rp.introspect(as, app, 'sat_x'), challenged(401, 'basic'))
})

test('oauth4webapi finds the authorization server by the metadata of the resource, and gets a token for it alone', async () => {
  const { base, issuer } = await server()
  const resource = new URL(`${base}/resource/notes`)
  const metadata = await oauth.processResourceDiscoveryResponse(
    resource,
    await oauth.resourceDiscoveryRequest(resource, await rp.options()),
  )
  assert.deepEqual(metadata.authorization_servers, [issuer])
  const as = await rp.discover()
  const app = await rp.app()
  const { user, tokens } = await rp.signIn(as, app, { resource: metadata.resource })
  assert.equal((await rp.read(resource, tokens.access_token)).user.email, user.email)
  assert.equal((await rp.introspect(as, app, tokens.access_token)).aud, metadata.resource)
  const elsewhere = rp.userInfo(as, app.client, tokens.access_token, tokens.claims.sub)
  await assert.rejects(elsewhere, challenged(401, 'bearer', 'invalid_token'))
})

test('oauth4webapi reads where to go and what is missing from the challenge of a resource', async () => {
  const { base } = await server()
  const as = await rp.discover()
  const { tokens } = await rp.signIn(as, await rp.app({ scope: 'openid' }))
  const machine = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read' })
  const { access_token } = await rp.clientCredentials(as, machine, 'api:read')
  const parameters = async (path, token) => {
    const thrown = await rp.read(`${base}${path}`, token).catch((error) => error)
    assert.equal(thrown.code, oauth.WWW_AUTHENTICATE_CHALLENGE, `${thrown}`)
    return thrown.cause[0].parameters
  }
  const { error, scope, resource_metadata } = await parameters('/resource/notes', tokens.access_token)
  assert.deepEqual([error, scope], ['insufficient_scope', 'profile'])
  const answer = await fetch(resource_metadata)
  const metadata = await oauth.processResourceDiscoveryResponse(new URL(`${base}/resource/notes`), answer)
  assert.ok(metadata.scopes_supported.includes(scope))
  const stale = await parameters('/resource/recent', access_token)
  assert.deepEqual([stale.error, Number(stale.max_age) > 0], ['insufficient_user_authentication', true])
})

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
  test(`oauth4webapi verifies a JWT access token signed with ${alg} as a resource server does`, async () => {
    const as = await rp.discover()
    const app = await rp.app({ access_token_signed_response_alg: alg })
    const resource = 'https://api.example/notes'
    const { tokens } = await rp.signIn(as, app, { resource })
    const request = new Request(resource, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    const validate = async (audience, request) => oauth.validateJwtAccessToken(as, request, audience, await rp.options())
    const claims = await validate(resource, request.clone())
    assert.deepEqual([claims.iss, claims.client_id, claims.sub], [as.issuer, app.client.client_id, tokens.claims.sub])
    await assert.rejects(validate('https://other.example/', request.clone()), { code: oauth.JWT_CLAIM_COMPARISON })
    const idToken = new Request(resource, { headers: { authorization: `Bearer ${tokens.id_token}` } })
    await assert.rejects(validate(app.client.client_id, idToken), { code: oauth.INVALID_RESPONSE })
  })
}

/** A key pair, its public key as a JWK. */
async function keyPair(alg) {
  const { publicKey, privateKey } = await oauth.generateKeyPair(alg, { extractable: true })
  const { kty, n, e, crv, x, y } = await crypto.subtle.exportKey('jwk', publicKey)
  return { privateKey, jwk: JSON.parse(JSON.stringify({ kty, n, e, crv, x, y, kid: unique() })) }
}

for (const alg of ['RS256', 'PS256', 'ES256', 'Ed25519']) {
  test(`oauth4webapi authenticates by private_key_jwt with ${alg}, and by no other key`, async () => {
    const as = await rp.discover()
    const mine = await keyPair(alg)
    const app = await rp.app(
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [mine.jwk] } },
      oauth.PrivateKeyJwt({ key: mine.privateKey, kid: mine.jwk.kid }),
    )
    const { tokens } = await rp.signIn(as, app)
    assert.equal((await rp.introspect(as, app, tokens.access_token)).active, true)
    const refreshed = await rp.refresh(as, app, tokens.refresh_token)
    const thief = { ...app, authentication: oauth.PrivateKeyJwt({ key: (await keyPair(alg)).privateKey, kid: mine.jwk.kid }) }
    await assert.rejects(rp.refresh(as, thief, refreshed.refresh_token), challenged(401, 'basic'))
    await rp.revoke(as, app, refreshed.refresh_token)
    assert.equal((await rp.introspect(as, app, refreshed.access_token)).active, false)
  })
}

test('oauth4webapi authenticates by client_secret_jwt, and by no other secret', async () => {
  const as = await rp.discover()
  const metadata = { grant_types: ['client_credentials'], scope: 'api:read', token_endpoint_auth_method: 'client_secret_jwt' }
  const { client } = await rp.app(metadata, oauth.None())
  const app = { client, authentication: oauth.ClientSecretJwt(client.client_secret) }
  const { access_token } = await rp.clientCredentials(as, app, 'api:read')
  assert.equal((await rp.introspect(as, app, access_token)).active, true)
  const wrong = { client, authentication: oauth.ClientSecretJwt('a secret that is wrong, but long enough for HS256') }
  await assert.rejects(rp.clientCredentials(as, wrong, 'api:read'), challenged(401, 'basic'))
  const plain = { client, authentication: oauth.ClientSecretBasic(client.client_secret) }
  await assert.rejects(rp.clientCredentials(as, plain, 'api:read'), challenged(401, 'basic'))
})
