// The server under test: a given one, or the repository's own host on a free port with fresh state.

import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import { mailbox } from './mailbox.mjs'

const workspace = fileURLToPath(new URL('../../../', import.meta.url))

let shared
let mailing
let local
const stopping = []

// Of the file and not of the test that happened to need the server first.
after(() => Promise.all(stopping.map((stop) => stop())))

/** The server that all tests of a file share. */
export function server() {
  shared ??= process.env.SPIN_AUTH_BASE_URL ? given(process.env.SPIN_AUTH_BASE_URL) : start()
  return shared
}

/** A server that has mails sent, which all tests of a file share: with `mail(address)`, the newest to that address. */
export function mailServer() {
  mailing ??= mailbox().then(async ({ url, secret, mail, close }) => {
    const made = await start({ mail_hook_url: url, mail_hook_secret: secret })
    stopping.push(close)
    return { ...made, mail }
  })
  return mailing
}

/** A server at a name instead of an address, which passkeys need. All tests of a file share it. */
export function passkeyServer() {
  local ??= start({}, 'localhost')
  return local
}

/** The server that all tests of a file share, where it needs settings beside the usual ones: before anything else asks for it. */
export function serverWith(more) {
  if (!process.env.SPIN_AUTH_BASE_URL) shared = start(more)
  return server()
}

/** A server that runs already names itself. */
async function given(base) {
  const url = base.replace(/\/$/, '')
  const metadata = await (await fetch(`${url}/.well-known/openid-configuration`)).json()
  return { base: url, issuer: metadata.issuer, adminToken: process.env.SPIN_AUTH_ADMIN_TOKEN }
}

async function start(more = {}, host = '127.0.0.1') {
  const port = await freePort()
  const base = `http://${host}:${port}`
  const adminToken = `adm_${unique()}${unique()}`
  const manifest = process.env.SPIN_AUTH_MANIFEST ?? join(workspace, 'spin.toml')
  const variables = {
    issuer: base,
    admin_token: adminToken,
    bcrypt_rounds: 4,
    // Failed logins are not throttled: they all come from one address.
    login_throttle: 'off',
    // What clients must be able to do where it is on, and need not know where it is off.
    dpop_nonce: 'on',
    client_id_metadata_documents: 'on',
    outbound_private_addresses: 'on',
    ...more,
  }
  await serve(manifest, port, variables)
  return { base, issuer: base, adminToken }
}

/** The sample application of this repository, registered with the server, at an address of its own. */
export async function consumer() {
  const { issuer } = await server()
  const port = await freePort()
  const base = `http://127.0.0.1:${port}`
  const client = await register({
    client_name: 'Sample application',
    redirect_uris: [`${base}/callback`],
    post_logout_redirect_uris: [`${base}/`],
    scope: 'openid profile email offline_access',
    id_token_signed_response_alg: 'ES256',
  })
  const { client_id, client_secret } = client
  const variables = { issuer, base_url: base, client_id, client_secret, cookie_secret: unique() + unique() }
  await serve(join(workspace, 'examples/consumer/spin.toml'), port, variables)
  return base
}

/** Serves a manifest on this port until the tests of the file are over. */
async function serve(manifest, port, variables) {
  const stateDir = mkdtempSync(join(tmpdir(), 'spin-auth-node-'))
  const binary = process.env.SPIN_AUTH_HOST_BIN ?? join(workspace, 'target/host/spin-auth-host')
  const set = Object.entries(variables).map(([name, value]) => [`SPIN_VARIABLE_${name.toUpperCase()}`, String(value)])
  const child = spawn(
    binary,
    ['--from', manifest, '--listen', `127.0.0.1:${port}`, '--state-dir', stateDir, '--quiet'],
    { env: { ...process.env, ...Object.fromEntries(set) }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let log = ''
  const serving = new Promise((resolve, reject) => {
    const hear = (chunk) => {
      log += chunk
      if (/^Serving /m.test(log)) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.on('error', reject)
    child.on('exit', (code, signal) => reject(new Error(`the host ended with ${code ?? signal}: ${log}`)))
  })
  // Whichever way this process ends, the host ends with it.
  const end = () => child.kill('SIGTERM')
  const tidy = () => rmSync(stateDir, { recursive: true, force: true, maxRetries: 5 })
  process.once('exit', () => (end(), tidy()))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
  await serving
  stopping.push(async () => {
    const ended = child.exitCode === null && once(child, 'exit')
    end()
    await ended
  })
}

async function freePort() {
  const socket = createServer().listen(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}

/** Text that no other test has. */
export function unique() {
  return randomBytes(9).toString('hex')
}

/** Registers a client as the administrator does, and answers it as it was registered. */
export async function register(metadata) {
  const { base, adminToken } = await server()
  const answer = await fetch(`${base}/register`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  })
  const client = await answer.json()
  if (answer.status !== 201) throw new Error(`registration answered ${answer.status}: ${JSON.stringify(client)}`)
  return client
}

/** Somebody new. */
export function person() {
  return {
    givenName: 'Jane',
    familyName: 'Doe',
    email: `jane.${unique()}@example.com`,
    password: `correct horse ${unique()}`,
  }
}
