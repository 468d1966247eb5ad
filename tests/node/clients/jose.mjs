// npm's jose: logout tokens as an application verifies them.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import * as jose from 'jose'
import * as oauth from 'oauth4webapi'
import * as rp from '../support/oauth4webapi.mjs'

const event = 'http://schemas.openid.net/event/backchannel-logout'

/** An application that is told of sign-outs, and what it was told. */
async function listening() {
  const told = []
  const listener = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      told.push({ type: request.headers['content-type'], form: new URLSearchParams(body) })
      response.writeHead(200, { 'cache-control': 'no-store' }).end()
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const stop = async () => {
    listener.closeAllConnections()
    listener.close()
    await once(listener, 'close')
  }
  return { told, stop, url: `http://127.0.0.1:${listener.address().port}/signed-out` }
}

/**
 * The checks of OIDC Back-Channel Logout §2.6, by an application that expects this algorithm: signature, iss, aud, iat and exp
 * by the library, the others here, as the section numbers them.
 */
async function verify(token, as, client, alg) {
  const { payload, protectedHeader } = await jose.jwtVerify(token, jose.createRemoteJWKSet(new URL(as.jwks_uri)), {
    issuer: as.issuer,
    audience: client.client_id,
    algorithms: [alg],
    typ: 'logout+jwt',
    maxTokenAge: 60,
    requiredClaims: ['iss', 'aud', 'iat', 'exp', 'jti', 'events'],
  })
  // 1. and 2. it is signed and not encrypted, as the client registered; 5. "Verify that the Logout Token contains a sub Claim,
  // a sid Claim, or both"; 6. the event; 7. "does not contain a nonce Claim".
  assert.notEqual(protectedHeader.alg, 'none')
  assert.ok(payload.sub || payload.sid)
  assert.deepEqual(payload.events, { [event]: {} })
  assert.ok(!('nonce' in payload))
  return payload
}

for (const alg of ['RS256', 'ES256', 'EdDSA']) {
  test(`jose verifies a logout token by ${alg} with the published keys, and it passes for nothing else`, async () => {
    const as = await rp.discover()
    const { told, stop, url } = await listening()
    try {
      const metadata = { backchannel_logout_uri: url, backchannel_logout_session_required: true, id_token_signed_response_alg: alg }
      const app = await rp.app(metadata)
      const { user, tokens } = await rp.signIn(as, app)
      const id = jose.decodeJwt(tokens.id_token)
      await user.open(rp.at(as.end_session_endpoint, { id_token_hint: tokens.id_token }))
      assert.equal(told.length, 1)
      assert.equal(told[0].type, 'application/x-www-form-urlencoded')
      assert.deepEqual([...told[0].form.keys()], ['logout_token'])
      const token = told[0].form.get('logout_token')
      const claims = await verify(token, as, app.client, alg)
      // 9. and 10. the session and the user are those that the application knows.
      assert.deepEqual([claims.sid, claims.sub, claims.iss], [id.sid, id.sub, id.iss])
      // It is for no other application, is no ID token and no access token, and whoever changes it makes it worthless.
      await assert.rejects(verify(token, as, { client_id: 'another' }, alg), jose.errors.JWTClaimValidationFailed)
      const keys = jose.createRemoteJWKSet(new URL(as.jwks_uri))
      await assert.rejects(jose.jwtVerify(token, keys, { typ: 'JWT' }), jose.errors.JWTClaimValidationFailed)
      const bearer = new Request(`${as.issuer}/`, { headers: { authorization: `Bearer ${token}` } })
      await assert.rejects(oauth.validateJwtAccessToken(as, bearer, app.client.client_id, await rp.options()))
      const [header, body, signature] = token.split('.')
      const other = jose.base64url.encode(JSON.stringify({ ...jose.decodeJwt(token), sub: 'somebody else' }))
      assert.notEqual(other, body)
      await assert.rejects(verify([header, other, signature].join('.'), as, app.client, alg), jose.errors.JWSSignatureVerificationFailed)
    } finally {
      await stop()
    }
  })
}
