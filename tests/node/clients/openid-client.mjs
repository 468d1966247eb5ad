// A relying party that somebody else wrote: npm's openid-client, as its users would call it.

import { strict as assert } from 'node:assert'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import * as client from 'openid-client'
import { register, server } from '../support/server.mjs'
import { User } from '../support/user.mjs'

const redirectUri = 'https://app.example/callback'
const authentication = {
  client_secret_basic: client.ClientSecretBasic,
  client_secret_post: client.ClientSecretPost,
  none: client.None,
}

/** The client, configured by discovery; it checks the signature of every ID token. */
async function discover(registered, secret = registered.client_secret) {
  const { issuer } = await server()
  const method = authentication[registered.token_endpoint_auth_method](secret)
  const metadata = { id_token_signed_response_alg: registered.id_token_signed_response_alg }
  const execute = [client.enableNonRepudiationChecks]
  if (issuer.startsWith('http:')) execute.push(client.allowInsecureRequests)
  return client.discovery(new URL(issuer), registered.client_id, metadata, method, { execute })
}

async function app(metadata = {}) {
  return register({
    client_name: 'Sample App',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email',
    ...metadata,
  })
}

/** An authorization request and what the client must remember of it. */
async function begin(config, parameters = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    ...parameters,
  })
  return { url, checks }
}

/** Tokens of somebody who has just signed up and allowed this client. */
async function signIn(config) {
  const user = await User.signedUp()
  const { url, checks } = await begin(config)
  const callback = await user.authorize(url)
  const tokens = await client.authorizationCodeGrant(config, callback, checks)
  return { user, callback, checks, tokens }
}

/** What the library throws for an answer of this status with this error code. */
function responseError(status, error) {
  return (thrown) => {
    assert.ok(thrown instanceof client.ResponseBodyError, `${thrown}`)
    assert.deepEqual([thrown.status, thrown.error], [status, error], thrown.error_description)
    return true
  }
}

/** What the library throws for a 401 with a challenge of this scheme. */
function challengeError(scheme, error) {
  return (thrown) => {
    assert.ok(thrown instanceof client.WWWAuthenticateChallengeError, `${thrown}`)
    assert.equal(thrown.status, 401)
    assert.deepEqual(thrown.cause.map((challenge) => challenge.scheme), [scheme])
    if (error) assert.equal(thrown.cause[0].parameters.error, error)
    return true
  }
}

function leftHalfOfHash(text, bits) {
  return createHash(`sha${bits}`).update(text).digest().subarray(0, bits / 16).toString('base64url')
}

test('discovery tells the library everything that it asks for', async () => {
  const { issuer } = await server()
  const config = await discover(await app())
  const metadata = config.serverMetadata()
  assert.equal(metadata.issuer, issuer)
  assert.equal(metadata.supportsPKCE('S256'), true)
  assert.equal(metadata.authorization_response_iss_parameter_supported, true)
  for (const alg of ['RS256', 'ES256', 'EdDSA']) assert.ok(metadata.id_token_signing_alg_values_supported.includes(alg))
  for (const method of Object.keys(authentication)) {
    assert.ok(metadata.token_endpoint_auth_methods_supported.includes(method), method)
  }
})

test('discovery by RFC 8414 leads to the same server', async () => {
  const { issuer } = await server()
  const registered = await app()
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []
  const method = client.ClientSecretBasic(registered.client_secret)
  const options = { algorithm: 'oauth2', execute }
  const config = await client.discovery(new URL(issuer), registered.client_id, {}, method, options)
  assert.equal(config.serverMetadata().token_endpoint, (await discover(registered)).serverMetadata().token_endpoint)
})

for (const method of Object.keys(authentication)) {
  test(`a client that authenticates by ${method} goes from the code to the revoked token`, async () => {
    const config = await discover(await app({ token_endpoint_auth_method: method }))
    const { user, callback, tokens } = await signIn(config)
    assert.equal(callback.searchParams.get('iss'), config.serverMetadata().issuer)
    assert.equal(tokens.token_type, 'bearer')
    assert.ok(tokens.expiresIn() > 0)
    const claims = tokens.claims()
    assert.equal(claims.aud, config.clientMetadata().client_id)
    assert.ok(claims.auth_time <= claims.iat && claims.iat - claims.auth_time < 60)

    const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
    assert.deepEqual([info.email, info.given_name, info.family_name], [user.email, 'Jane', 'Doe'])

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    assert.notEqual(refreshed.access_token, tokens.access_token)
    assert.notEqual(refreshed.refresh_token, tokens.refresh_token)
    assert.equal((await client.fetchUserInfo(config, refreshed.access_token, claims.sub)).email, user.email)

    await client.tokenRevocation(config, refreshed.refresh_token, { token_type_hint: 'refresh_token' })
    await assert.rejects(client.refreshTokenGrant(config, refreshed.refresh_token), responseError(400, 'invalid_grant'))
    const userinfo = client.fetchUserInfo(config, refreshed.access_token, claims.sub)
    await assert.rejects(userinfo, challengeError('bearer', 'invalid_token'))
  })
}

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
  test(`an ID token signed with ${alg} passes every check of the library`, async () => {
    const config = await discover(await app({ id_token_signed_response_alg: alg }))
    const { checks, tokens } = await signIn(config)
    const header = JSON.parse(Buffer.from(tokens.id_token.split('.')[0], 'base64url'))
    assert.equal(header.alg, alg)
    assert.equal(typeof header.kid, 'string')
    const claims = tokens.claims()
    assert.equal(claims.nonce, checks.expectedNonce)
    assert.equal(claims.at_hash, leftHalfOfHash(tokens.access_token, alg === 'EdDSA' ? 512 : 256))
    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
    if (refreshed.id_token) assert.equal(refreshed.claims().sub, claims.sub)
  })
}

test('the library registers a client by itself with the initial access token', async () => {
  const { issuer, adminToken } = await server()
  const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : []
  const metadata = { redirect_uris: [redirectUri], client_name: 'Registered App' }
  const options = { initialAccessToken: adminToken, execute: [...execute, client.enableNonRepudiationChecks] }
  const config = await client.dynamicClientRegistration(new URL(issuer), metadata, undefined, options)
  assert.equal(config.clientMetadata().client_name, 'Registered App')
  const { tokens } = await signIn(config)
  assert.ok(tokens.access_token)
})

test('the client credentials grant gives a token without a user', async () => {
  const config = await discover(await app({ grant_types: ['client_credentials'], scope: 'api:read api:write' }))
  const resource = new URL(`${(await server()).base}/resource/report`)
  const read = (tokens) => client.fetchProtectedResource(config, tokens.access_token, resource, 'GET')
  const tokens = await client.clientCredentialsGrant(config, { scope: 'api:read' })
  assert.equal(tokens.scope, 'api:read')
  assert.equal(tokens.id_token, undefined)
  assert.equal(tokens.refresh_token, undefined)
  assert.equal((await (await read(tokens)).json()).client, config.clientMetadata().client_id)
  await client.tokenRevocation(config, tokens.access_token)
  await assert.rejects(read(tokens), challengeError('bearer', 'invalid_token'))
  const beyond = client.clientCredentialsGrant(config, { scope: 'api:delete' })
  await assert.rejects(beyond, responseError(400, 'invalid_scope'))
})

test('a token opens a protected resource until it is revoked', async () => {
  const config = await discover(await app())
  const { user, tokens } = await signIn(config)
  const resource = new URL(`${(await server()).base}/resource/me`)
  const answer = await client.fetchProtectedResource(config, tokens.access_token, resource, 'GET')
  assert.equal((await answer.json()).user.email, user.email)
  await client.tokenRevocation(config, tokens.access_token)
  const refused = client.fetchProtectedResource(config, tokens.access_token, resource, 'GET')
  await assert.rejects(refused, challengeError('bearer', 'invalid_token'))
})

test('a resource server asks about a token with the endpoint and the credentials that the library chooses', async () => {
  const config = await discover(await app())
  const { tokens } = await signIn(config)
  const asking = await discover(await app({ grant_types: ['client_credentials'], scope: 'api:read' }))
  const { active, sub, scope } = await client.tokenIntrospection(asking, tokens.access_token)
  assert.deepEqual({ active, sub, scope }, { active: true, sub: tokens.claims().sub, scope: 'openid profile email' })
  assert.equal((await client.tokenIntrospection(asking, tokens.access_token, { scope: 'api:read' })).active, false)
  assert.equal((await client.tokenIntrospection(config, tokens.refresh_token)).active, true)
  await client.tokenRevocation(config, tokens.refresh_token)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    assert.deepEqual(await client.tokenIntrospection(config, token), { active: false })
  }
})

test('a replayed code is invalid_grant and takes the tokens with it', async () => {
  const config = await discover(await app())
  const { callback, checks, tokens } = await signIn(config)
  const replay = client.authorizationCodeGrant(config, callback, checks)
  await assert.rejects(replay, responseError(400, 'invalid_grant'))
  const userinfo = client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  await assert.rejects(userinfo, challengeError('bearer', 'invalid_token'))
})

test('a wrong code verifier is invalid_grant', async () => {
  const config = await discover(await app({ token_endpoint_auth_method: 'none' }))
  const user = await User.signedUp()
  const { url, checks } = await begin(config)
  const callback = await user.authorize(url)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const exchange = client.authorizationCodeGrant(config, callback, { ...checks, pkceCodeVerifier })
  await assert.rejects(exchange, responseError(400, 'invalid_grant'))
})

for (const method of ['client_secret_basic', 'client_secret_post']) {
  test(`a wrong secret by ${method} is answered 401 with a challenge`, async () => {
    const metadata = { grant_types: ['client_credentials'], scope: 'api:read' }
    const registered = await app({ ...metadata, token_endpoint_auth_method: method })
    const config = await discover(registered, 'a-secret-that-is-wrong')
    await assert.rejects(client.clientCredentialsGrant(config), challengeError('basic'))
  })
}

test('what the user denies reaches the client as access_denied', async () => {
  const config = await discover(await app())
  const user = await User.signedUp()
  const { url, checks } = await begin(config)
  const callback = await user.authorize(url, 'deny')
  await assert.rejects(client.authorizationCodeGrant(config, callback, checks), (thrown) => {
    assert.ok(thrown instanceof client.AuthorizationResponseError, `${thrown}`)
    assert.equal(thrown.error, 'access_denied')
    return true
  })
})

test('an answer of another issuer, or to another request, is refused before the code is sent', async () => {
  const config = await discover(await app())
  const user = await User.signedUp()
  const { url, checks } = await begin(config)
  const callback = await user.authorize(url)
  for (const [name, code] of [['iss', 'OAUTH_INVALID_RESPONSE'], ['state', 'OAUTH_INVALID_RESPONSE']]) {
    const forged = new URL(callback)
    forged.searchParams.set(name, 'https://evil.example')
    await assert.rejects(client.authorizationCodeGrant(config, forged, checks), { code })
    forged.searchParams.delete(name)
    await assert.rejects(client.authorizationCodeGrant(config, forged, checks), { code })
  }
  assert.ok((await client.authorizationCodeGrant(config, callback, checks)).access_token)
})

test('prompt=none is login_required for a stranger and silent for somebody known', async () => {
  const config = await discover(await app())
  const { user, tokens } = await signIn(config)
  const silent = await begin(config, { prompt: 'none' })
  const again = await client.authorizationCodeGrant(config, await user.authorize(silent.url), silent.checks)
  assert.equal(again.claims().sub, tokens.claims().sub)
  const stranger = await begin(config, { prompt: 'none' })
  const exchange = client.authorizationCodeGrant(config, await new User().authorize(stranger.url), stranger.checks)
  await assert.rejects(exchange, { error: 'login_required' })
})

test('max_age is honoured and checked', async () => {
  const config = await discover(await app())
  const user = await User.signedUp()
  const { url, checks } = await begin(config, { max_age: '10000' })
  const callback = await user.authorize(url)
  const tokens = await client.authorizationCodeGrant(config, callback, { ...checks, maxAge: 10000 })
  assert.equal(typeof tokens.claims().auth_time, 'number')
})
