// The keys rotate while applications get tokens, and all of them verify the tokens with the key set as they have kept it: for
// as long as `Cache-Control` says, and without asking again for a key that is not in it.

import { strict as assert } from 'node:assert'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import * as jose from 'jose'
import * as rp from './support/oauth4webapi.mjs'
import { server, serverWith } from './support/server.mjs'

const delay = 16
const algorithms = ['RS256', 'ES256', 'EdDSA']

/** A key set that is kept for so long, by npm's jose. */
function kept(as, seconds) {
  return jose.createRemoteJWKSet(new URL(as.jwks_uri), { cacheMaxAge: seconds * 1000, cooldownDuration: Infinity })
}

test('while the keys rotate every token verifies with a key set that is kept as long as it may be', async (t) => {
  const { base, adminToken } = await serverWith({ key_publish_delay: delay })
  const as = await rp.discover()
  const { headers } = await fetch(as.jwks_uri)
  const maxAge = Number(headers.get('cache-control').match(/max-age=(\d+)$/)[1])
  if (maxAge > delay) return t.skip('the server that was given rotates too slowly for a test')
  assert.equal(maxAge, delay / 2)

  // Of each algorithm an application that refreshes over and over, with ID tokens and access tokens that are JWTs, and keeps
  // the set from another moment on.
  const signers = new Map(algorithms.map((alg) => [alg, new Set()]))
  let [isOver, verified] = [false, 0]
  const apps = algorithms.flatMap((alg) => [0, 1].map((number) => ({ alg, number })))
  const running = apps.map(async ({ alg, number }) => {
    const app = await rp.app({ id_token_signed_response_alg: alg, access_token_signed_response_alg: alg })
    let { tokens } = await rp.signIn(as, app)
    await sleep(number * (maxAge / 2) * 1000)
    const keys = kept(as, maxAge)
    const expected = { issuer: as.issuer, algorithms: [alg] }
    while (!isOver) {
      for (const [token, typ] of [[tokens.id_token, 'JWT'], [tokens.access_token, 'at+jwt']]) {
        const { protectedHeader } = await jose.jwtVerify(token, keys, { ...expected, typ })
        signers.get(alg).add(protectedHeader.kid)
        verified += 1
      }
      await sleep(100)
      tokens = await rp.refresh(as, app, tokens.refresh_token)
    }
  })
  const all = Promise.all(running)
  const wait = async (seconds, isDone) => {
    for (let tenths = 0; tenths < seconds * 10 && !isDone(); tenths++) await Promise.race([sleep(100), all])
    assert.ok(isDone(), JSON.stringify([...signers].map(([alg, kids]) => [alg, [...kids]])))
  }
  try {
    await wait(60, () => [...signers.values()].every((kids) => kids.size === 1))
    await sleep((maxAge / 2) * 1000)
    const rotated = await fetch(`${base}/admin/api/keys/rotate`, { method: 'POST', headers: { authorization: `Bearer ${adminToken}` } })
    assert.equal(rotated.status, 200)
    await wait(90, () => [...signers.values()].every((kids) => kids.size === 2))
    await Promise.race([sleep(2000), all])
  } finally {
    isOver = true
  }
  await all
  assert.ok(verified > 60, `${verified} tokens`)
  const { issuer } = await server()
  const { keys } = await (await fetch(`${issuer}/jwks`)).json()
  for (const [alg, kids] of signers) {
    assert.equal(keys.filter((key) => key.alg === alg && kids.has(key.kid)).length, 2, 'the old key and the new one')
  }
})
