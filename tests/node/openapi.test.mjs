// docs/openapi.json says what the server does: all of its JSON endpoints, and each of their answers.

import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { validate } from '@readme/openapi-parser'
import * as oauth from 'oauth4webapi'
import * as rp from './support/oauth4webapi.mjs'
import { answerFaults, document, operationOf, requestFaults } from './support/openapi.mjs'
import { person, register, server, unique } from './support/server.mjs'
import { User } from './support/user.mjs'

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => ({ path, method, responses: item[method].responses })),
)
const seen = new Set()

/** A request whose answer has this status and is as the document says; so is the request, where it is granted. */
async function call(method, path, status, { token, basic, form, json, lines, headers } = {}) {
  const { base } = await server()
  const operation = operationOf(method, path.split('?')[0]) ?? assert.fail(`${method} ${path} is not in the document`)
  const authorization = token ? `Bearer ${token}` : basic && `Basic ${btoa(`${basic.client_id}:${basic.client_secret}`)}`
  const body = lines ?? (form ? new URLSearchParams(form) : json && JSON.stringify(json))
  const answer = await fetch(`${base}${path}`, {
    method,
    body,
    headers: { ...(authorization && { authorization }), ...(json && { 'content-type': 'application/json' }), ...headers },
  })
  const text = await answer.clone().text()
  assert.equal(answer.status, status, `${method} ${path}: ${text}`)
  assert.deepEqual(await answerFaults(operation, answer), [], `${method} ${path}: ${answer.status} ${text}`)
  if (answer.ok && !lines) assert.deepEqual(requestFaults(operation, body), [], `${method} ${path}`)
  seen.add(`${operation.method} ${operation.template} ${operation.operation.responses[status] ? status : 'default'}`)
  return answer.headers.get('content-type')?.startsWith('text/') ? text : text && JSON.parse(text)
}

const machine = (scope = 'api:read') => register({ grant_types: ['client_credentials'], scope })
const clientCredentials = { grant_type: 'client_credentials' }
const admin = async () => (await server()).adminToken

test('the document is valid OpenAPI 3.1', async () => {
  const { valid, errors } = await validate(structuredClone(document))
  assert.ok(valid, JSON.stringify(errors))
  assert.match(document.openapi, /^3\.1\./)
})

test('the document has every route that answers programs, with its methods, and nothing else', async () => {
  const { base, adminToken } = await server()
  // So that what only an administrator may do is refused for its method, where it is.
  const headers = { authorization: `Bearer ${adminToken}` }
  const manifest = readFileSync(process.env.SPIN_AUTH_MANIFEST ?? new URL('../../spin.toml', import.meta.url), 'utf8')
  const routes = [...manifest.matchAll(/^route = "([^"]+)"$/gm)].map(([, route]) => route)
  assert.ok(routes.length > 10, `${routes}`)
  const described = new Set()
  const prefixOf = (route) => route.replace(/\/\.\.\.$/, '')
  const isUnder = (path, route) => {
    const own = path.replace(/\{([^}]+)\}/g, ':$1')
    return own === prefixOf(route) || (route.endsWith('/...') && own.startsWith(`${prefixOf(route)}/`))
  }
  // The longest route wins: what programs ask may lie under a page.
  const routeOf = (path) => routes.filter((route) => isUnder(path, route)).sort((one, other) => other.length - one.length)[0]
  for (const route of routes) {
    const prefix = prefixOf(route)
    const paths = Object.keys(document.paths).filter((path) => routeOf(path) === route)
    // No endpoint has this method: programs are told so in JSON, people by a page.
    const refusal = await fetch(`${base}${prefix}`, { method: 'PROPFIND' })
    assert.equal(refusal.status, 405, prefix)
    const isForPrograms = refusal.headers.get('content-type') === 'application/json'
    assert.equal(paths.length > 0, isForPrograms, `${prefix} is ${isForPrograms ? 'missing' : 'a page'}`)
    for (const path of paths) {
      // Those that are described are asked below.
      for (const method of ['get', 'post', 'put', 'patch', 'delete'].filter((one) => !document.paths[path][one])) {
        const answer = await fetch(`${base}${path.replace(/[{}]/g, '')}`, { method: method.toUpperCase(), headers })
        assert.equal(answer.status, 405, `${method} ${path} is missing`)
      }
      described.add(path)
    }
  }
  assert.deepEqual([...described].sort(), Object.keys(document.paths).sort())
})

test('discovery, keys and health answer as the document says', async () => {
  await call('GET', '/.well-known/openid-configuration', 200)
  await call('GET', '/.well-known/oauth-authorization-server', 200)
  for (const resource of ['', '/userinfo', '/resource', '/resource/notes/1']) {
    await call('GET', `/.well-known/oauth-protected-resource${resource}`, 200)
  }
  await call('GET', '/.well-known/oauth-protected-resource/token', 404)
  await call('GET', '/jwks', 200)
  const tag = (await fetch(`${(await server()).base}/jwks`)).headers.get('etag')
  await call('GET', '/jwks', 304, { headers: { 'if-none-match': tag } })
  for (const path of ['/health', '/health/ready', '/health/live']) await call('GET', path, 200)
  await call('GET', '/metrics', 200, { token: await admin() })
  await call('GET', '/metrics', 401)
})

test('registration answers as the document says', async () => {
  const token = await admin()
  const everything = {
    redirect_uris: [rp.redirectUri],
    post_logout_redirect_uris: ['https://app.example/goodbye'],
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types: ['code'],
    scope: 'openid profile',
    client_name: 'Sample App',
    client_uri: 'https://app.example/',
    logo_uri: 'https://app.example/logo.png',
    policy_uri: 'https://app.example/policy',
    tos_uri: 'https://app.example/terms',
    'client_name#de': 'Beispiel',
    application_type: 'web',
    default_max_age: 3600,
    require_auth_time: true,
    default_acr_values: ['1'],
    initiate_login_uri: 'https://app.example/login',
    software_id: unique(),
    software_version: '1.0.0',
    contacts: ['ada@app.example'],
    id_token_signed_response_alg: 'ES256',
    access_token_signed_response_alg: 'ES256',
    subject_type: 'pairwise',
    launchpad: true,
  }
  await call('POST', '/register', 201, { token, json: everything })
  await call('POST', '/register', 201, { token, json: { redirect_uris: [rp.redirectUri], token_endpoint_auth_method: 'none' } })
  await call('POST', '/register', 201, { token, json: { grant_types: ['client_credentials'] } })
  const { publicKey } = await oauth.generateKeyPair('ES256', { extractable: true })
  const jwks = { keys: [await crypto.subtle.exportKey('jwk', publicKey)] }
  const byKey = { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: 'ES256', jwks }
  await call('POST', '/register', 201, { token, json: { grant_types: ['client_credentials'], ...byKey } })
  for (const json of [{}, { redirect_uris: ['javascript:alert(1)'] }, { redirect_uris: [rp.redirectUri], scope: '"' }]) {
    await call('POST', '/register', 400, { token, json })
  }
  await call('POST', '/register', 401, { json: everything })
  await call('POST', '/register', 413, { token, json: { ...everything, client_name: 'x'.repeat(70_000) } })
})

test('a registration is read, replaced and ended as the document says', async () => {
  const client = await register({ redirect_uris: [rp.redirectUri] })
  const { client_id, client_secret, registration_access_token: token } = client
  const path = `/register/${client_id}`
  await call('GET', path, 200, { token })
  await call('PUT', path, 200, { token, json: { client_id, client_secret, redirect_uris: [rp.redirectUri] } })
  await call('PUT', path, 400, { token, json: { client_id, redirect_uris: [] } })
  await call('PUT', path, 401, { json: { client_id } })
  await call('GET', path, 401, { token: 'unknown' })
  await call('DELETE', path, 401)
  await call('DELETE', path, 204, { token })
  await call('GET', path, 401, { token })
})

test('tokens, pushed requests, introspection and revocation answer as the document says', async () => {
  const as = await rp.discover()
  const app = await rp.app({ grant_types: ['authorization_code', 'refresh_token', 'client_credentials'] })
  const basic = app.client
  const user = await User.signedUp()
  const { url, memory } = await rp.begin(as, basic)
  const form = {
    grant_type: 'authorization_code',
    code: (await user.authorize(url)).searchParams.get('code'),
    redirect_uri: rp.redirectUri,
    code_verifier: memory.verifier,
  }
  const tokens = await call('POST', '/token', 200, { basic, form })
  await call('POST', '/token', 400, { basic, form })
  const { tokens: others } = await rp.signIn(as, app)
  const refreshing = { grant_type: 'refresh_token', refresh_token: others.refresh_token }
  const refreshed = await call('POST', '/token', 200, { basic, form: { ...refreshing, scope: 'openid' } })
  await call('POST', '/token', 200, { basic, form: { ...clientCredentials, resource: 'https://api.example/' } })
  const { client_id, client_secret } = await machine('api:read api:write')
  const own = await call('POST', '/token', 200, { form: { ...clientCredentials, client_id, client_secret } })
  for (const wrong of [{}, { grant_type: 'password' }, { ...clientCredentials, scope: '"' }, { ...clientCredentials, resource: '/' }]) {
    await call('POST', '/token', 400, { basic, form: wrong })
  }
  await call('POST', '/token', 401, { form: clientCredentials })
  await call('POST', '/token', 401, { basic: { ...basic, client_secret: 'wrong' }, form: clientCredentials })
  await call('POST', '/token', 413, { basic, form: { ...clientCredentials, padding: 'x'.repeat(70_000) } })

  for (const token of [refreshed.access_token, refreshed.refresh_token, own.access_token, tokens.access_token, 'unknown']) {
    await call('POST', '/introspect', 200, { basic, form: { token, token_type_hint: 'access_token' } })
  }
  await call('POST', '/introspect', 400, { basic, form: {} })
  await call('POST', '/introspect', 401, { form: { token: 'unknown' } })

  const pushed = { response_type: 'code', redirect_uri: rp.redirectUri }
  await call('POST', '/par', 201, { basic, form: pushed })
  await call('POST', '/par', 400, { basic, form: {} })
  await call('POST', '/par', 401, { form: pushed })

  await call('POST', '/revoke', 200, { basic, form: { token: refreshed.refresh_token, token_type_hint: 'refresh_token' } })
  await call('POST', '/revoke', 200, { basic, form: { token: 'unknown' } })
  await call('POST', '/revoke', 400, { basic, form: {} })
  await call('POST', '/revoke', 401, { form: { token: 'unknown' } })
})

test('devices are answered as the document says', async () => {
  const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
  const { client_id } = await register({ grant_types: [grant_type], token_endpoint_auth_method: 'none', scope: 'openid' })
  const form = { client_id, scope: 'openid', resource: 'https://api.example/' }
  const { device_code } = await call('POST', '/device_authorization', 200, { form })
  await call('POST', '/token', 400, { form: { grant_type, client_id, device_code } })
  await call('POST', '/device_authorization', 400, { form: { client_id, scope: 'api:read' } })
  await call('POST', '/device_authorization', 401, { form: { scope: 'openid' } })
})

test('userinfo and the sample resource answer as the document says', async () => {
  const as = await rp.discover()
  const { tokens } = await rp.signIn(as, await rp.app())
  const { access_token: token } = tokens
  const basic = await machine()
  const { access_token: own } = await call('POST', '/token', 200, { basic, form: clientCredentials })
  const { tokens: narrow } = await rp.signIn(as, await rp.app({ scope: 'openid' }))
  await call('GET', '/userinfo', 200, { token })
  await call('GET', '/userinfo', 200, { token: narrow.access_token })
  const { tokens: jwt } = await rp.signIn(as, await rp.app({ access_token_signed_response_alg: 'ES256' }))
  await call('GET', '/userinfo', 200, { token: jwt.access_token })
  await call('POST', '/introspect', 200, { basic, form: { token: jwt.access_token } })
  await call('POST', '/userinfo', 200, { token })
  await call('POST', '/userinfo', 200, { form: { access_token: token } })
  await call('POST', '/userinfo', 400, { token, form: { access_token: token } })
  for (const method of ['GET', 'POST']) {
    await call(method, '/userinfo', 401)
    await call(method, '/userinfo', 401, { token: 'unknown' })
    await call(method, '/userinfo', 403, { token: own })
  }
  await call('GET', '/resource/notes', 200, { token })
  await call('GET', '/resource/notes/1', 200, { token: own })
  await call('GET', '/resource/notes', 401)
  await call('GET', '/resource/notes', 401, { token: 'unknown' })
  await call('GET', '/resource/notes', 403, { token: narrow.access_token })
  await call('GET', '/resource/recent', 200, { token })
  await call('GET', '/resource/recent', 401, { token: own })
})

// A server that runs already keeps its keys.
const isGiven = process.env.SPIN_AUTH_BASE_URL !== undefined

test('the admin API answers as the document says', { skip: isGiven }, async () => {
  const token = await admin()
  const api = '/admin/api'
  const get = (path, status = 200) => call('GET', `${api}${path}`, status, { token })
  const post = (path, status, json) => call('POST', `${api}${path}`, status, { token, json })
  const patch = (path, status, json) => call('PATCH', `${api}${path}`, status, { token, json })
  const remove = (path, status) => call('DELETE', `${api}${path}`, status, { token })

  const { user } = await rp.signIn(await rp.discover(), await rp.app())
  const path = `/users/${user.email}`
  await get('/users?limit=1&sort=email')
  await get('/users?sort=password', 400)
  await get(path)
  await get('/users/nobody@example.org', 404)
  await patch(path, 200, { access_level: 'admin', claims: { nickname: 'J' } })
  await patch(path, 400, { access_level: 'root' })
  await patch('/users/nobody@example.org', 404, {})
  const made = await post('/users', 201, { email: `made.${unique()}@example.org`, given_name: 'Mary' })
  await post('/users', 400, { email: made.email, given_name: 'Mary' })
  await post(`/users/${made.sub}/reset-password`, 200)
  await post('/users/nobody@example.org/reset-password', 404)
  await remove(`${path}/factors`, 204)
  await remove('/users/nobody@example.org/factors', 404)
  await post(`/users/${made.sub}/reset-link`, 200)
  await post('/users/nobody@example.org/reset-link', 404)
  const { items } = await get(`${path}/grants`)
  assert.equal(items.length, 1)
  await get(`${path}/grants?limit=0`, 400)
  await get('/users/nobody@example.org/grants', 404)
  await remove(`/grants/${items[0].id}`, 204)
  await remove(`/grants/${items[0].id}`, 404)
  const sessions = await get(`${path}/sessions`)
  await get(`${path}/sessions?cursor=x`, 400)
  await get('/users/nobody@example.org/sessions', 404)
  await remove(`/sessions/${sessions.items[0].id}`, 204)
  await remove(`/sessions/${sessions.items[0].id}`, 404)
  await remove(`${path}/sessions`, 204)
  await remove('/users/nobody@example.org/sessions', 404)

  const redirect_uris = [rp.redirectUri]
  const client = await post('/clients', 201, { redirect_uris, client_name: 'Wiki', launchpad: true })
  await post('/clients', 400, { redirect_uris: ['javascript:alert(1)'] })
  await get('/clients?q=wiki')
  await get('/clients?limit=x', 400)
  const application = `/clients/${client.client_id}`
  await get(application)
  await get('/clients/nothing', 404)
  await patch(application, 200, { client_name: 'Docs' })
  await patch(application, 400, { redirect_uris: [] })
  await patch('/clients/nothing', 404, {})
  await post(`${application}/rotate-secret`, 200)
  await patch(application, 200, { token_endpoint_auth_method: 'none' })
  await post(`${application}/rotate-secret`, 400)
  await post('/clients/nothing/rotate-secret', 404)
  await get(`${application}/grants`)
  await get(`${application}/grants?limit=0`, 400)
  await get('/clients/nothing/grants', 404)
  await remove(application, 204)
  await remove(application, 404)

  for (const what of ['users', 'clients']) {
    const { items: exported } = await get(`/export/${what}?limit=5&with_hashes=true`)
    await get(`/export/${what}?limit=0`, 400)
    const bring = (lines, status = 200) => call('POST', `${api}/import/${what}`, status, { token, lines })
    const { items: brought } = await bring([...exported, {}].map((one) => JSON.stringify(one)).join('\n'))
    assert.deepEqual([...new Set(brought.map(({ outcome }) => outcome))], ['exists', 'refused'])
    await bring('{}\n'.repeat(501), 400)
  }

  await get('/keys')
  await get('/audit?action=user.change')
  await get('/audit?limit=0', 400)
  await get('/settings')
  await post('/purge', 200)
  await post('/keys/rotate', 200)
  await post('/keys/rotate', 400)
  await post('/keys/reseal', 200)
  await post('/keys/reseal?cursor=x', 400)
  await post('/logouts/deliver', 200)
  await post('/migrate', 204)
  await remove(path, 204)
  await remove(path, 404)

  // An ordinary user is nobody here, and the last administrator stays.
  const { issuer } = await server()
  const last = await User.signedUp()
  const headers = { cookie: last.cookie, origin: issuer, 'content-type': 'application/json' }
  for (const { path, method } of operations.filter(({ path }) => path.startsWith('/admin/'))) {
    const to = path.replace('{user}', last.email).replace(/{[^}]*}/, 'nothing')
    // What only the holder of the token does, nobody who is signed in does.
    const isForSessions = document.paths[path][method].security.some((one) => 'adminSession' in one)
    await call(method.toUpperCase(), to, isForSessions ? 403 : 401, { headers })
    await call(method.toUpperCase(), to, 401)
  }
  await patch(`/users/${last.email}`, 200, { access_level: 'admin' })
  await call('DELETE', `${api}/users/${last.email}`, 400, { headers })
})

test('each answer that the document has by its status has been seen', { skip: isGiven }, () => {
  const all = operations.flatMap(({ path, method, responses }) => Object.keys(responses).map((status) => `${method} ${path} ${status}`))
  // The rest are failures of the server, or the same for all.
  assert.deepEqual(all.filter((one) => !one.endsWith(' default') && !seen.has(one)), [])
})
