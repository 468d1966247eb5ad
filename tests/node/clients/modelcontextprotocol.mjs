// The client of the Model Context Protocol, npm's @modelcontextprotocol/client: it finds the authorization server by
// itself, registers, has its user allow it, and asks for more when it is told to.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  auth,
  Client,
  extractWWWAuthenticateParams,
  IssuerMismatchError,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { mcpServer } from '../support/mcp-server.mjs'
import { publish } from '../support/publish.mjs'
import { register, server, unique } from '../support/server.mjs'
import { User } from '../support/user.mjs'

const redirectUrl = 'https://app.example/callback'

/** What an application keeps for the library, and the user whom it sends to authorize. */
class Application {
  redirectUrl = redirectUrl
  clientMetadata = {
    client_name: 'Assistant',
    redirect_uris: [redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'none',
  }
  #kept = new Map()

  constructor(user, client) {
    this.user = user
    if (client) this.#kept.set('client', client)
  }

  state = () => unique()
  clientInformation = () => this.#kept.get('client')
  saveClientInformation = (client) => void this.#kept.set('client', client)
  tokens = () => this.#kept.get('tokens')
  saveTokens = (tokens) => void this.#kept.set('tokens', tokens)
  codeVerifier = () => this.#kept.get('verifier')
  saveCodeVerifier = (verifier) => void this.#kept.set('verifier', verifier)
  discoveryState = () => this.#kept.get('discovery')
  saveDiscoveryState = (state) => void this.#kept.set('discovery', state)
  redirectToAuthorization = (url) => void (this.asked = url)
  invalidateCredentials = (what) => void this.#kept.delete(what)

  /** What the browser brings back from the authorization server. */
  async callback(decision) {
    return (await this.user.authorize(this.asked, decision)).searchParams
  }
}

/** `fetch` of an application that its operator gave the initial access token. */
async function withInitialAccessToken() {
  const { adminToken } = await server()
  return (url, init) => {
    const headers = new Headers(init?.headers)
    if (new URL(url).pathname.endsWith('/register')) headers.set('authorization', `Bearer ${adminToken}`)
    return fetch(url, { ...init, headers })
  }
}

/** A test with a server that offers tools, and a client that has not been allowed to use them. */
function mcp(name, run) {
  test(name, async () => {
    const { url, stop } = await mcpServer()
    const open = []
    const connect = async (application) => {
      const options = { authProvider: application, fetch: await withInitialAccessToken() }
      const transport = new StreamableHTTPClientTransport(new URL(url), options)
      const client = new Client({ name: 'assistant', version: '1.0.0' })
      open.push(client)
      return { transport, client, connected: client.connect(transport) }
    }
    try {
      await run({ url, connect })
    } finally {
      for (const client of open) await client.close()
      await stop()
    }
  })
}

/** Connects, has the user allow it, and connects again. */
async function connectAsUser(connect, application) {
  const { transport, connected } = await connect(application)
  await assert.rejects(connected, UnauthorizedError)
  await transport.finishAuth(await application.callback())
  const { client, connected: again } = await connect(application)
  await again
  return client
}

mcp('an MCP client discovers the server, registers, is allowed by its user and calls a tool', async ({ url, connect }) => {
  const { issuer } = await server()
  const application = new Application(await User.signedUp())
  const client = await connectAsUser(connect, application)
  assert.equal(application.clientInformation().issuer, issuer)
  assert.equal(application.asked.searchParams.get('resource'), url)
  assert.equal(application.asked.searchParams.get('code_challenge_method'), 'S256')
  const { tools } = await client.listTools()
  assert.deepEqual(tools.map((tool) => tool.name), ['read', 'write'])
  assert.deepEqual((await client.callTool({ name: 'read', arguments: {} })).content, [{ type: 'text', text: 'done: read' }])
})

mcp('an MCP client whose access token is gone refreshes and goes on', async ({ connect }) => {
  const application = new Application(await User.signedUp())
  const client = await connectAsUser(connect, application)
  const before = application.tokens()
  const { base } = await server()
  const body = new URLSearchParams({ token: before.access_token, client_id: application.clientInformation().client_id })
  assert.equal((await fetch(`${base}/revoke`, { method: 'POST', body })).status, 200)
  await client.listTools()
  assert.notEqual(application.tokens().access_token, before.access_token)
  assert.notEqual(application.tokens().refresh_token, before.refresh_token)
})

mcp('an MCP client steps up to the scope that a tool asks for', async ({ connect }) => {
  // Its registration allows more than it asks for at first: the library registers for what it is asked for first.
  const registered = await register({ ...new Application().clientMetadata, scope: 'api:read api:write offline_access' })
  const { issuer } = await server()
  const application = new Application(await User.signedUp(), { ...registered, issuer })
  const client = await connectAsUser(connect, application)
  assert.deepEqual(application.tokens().scope.split(' ').sort(), ['api:read', 'offline_access'])
  await assert.rejects(client.callTool({ name: 'write', arguments: {} }), UnauthorizedError)
  await client.transport.finishAuth(await application.callback())
  assert.deepEqual(application.tokens().scope.split(' ').sort(), ['api:read', 'api:write', 'offline_access'])
  assert.deepEqual((await client.callTool({ name: 'write', arguments: {} })).content, [{ type: 'text', text: 'done: write' }])
})

mcp('an MCP client that the server does not know any more registers again', async ({ connect }) => {
  const { issuer } = await server()
  const forgotten = { client_id: unique(), redirect_uris: [redirectUrl], token_endpoint_auth_method: 'none', issuer }
  const application = new Application(await User.signedUp(), forgotten)
  application.saveTokens({ access_token: 'sat_gone', token_type: 'Bearer', refresh_token: 'srt_gone', issuer })
  await connectAsUser(connect, application)
  assert.notEqual(application.clientInformation().client_id, forgotten.client_id)
})

mcp('an MCP client refuses an answer that names another issuer or none, and is told of a denial', async ({ connect }) => {
  const application = new Application(await User.signedUp())
  const { transport, connected } = await connect(application)
  await assert.rejects(connected, UnauthorizedError)
  const answer = await application.callback()
  for (const forge of [(forged) => forged.set('iss', 'https://evil.example'), (forged) => forged.delete('iss')]) {
    const forged = new URLSearchParams(answer)
    forge(forged)
    await assert.rejects(transport.finishAuth(forged), IssuerMismatchError)
  }
  await transport.finishAuth(answer)
  const denied = new Application(await User.signedUp(), application.clientInformation())
  const second = await connect(denied)
  await assert.rejects(second.connected, UnauthorizedError)
  await assert.rejects(second.transport.finishAuth(await denied.callback('deny')), { code: 'access_denied' })
})

test('an MCP client finds its way to the sample resource, and steps up there', async () => {
  const { base, issuer } = await server()
  const serverUrl = `${base}/resource/notes`
  const registered = await register({ ...new Application().clientMetadata, scope: 'openid profile offline_access' })
  const application = new Application(await User.signedUp(), { ...registered, issuer })
  const read = () => {
    const token = application.tokens()?.access_token
    return fetch(serverUrl, { headers: token ? { authorization: `Bearer ${token}` } : {} })
  }
  const authorize = async (answer, scope) => {
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(answer)
    const options = { serverUrl, resourceMetadataUrl, scope, forceReauthorization: true }
    assert.equal(await auth(application, options), 'REDIRECT')
    assert.equal(application.asked.searchParams.get('resource'), serverUrl)
    const callback = await application.callback()
    const back = { authorizationCode: callback.get('code'), iss: callback.get('iss') }
    assert.equal(await auth(application, { ...options, ...back }), 'AUTHORIZED')
  }
  const stranger = await read()
  assert.equal(stranger.status, 401)
  await authorize(stranger, 'openid')
  const refused = await read()
  const { error, scope } = extractWWWAuthenticateParams(refused)
  assert.deepEqual([refused.status, error, scope], [403, 'insufficient_scope', 'profile'])
  await authorize(refused, `openid ${scope}`)
  assert.equal((await (await read()).json()).user.given_name, application.user.givenName)
})

test('an MCP client publishes who it is instead of registering', async () => {
  const { base } = await server()
  const serverUrl = `${base}/resource/notes`
  const application = new Application(await User.signedUp())
  // The library publishes over https alone: what ends TLS in front of the document stands here.
  const document = await publish({ ...application.clientMetadata, scope: 'openid profile offline_access' })
  application.clientMetadataUrl = document.url.replace('http:', 'https:')
  application.redirectToAuthorization = (url) => {
    assert.equal(url.searchParams.get('client_id'), application.clientMetadataUrl)
    url.searchParams.set('client_id', document.url)
    application.asked = url
  }
  const requests = []
  const fetchFn = (url, init) => {
    requests.push(new URL(url).pathname)
    const body = init?.body instanceof URLSearchParams ? new URLSearchParams(init.body) : init?.body
    if (body?.get?.('client_id') === application.clientMetadataUrl) body.set('client_id', document.url)
    return fetch(url, { ...init, body })
  }
  try {
    const options = { serverUrl, scope: 'openid profile', fetchFn }
    assert.equal(await auth(application, options), 'REDIRECT')
    assert.equal(application.clientInformation().client_id, application.clientMetadataUrl)
    const callback = await application.callback()
    const back = { authorizationCode: callback.get('code'), iss: callback.get('iss') }
    assert.equal(await auth(application, { ...options, ...back }), 'AUTHORIZED')
    const headers = { authorization: `Bearer ${application.tokens().access_token}` }
    const answer = await fetch(serverUrl, { headers })
    assert.equal((await answer.json()).user.given_name, application.user.givenName)
    assert.ok(!requests.includes('/register'), `${requests}`)
    assert.equal(document.fetched(), 1, 'and the server keeps the document')
  } finally {
    await document.stop()
  }
})
