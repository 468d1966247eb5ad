// Tests in the real browser, and what people do there.

import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { browser } from './chromium.mjs'
import { mailServer, passkeyServer, person, register, server, unique } from './server.mjs'

const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
// The pages promise to work without script.
const desktop = { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false }

/**
 * A test with a fresh browser profile. It fails where the console tells of anything that the content security policy
 * has stopped, unless `isStopped` says that this is the point of the test. `hasMail` is for a server that has mails sent,
 * `hasPasskeys` for one at a name, and script.
 */
export function inBrowser(name, run, { isStopped = false, hasMail = false, hasPasskeys = false, ...options } = {}) {
  test(name, async (t) => {
    const chromium = await browser()
    if (typeof chromium === 'string') return t.skip(chromium)
    const { base, adminToken, mail } = await (hasMail ? mailServer() : hasPasskeys ? passkeyServer() : server())
    const context = await chromium.newContext({ ...desktop, javaScriptEnabled: hasPasskeys, baseURL: base, ...options })
    context.setDefaultTimeout(30_000)
    const complaints = []
    context.on('console', (message) => {
      if (/content security policy|refused to|violates/i.test(message.text())) complaints.push(message.text())
    })
    const closing = [() => context.close()]
    try {
      await run({
        page: await context.newPage(),
        context,
        base,
        adminToken,
        mail,
        complaints,
        listen: async (host, answer) => {
          const listener = await listen(host, answer)
          closing.push(listener.close)
          return listener
        },
      })
      if (!isStopped) assert.deepEqual(complaints, [])
    } finally {
      for (const close of closing) await close()
    }
  })
}

inBrowser.onPhone = (name, run, options) => inBrowser(name, run, { ...phone, ...options })

/** A server of this test at another origin, such as a client's, that answers every path with this page. */
async function listen(host = '127.0.0.1', answer = () => '<!doctype html><title>Sample App</title><h1>Back</h1>') {
  const listener = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8').end(answer(request))
  })
  listener.listen(0, host === '[::1]' ? '::1' : '127.0.0.1')
  await once(listener, 'listening')
  const origin = `http://${host}:${listener.address().port}`
  const close = async () => {
    listener.closeAllConnections()
    listener.close()
    await once(listener, 'close')
  }
  return { origin, callback: `${origin}/callback`, close }
}

/** Registers a client that is answered at this redirect URI. */
export function app(redirectUri, metadata = {}) {
  const usual = { client_name: 'Sample App', scope: 'openid profile email' }
  return register({ ...usual, redirect_uris: [redirectUri], ...metadata })
}

const deviceCode = 'urn:ietf:params:oauth:grant-type:device_code'

/** Starts a device authorization of a new client; answers its codes and how the device asks for its tokens. */
export async function deviceAuthorization(metadata = {}) {
  const { base } = await server()
  const usual = { client_name: 'Sample Television', client_uri: 'https://tv.example/', scope: 'openid profile email' }
  const grant = { grant_types: [deviceCode], token_endpoint_auth_method: 'none' }
  const client = await register({ ...usual, ...grant, ...metadata })
  const post = async (path, form) => {
    const body = new URLSearchParams({ client_id: client.client_id, ...form })
    return (await fetch(`${base}${path}`, { method: 'POST', body })).json()
  }
  const codes = await post('/device_authorization', { scope: client.scope })
  return { ...codes, poll: () => post('/token', { grant_type: deviceCode, device_code: codes.device_code }) }
}

/** The path of an authorization request of this client. */
export function authorizePath(client, parameters = {}) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: client.redirect_uris[0],
    scope: client.scope,
    state: unique(),
    ...parameters,
  })
  return `/authorize?${query}`
}

/** The button, link or other thing of this role and name. */
export const button = (page, name) => page.getByRole('button', { name, exact: true })
export const link = (page, name) => page.getByRole('link', { name, exact: true })
export const alert = (page) => page.getByRole('alert').innerText()

/** Fills in the sign-up form on the page and sends it. */
export async function signUpHere(page, person) {
  await page.getByLabel('First name').fill(person.givenName)
  await page.getByLabel('Last name').fill(person.familyName)
  await page.getByLabel('Email address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await button(page, 'Create account').click()
}

/** Fills in the login form on the page and sends it. */
export async function signInHere(page, { email, password }) {
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password').fill(password)
  await button(page, 'Sign in').click()
}

/** Signs up from the start page. */
export async function signUp(page, person) {
  await page.goto('/signup')
  await signUpHere(page, person)
  await isHome(page, person)
}

/** Signs up where the address is confirmed by a link in a mail, and stops at its page where `stops` says so. */
export async function signUpByMail({ page, mail }, person, { stops = false } = {}) {
  await page.goto('/signup')
  await signUpHere(page, person)
  await isTitled(page, 'Look into your mail')
  await page.goto((await mail(person.email, 'confirm_sign_up')).link)
  await isTitled(page, 'Finish your account')
  if (stops) return
  await page.getByLabel('Password').fill(person.password)
  await button(page, 'Create account').click()
  await isHome(page, person)
}

/** Asks the admin API as the holder of the admin token. */
export async function administer(method, path, body) {
  const { base, adminToken } = await server()
  const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' }
  const answer = await fetch(`${base}/admin/api${path}`, { method, headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
}

/** Signs up somebody who is made an administrator. */
export async function administrator(page, somebody = person()) {
  await signUp(page, somebody)
  await administer('PATCH', `/users/${somebody.email}`, { access_level: 'admin' })
  return somebody
}

/** Signs out on the start page. */
export async function signOut(page) {
  await page.goto('/')
  await button(page, 'Sign out').click()
  await isTitled(page, 'Signed out')
}

/** The browser shows the start page of this person. */
export async function isHome(page, person) {
  await isAt(page, '/')
  await isTitled(page, `Hello, ${person.givenName}`)
  await page.getByText(person.email).waitFor()
}

/** The browser shows this page of the server. */
export async function isAt(page, path) {
  await page.waitForURL((url) => url.pathname === path)
}

/** The page that the browser shows has this heading. */
export async function isTitled(page, name) {
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
}

/** The browser is back at the client: what it brought. */
export async function arrival(page, callback) {
  await page.waitForURL((url) => url.href.startsWith(callback))
  return Object.fromEntries(new URL(page.url()).searchParams)
}
