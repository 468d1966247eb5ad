// npm's oauth4webapi once more: what is signed. Requests (RFC 9101), answers to them (JARM), answers about tokens
// (RFC 9701), and the keys that a client publishes.

import { strict as assert } from 'node:assert'
import { setTimeout } from 'node:timers/promises'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { publish } from '../support/publish.mjs'
import * as rp from '../support/oauth4webapi.mjs'
import { User } from '../support/user.mjs'

/** A key pair, its public part under this name. */
async function keys(alg, kid) {
  const { privateKey, publicKey } = await oauth.generateKeyPair(alg)
  const { key_ops, ext, ...jwk } = await crypto.subtle.exportKey('jwk', publicKey)
  return { signing: { key: privateKey, kid }, jwk: { ...jwk, kid } }
}

for (const [alg, registered] of [['RS256', 'RS256'], ['PS256', 'PS256'], ['ES256', 'ES256'], ['Ed25519', 'EdDSA']]) {
  test(`oauth4webapi signs its request by ${alg}, and gets its answer signed`, async () => {
    const as = await rp.discover()
    assert.ok(as.request_object_signing_alg_values_supported.includes(registered))
    const { signing, jwk } = await keys(alg, 'one')
    const app = await rp.app({
      jwks: { keys: [{ ...jwk, alg: undefined }] },
      request_object_signing_alg: registered,
      require_signed_request_object: true,
      authorization_signed_response_alg: registered === 'PS256' ? 'RS256' : registered,
    })
    const { request, memory } = await rp.begin(as, app.client, { response_mode: 'jwt', max_age: '3600' })
    const sign = (key) => oauth.issueRequestObject(as, app.client, request, key)
    const user = await User.signedUp()
    const ask = async (object) => user.authorize(rp.at(as.authorization_endpoint, { client_id: app.client.client_id, request: object }))
    const callback = await ask(await sign(signing))
    const parameters = await oauth.validateJwtAuthResponse(as, app.client, callback, memory.state, await rp.options())
    const response = await oauth.authorizationCodeGrantRequest(
      ...[as, app.client, app.authentication, parameters, rp.redirectUri, memory.verifier, await rp.options()],
    )
    const checks = { expectedNonce: memory.nonce, requireIdToken: true, maxAge: 3600 }
    assert.ok((await oauth.processAuthorizationCodeResponse(as, app.client, response, checks)).access_token)
    // Somebody else's signature is none, and without one the request is none.
    const forged = await ask(await sign((await keys(alg, 'one')).signing))
    assert.equal(forged.searchParams.get('error'), 'invalid_request_object')
    const open = await user.authorize(rp.at(as.authorization_endpoint, { ...Object.fromEntries(request), response_mode: 'query' }))
    assert.equal(open.searchParams.get('error'), 'invalid_request')
  })
}

test('oauth4webapi verifies the signed answer about a token, and an error in a signed answer', async () => {
  const as = await rp.discover()
  const asking = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read', introspection_signed_response_alg: 'ES256' })
  const { access_token } = await rp.clientCredentials(as, asking, 'api:read')
  for (const [token, active] of [[access_token, true], ['sat_unknown', false]]) {
    const options = { requestJwtResponse: true, ...(await rp.options()) }
    const response = await oauth.introspectionRequest(as, asking.client, asking.authentication, token, options)
    assert.equal((await oauth.processIntrospectionResponse(as, asking.client, response)).active, active)
    await oauth.validateApplicationLevelSignature(as, response, await rp.options())
  }
  const app = await rp.app()
  const { url, memory } = await rp.begin(as, app.client, { response_mode: 'query.jwt' })
  const denied = await (await User.signedUp()).authorize(url, 'deny')
  const answer = oauth.validateJwtAuthResponse(as, app.client, denied, memory.state, await rp.options())
  await assert.rejects(answer, { error: 'access_denied' })
})

test('oauth4webapi replaces the keys that it publishes, between the code and the refresh', async () => {
  const as = await rp.discover()
  const [old, next] = [await keys('ES256', 'old'), await keys('ES256', 'next')]
  const published = { keys: [old.jwk] }
  const site = await publish(published)
  try {
    const metadata = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: site.url }
    const app = await rp.app(metadata, oauth.PrivateKeyJwt(old.signing))
    const { tokens } = await rp.signIn(as, app)
    published.keys = [next.jwk]
    await setTimeout(2500)
    const renewed = { ...app, authentication: oauth.PrivateKeyJwt(next.signing) }
    const refreshed = await rp.refresh(as, renewed, tokens.refresh_token)
    assert.equal(site.fetched(), 2)
    await assert.rejects(rp.refresh(as, app, refreshed.refresh_token), (thrown) => thrown.status === 401)
  } finally {
    await site.stop()
  }
})
