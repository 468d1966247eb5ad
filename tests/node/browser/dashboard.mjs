// What administrators do in the dashboard, without script.

import { strict as assert } from 'node:assert'
import { person, server, unique } from '../support/server.mjs'
import { administrator, administer, app, authorizePath, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signUp } from '../support/in-browser.mjs'
import { authenticator } from '../support/totp.mjs'

/** Opens the page of a user by the search. */
async function open(page, email) {
  await page.goto('/admin/users')
  await page.getByLabel('Name, address or user ID begins with').fill(email)
  await button(page, 'Show').click()
  await page.locator('tbody a').first().click()
  await page.getByRole('heading', { name: 'Access', exact: true }).waitFor()
}

/** A second browser, of somebody else. */
async function elsewhere({ context, base }) {
  const other = await context.browser().newContext({ baseURL: base, javaScriptEnabled: false })
  other.setDefaultTimeout(30_000)
  return { page: await other.newPage(), close: () => other.close() }
}

const done = (page, words) => page.getByRole('status').getByText(words).waitFor()

for (const [device, where, options] of [
  ['a desktop', inBrowser],
  ['a phone', inBrowser.onPhone, { javaScriptEnabled: false }],
]) {
  where(
    `on ${device} an administrator makes a user, who chooses another password at the first sign-in`,
    async (world) => {
      const { page } = world
      await administrator(page)
      const mary = { ...person(), givenName: 'Mary', familyName: 'Jackson' }
      await page.goto('/admin/users')
      await link(page, 'New user').click()
      await page.getByLabel('First name').fill(mary.givenName)
      await page.getByLabel('Last name').fill(mary.familyName)
      await page.getByLabel('Email address').fill(mary.email)
      await button(page, 'Create user').click()
      await isTitled(page, 'Temporary password')
      const password = await page.locator('#password').innerText()
      const other = await elsewhere(world)
      await other.page.goto('/login')
      await signInHere(other.page, { ...mary, password })
      await other.page.getByLabel('New password').fill(mary.password)
      await other.page.getByRole('button').click()
      await isHome(other.page, mary)
      await other.close()
    },
    options,
  )

  where(
    `on ${device} an administrator suspends a user, whose tokens and session stop at once`,
    async (world) => {
      const { page, base } = world
      const jane = person()
      const other = await elsewhere(world)
      await signUp(other.page, jane)
      const { callback } = await world.listen('localhost')
      const client = await app(callback)
      await other.page.goto(authorizePath(client))
      await button(other.page, 'Allow').click()
      await other.page.waitForURL('**/callback?**')
      const code = new URL(other.page.url()).searchParams.get('code')
      const body = new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: callback })
      const authorization = `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}`
      const answer = await fetch(`${base}/token`, { method: 'POST', body, headers: { authorization } })
      const { access_token: token } = await answer.json()
      const userinfo = async () =>
        (await fetch(`${base}/userinfo`, { headers: { authorization: `Bearer ${token}` } })).status
      assert.equal(await userinfo(), 200)

      await administrator(page)
      await open(page, jane.email)
      await button(page, 'Suspend').click()
      await done(page, 'The user is suspended')
      assert.equal(await userinfo(), 401)
      await other.page.goto('/')
      await link(other.page, 'Sign in').waitFor()
      await button(page, 'Reinstate').click()
      await done(page, 'The user may sign in again.')
      await other.page.goto('/login')
      await signInHere(other.page, jane)
      await isHome(other.page, jane)
      await other.close()
    },
    options,
  )

  where(
    `on ${device} an administrator creates an application and its secret gets a token`,
    async ({ page, base }) => {
      await administrator(page)
      await page.goto('/admin/applications')
      await link(page, 'New application').click()
      await page.getByLabel('Name', { exact: true }).fill('Nightly job')
      await page.getByLabel('Scopes').fill('api:read')
      await page.getByLabel('authorization_code').uncheck()
      await page.getByLabel('refresh_token').uncheck()
      await page.getByLabel('client_credentials').check()
      await button(page, 'Create application').click()
      await page.getByRole('heading', { name: 'Credentials of Nightly job' }).waitFor()
      const [id, secret] = await Promise.all(['#client_id', '#client_secret'].map((at) => page.locator(at).innerText()))
      const body = new URLSearchParams({ grant_type: 'client_credentials' })
      const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
      const answer = await fetch(`${base}/token`, { method: 'POST', body, headers })
      assert.equal(answer.status, 200)
      assert.equal((await answer.json()).scope, 'api:read')
      await link(page, 'To the application').click()
      await button(page, 'Make another secret').click()
      await page.getByRole('heading', { name: 'Credentials of Nightly job' }).waitFor()
      assert.equal((await fetch(`${base}/token`, { method: 'POST', body, headers })).status, 401)
    },
    options,
  )

  where(
    `on ${device} an administrator removes the factors of somebody who has lost them`,
    async (world) => {
      const { page } = world
      const jane = person()
      const other = await elsewhere(world)
      await signUp(other.page, jane)
      await other.page.goto('/account/factors?add=totp')
      const codes = authenticator(await other.page.locator('#secret').innerText())
      await other.page.locator('#code').fill(await codes.next())
      await button(other.page, 'Add the app').click()
      await isTitled(other.page, 'Keep these recovery codes')
      await administrator(page)
      await open(page, jane.email)
      await button(page, 'Remove second factors').click()
      await done(page, 'All second factors and recovery codes are removed.')
      await other.page.context().clearCookies()
      await other.page.goto('/login')
      await signInHere(other.page, jane)
      await isHome(other.page, jane)
      await other.close()
    },
    options,
  )

  where(
    `on ${device} an administrator pages through users to and fro`,
    async ({ page }) => {
      await administrator(page)
      const family = `Q${unique()}`
      for (let number = 0; number < 5; number++) {
        const email = `${number}.${family}@example.org`
        await administer('POST', '/users', { email, given_name: `N${number}`, family_name: family })
      }
      await page.goto(`/admin/users?q=${family}&limit=2`)
      const names = () => page.locator('tbody td:nth-child(2)').allInnerTexts()
      const are = async (...numbers) => {
        const texts = await names()
        assert.deepEqual(texts.map((text) => text.match(/N\d/)[0]), numbers.map((number) => `N${number}`))
      }
      await are(0, 1)
      await link(page, 'Next page').click()
      await are(2, 3)
      await link(page, 'Next page').click()
      await are(4)
      await link(page, 'Previous page').click()
      await are(2, 3)
      await link(page, 'Previous page').click()
      await are(0, 1)
    },
    options,
  )
}

inBrowser('an administrator rotates the keys and /jwks shows the new ones', async ({ page, base }) => {
  const kids = async () => (await (await fetch(`${base}/jwks`)).json()).keys.map(({ kid }) => kid)
  const before = await kids()
  await administrator(page)
  await page.goto('/admin/keys')
  await button(page, 'Rotate keys now').click()
  await done(page, 'New keys are published.')
  const after = await kids()
  assert.equal(after.length, 2 * before.length)
  assert.ok(before.every((kid) => after.includes(kid)))
  const shown = await page.locator('tbody code').allInnerTexts()
  assert.deepEqual(shown.sort(), after.sort())
})

inBrowser('who is no administrator finds the way out of the dashboard, and in with another account', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await page.goto('/admin/users')
  await isTitled(page, 'This is for administrators')
  await administer('PATCH', `/users/${jane.email}`, { access_level: 'admin' })
  await link(page, 'Sign in with another account').click()
  await signInHere(page, jane)
  await isAt(page, '/admin/users')
  await isTitled(page, 'Users')
  const { base } = await server()
  assert.ok(page.url().startsWith(base))
})
