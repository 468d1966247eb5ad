// npm's openid-client once more: pushed requests (RFC 9126), signed requests (RFC 9101) and answers (JARM), proofs of
// possession (RFC 9449) and devices (RFC 8628).

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as client from 'openid-client'
import { register, server } from '../support/server.mjs'
import { User } from '../support/user.mjs'

const redirectUri = 'https://app.example/callback'
const device = 'urn:ietf:params:oauth:grant-type:device_code'

/** A public client that has registered, configured by discovery. */
async function configure(metadata = {}) {
  const { issuer } = await server()
  const registered = await register({
    client_name: 'Sample App',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
    scope: 'openid profile email',
    ...metadata,
  })
  const execute = [client.enableNonRepudiationChecks]
  if (issuer.startsWith('http:')) execute.push(client.allowInsecureRequests)
  return client.discovery(new URL(issuer), registered.client_id, {}, client.None(), { execute })
}

/** A request, and what the client must remember of it. */
async function begin() {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const parameters = {
    redirect_uri: redirectUri,
    scope: 'openid profile email',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  }
  return { parameters, checks }
}

/** A pushed request, and what the client must remember of it. */
async function push(config, options) {
  const { parameters, checks } = await begin()
  return { url: await client.buildAuthorizationUrlWithPAR(config, parameters, options), checks }
}

test('openid-client pushes its request, and the browser carries its name alone', async () => {
  const config = await configure({ require_pushed_authorization_requests: true })
  const { url, checks } = await push(config)
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request_uri'])
  const user = await User.signedUp()
  const tokens = await client.authorizationCodeGrant(config, await user.authorize(url), checks)
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, user.email)
  assert.equal((await user.open(url)).status, 400)
  const faulty = client.buildAuthorizationUrlWithPAR(config, { redirect_uri: 'https://evil.example/', scope: 'openid' })
  await assert.rejects(faulty, { status: 400, error: 'invalid_request' })
})

test('openid-client signs its request and gets its answer signed, both in one parameter', async () => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: 'one' }
  const config = await configure({ jwks: { keys: [jwk] }, require_signed_request_object: true })
  client.useJwtResponseMode(config)
  const { parameters, checks } = await begin()
  const url = await client.buildAuthorizationUrlWithJAR(config, parameters, { key: privateKey, kid: 'one' })
  assert.deepEqual([...url.searchParams.keys()].sort(), ['client_id', 'request'])
  const user = await User.signedUp()
  const callback = await user.authorize(url)
  assert.deepEqual([...callback.searchParams.keys()], ['response'])
  const tokens = await client.authorizationCodeGrant(config, callback, checks)
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, user.email)
  // What is signed by nobody that the server knows comes back as an error, signed by the server.
  const { parameters: more, checks: others } = await begin()
  const stranger = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const forged = await client.buildAuthorizationUrlWithJAR(config, more, { key: stranger.privateKey, kid: 'one' })
  assert.equal((await user.authorize(forged)).searchParams.get('error'), 'invalid_request_object')
  const silent = await client.buildAuthorizationUrlWithJAR(config, { ...more, prompt: 'none' }, { key: privateKey, kid: 'one' })
  const refused = client.authorizationCodeGrant(config, await new User().authorize(silent), others)
  await assert.rejects(refused, { error: 'login_required' })
})

test('openid-client gets bound tokens with the nonces that the server asks for, and nobody else uses them', async () => {
  const config = await configure({ dpop_bound_access_tokens: true })
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  const user = await User.signedUp()
  const { url, checks } = await push(config, { DPoP })
  const callback = await user.authorize(url)
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP })
  assert.equal(tokens.token_type, 'dpop')
  const { sub } = tokens.claims()
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email, user.email)
  const resource = new URL(`${(await server()).base}/resource/me`)
  const read = (options) => client.fetchProtectedResource(config, tokens.access_token, resource, 'GET', undefined, undefined, options)
  assert.equal((await (await read({ DPoP })).json()).user.email, user.email)
  const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair())
  for (const options of [undefined, { DPoP: thief }]) {
    await assert.rejects(read(options), (thrown) => thrown.status === 401)
    await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token, undefined, options), { status: 400 })
  }
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
  assert.deepEqual([refreshed.token_type, refreshed.claims().sub], ['dpop', sub])
})

test('openid-client polls for a device until its user has decided', async () => {
  const config = await configure({ grant_types: [device, 'refresh_token'], redirect_uris: undefined })
  const user = await User.signedUp()
  const begin = () => client.initiateDeviceAuthorization(config, { scope: 'openid email' })
  const [allowed, denied] = [await begin(), await begin()]
  const outcomes = [allowed, denied].map((authorization) => client.pollDeviceAuthorizationGrant(config, authorization))
  await user.decideAboutDevice(allowed.verification_uri_complete, 'approve')
  const refusal = assert.rejects(outcomes[1], { error: 'access_denied' })
  await user.decideAboutDevice(denied.verification_uri_complete, 'deny')
  const tokens = await outcomes[0]
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)).email, user.email)
  await refusal
})
