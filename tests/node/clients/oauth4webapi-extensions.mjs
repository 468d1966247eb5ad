// npm's oauth4webapi once more: pushed requests (RFC 9126), proofs of possession (RFC 9449), devices (RFC 8628) and
// step-up (RFC 9470). The server wants a nonce in each proof.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as rp from '../support/oauth4webapi.mjs'
import { server } from '../support/server.mjs'
import { User } from '../support/user.mjs'

const refused = (status, error) => ({ code: oauth.RESPONSE_BODY_ERROR, status, error })

/** What the library throws for a challenge of the scheme DPoP. */
function challenged(error) {
  return (thrown) => {
    assert.equal(thrown.code, oauth.WWW_AUTHENTICATE_CHALLENGE, `${thrown}`)
    const challenge = thrown.cause.find(({ scheme }) => scheme === 'dpop')
    assert.deepEqual([thrown.status, challenge?.parameters.error], [401, error])
    assert.ok(challenge.parameters.algs.split(' ').includes('ES256'))
    return true
  }
}

/** Pushes a request; the library checks the answer. */
async function push(as, { client, authentication }, request, more = {}) {
  const options = { ...more, ...(await rp.options()) }
  const response = await oauth.pushedAuthorizationRequest(as, client, authentication, request, options)
  return oauth.processPushedAuthorizationResponse(as, client, response)
}

/** Where the browser is sent with the name of a pushed request. */
function named(as, { client_id }, { request_uri }) {
  return rp.at(as.authorization_endpoint, { client_id, request_uri })
}

/** Does it, and once more with the nonce that the server asked for the first time. */
async function withNonce(act) {
  const asked = await act().catch((error) => error)
  assert.ok(oauth.isDPoPNonceError(asked), `${asked}`)
  return act()
}

test('oauth4webapi pushes its request, which is good for one code of its own client', async () => {
  const as = await rp.discover()
  const [app, other] = [await rp.app({ require_pushed_authorization_requests: true }), await rp.app()]
  const { request, memory } = await rp.begin(as, app.client)
  const pushed = await push(as, app, request)
  assert.ok(pushed.expires_in > 0)
  const user = await User.signedUp()
  const foreign = await user.open(named(as, other.client, pushed))
  assert.deepEqual([foreign.status, foreign.leftTo], [400, undefined])
  const tokens = await rp.redeem(as, app, await user.authorize(named(as, app.client, pushed)), memory)
  assert.equal(tokens.claims.aud, app.client.client_id)
  const again = await user.open(named(as, app.client, pushed))
  assert.deepEqual([again.status, again.leftTo], [400, undefined])
  // What is not pushed is refused, and what is faulty is not taken.
  const plain = await rp.begin(as, app.client)
  const answer = await user.authorize(plain.url)
  await assert.rejects(rp.redeem(as, app, answer, plain.memory), { error: 'invalid_request' })
  request.set('redirect_uri', 'https://evil.example/callback')
  await assert.rejects(push(as, app, request), refused(400, 'invalid_request'))
})

for (const alg of ['ES256', 'Ed25519', 'PS256']) {
  test(`oauth4webapi gets tokens that are bound to its ${alg} key, from the pushed request to the refresh`, async () => {
    const as = await rp.discover()
    assert.ok(as.dpop_signing_alg_values_supported.includes('ES256'))
    const app = await rp.app({ token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true })
    const DPoP = oauth.DPoP(app.client, await oauth.generateKeyPair(alg))
    const user = await User.signedUp()
    const { request, memory } = await rp.begin(as, app.client, { dpop_jkt: await DPoP.calculateThumbprint() })
    const callback = await user.authorize(named(as, app.client, await withNonce(() => push(as, app, request, { DPoP }))))
    // Another key does not redeem the code, and does not spend it.
    const thief = oauth.DPoP(app.client, await oauth.generateKeyPair(alg))
    const stolen = withNonce(() => rp.redeem(as, app, callback, memory, { DPoP: thief }))
    await assert.rejects(stolen, (thrown) => ['invalid_grant', 'invalid_dpop_proof'].includes(thrown.error))
    const tokens = await rp.redeem(as, app, callback, memory, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const info = () => rp.userInfo(as, app.client, tokens.access_token, tokens.claims.sub, { DPoP })
    assert.equal((await info().catch((error) => (oauth.isDPoPNonceError(error) ? info() : assert.fail(error)))).email, user.email)
    // It is no bearer token, and the proof is not anybody's.
    await assert.rejects(rp.userInfo(as, app.client, tokens.access_token, tokens.claims.sub), (thrown) => thrown.status === 401)
    const asThief = () => rp.userInfo(as, app.client, tokens.access_token, tokens.claims.sub, { DPoP: thief })
    await assert.rejects(asThief().catch((error) => (oauth.isDPoPNonceError(error) ? asThief() : assert.fail(error))), challenged('invalid_token'))
    const refreshed = await rp.refresh(as, app, tokens.refresh_token, { DPoP })
    assert.equal(refreshed.token_type, 'dpop')
    await assert.rejects(rp.refresh(as, app, refreshed.refresh_token, { DPoP: thief }), (thrown) => thrown.status === 400)
    const machine = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read' })
    const { cnf } = await rp.introspect(as, machine, refreshed.access_token)
    assert.equal(cnf.jkt, await DPoP.calculateThumbprint())
  })
}

test('oauth4webapi is told when a proof is used twice or has a nonce that nobody gave', async () => {
  const as = await rp.discover()
  const app = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read' })
  const keyPair = await oauth.generateKeyPair('ES256')
  const ask = (change) => async () => {
    const DPoP = change.handle ?? oauth.DPoP(app.client, keyPair, { [oauth.modifyAssertion]: (_header, claims) => change.claims?.(claims) })
    change.handle = DPoP
    const options = { DPoP, ...(await rp.options()) }
    const { client, authentication } = app
    const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope: 'api:read' }, options)
    return oauth.processClientCredentialsResponse(as, client, response)
  }
  // The library has no way to repeat a proof: its users can only give two of them one name.
  const same = ask({ claims: (claims) => void (claims.nonce && (claims.jti = 'one name for two proofs')) })
  assert.equal((await withNonce(same)).token_type, 'dpop')
  await assert.rejects(same(), refused(400, 'invalid_dpop_proof'))
  const invented = ask({ claims: (claims) => void (claims.nonce = 'invented') })
  await assert.rejects(invented(), (thrown) => oauth.isDPoPNonceError(thrown))
  const late = ask({ claims: (claims) => void (claims.iat -= 60) })
  await assert.rejects(late(), refused(400, 'invalid_dpop_proof'))
})

test('oauth4webapi gets a device its tokens once the user has allowed it, and hears of everything before', async () => {
  const as = await rp.discover()
  const grant_types = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token']
  const app = await rp.app({ grant_types, redirect_uris: undefined, token_endpoint_auth_method: 'none' })
  const begin = async () => {
    const parameters = { scope: 'openid email' }
    const response = await oauth.deviceAuthorizationRequest(as, app.client, app.authentication, parameters, await rp.options())
    return oauth.processDeviceAuthorizationResponse(as, app.client, response)
  }
  const poll = async ({ device_code }) => {
    const response = await oauth.deviceCodeGrantRequest(as, app.client, app.authentication, device_code, await rp.options())
    return oauth.processDeviceCodeResponse(as, app.client, response)
  }
  const user = await User.signedUp()
  const device = await begin()
  assert.equal(device.interval, 5)
  await assert.rejects(poll(device), refused(400, 'authorization_pending'))
  await assert.rejects(poll(device), refused(400, 'slow_down'))
  await user.decideAboutDevice(device.verification_uri_complete, 'approve')
  const tokens = await poll(device)
  const { sub } = oauth.getValidatedIdTokenClaims(tokens)
  assert.equal((await rp.userInfo(as, app.client, tokens.access_token, sub)).email, user.email)
  assert.ok((await rp.refresh(as, app, tokens.refresh_token)).access_token)
  await assert.rejects(poll(device), refused(400, 'invalid_grant'))
  const denied = await begin()
  await user.decideAboutDevice(denied.verification_uri_complete, 'deny')
  await assert.rejects(poll(denied), refused(400, 'access_denied'))
  await assert.rejects(poll({ device_code: 'of nobody' }), refused(400, 'invalid_grant'))
})

test('oauth4webapi steps up to a recent sign-in where a resource asks for one', async () => {
  const { base } = await server()
  const as = await rp.discover()
  const machine = await rp.app({ grant_types: ['client_credentials'], scope: 'api:read' })
  const { access_token } = await rp.clientCredentials(as, machine, 'api:read')
  const thrown = await rp.read(`${base}/resource/recent`, access_token).catch((error) => error)
  const { error, max_age } = thrown.cause[0].parameters
  assert.equal(error, 'insufficient_user_authentication')
  const { tokens } = await rp.signIn(as, await rp.app(), { max_age }, { maxAge: Number(max_age) })
  assert.ok(tokens.claims.auth_time)
  assert.ok(await rp.read(`${base}/resource/recent`, tokens.access_token))
})

test('oauth4webapi exchanges the token of an application for one of the service behind it, which ends with it', async () => {
  const as = await rp.discover()
  const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
  assert.ok(as.grant_types_supported.includes(grantType))
  const app = await rp.app()
  const { user, tokens } = await rp.signIn(as, app)
  const userinfo = as.userinfo_endpoint
  const policy = { modes: ['delegation'], clients: [app.client.client_id], targets: { userinfo } }
  const grants = { grant_types: [grantType, 'client_credentials'], scope: 'openid email api:read' }
  const service = await rp.app({ ...grants, redirect_uris: [], token_exchange: policy })
  const type = 'urn:ietf:params:oauth:token-type:access_token'
  const actor = await rp.clientCredentials(as, service, 'api:read')
  const exchange = async (more) => {
    const parameters = { subject_token: tokens.access_token, subject_token_type: type, ...more }
    const response = await oauth.genericTokenEndpointRequest(
      ...[as, service.client, service.authentication, grantType, parameters, await rp.options()],
    )
    return oauth.processGenericTokenEndpointResponse(as, service.client, response)
  }
  const acting = { actor_token: actor.access_token, actor_token_type: type }
  const exchanged = await exchange({ ...acting, audience: 'userinfo' })
  assert.deepEqual([exchanged.issued_token_type, exchanged.scope, exchanged.refresh_token], [type, 'openid email', undefined])
  const told = await rp.introspect(as, service, exchanged.access_token)
  assert.deepEqual([told.act, told.client_id], [{ sub: service.client.client_id }, service.client.client_id])
  assert.equal((await rp.userInfo(as, service.client, exchanged.access_token, tokens.claims.sub)).email, user.email)
  await assert.rejects(exchange({}), refused(400, 'invalid_request'))
  await assert.rejects(exchange({ ...acting, audience: 'other' }), refused(400, 'invalid_target'))
  await rp.revoke(as, app, tokens.refresh_token)
  await assert.rejects(exchange(acting), refused(400, 'invalid_request'))
})
