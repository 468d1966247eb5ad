// The pictures of docs/pages.md: `node pictures.mjs` goes through the pages on a fresh server and draws each anew.

import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { administer, app, authorizePath, button, deviceAuthorization, inBrowser, signInHere, signUpByMail, signUpHere } from './support/in-browser.mjs'
import { device } from './support/passkeys.mjs'
import { authenticator } from './support/totp.mjs'

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
mkdirSync(folder, { recursive: true })

const jane = { givenName: 'Jane', familyName: 'Doe', email: 'jane.doe@example.com', password: 'correct horse battery' }
const phone = { viewport: { width: 400, height: 300 }, deviceScaleFactor: 1 }

/** Draws the page as it is, or anew in another language or by night. */
async function draw(page, name, { language = 'en', colorScheme = 'light' } = {}) {
  await page.emulateMedia({ colorScheme })
  if (language !== 'en') {
    await page.setExtraHTTPHeaders({ 'accept-language': language })
    await page.reload()
  }
  // No caret and no ring in the picture.
  await page.locator(':focus').evaluateAll((all) => all.forEach((one) => one.blur()))
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true })
  if (language !== 'en') {
    await page.setExtraHTTPHeaders({ 'accept-language': 'en' })
    await page.reload()
  }
}

inBrowser(
  'the pages have their pictures taken',
  async (world) => {
    const { page } = world
    const documents = { policy_uri: 'https://app.example/privacy', tos_uri: 'https://app.example/terms' }
    const client = await app('https://app.example/callback', {
      client_name: 'Sample App',
      client_uri: 'https://app.example/',
      scope: 'openid profile email offline_access',
      ...documents,
    })
    await page.route('https://app.example/**', (route) => route.fulfill({ body: 'Back', contentType: 'text/plain' }))

    await page.goto('/')
    await draw(page, 'welcome')
    await page.goto('/signup')
    await draw(page, 'signup')
    await signUpHere(page, jane)
    await page.goto(authorizePath(client))
    await draw(page, 'consent')
    await draw(page, 'consent-de', { language: 'de' })
    await draw(page, 'consent-ar-dark', { language: 'ar', colorScheme: 'dark' })
    await page.emulateMedia({ colorScheme: 'light' })
    const asked = page.url()
    await button(page, 'Allow').click()
    await page.waitForURL('https://app.example/**')
    await page.goto(asked)
    await draw(page, 'consent-answered')

    const { verification_uri_complete: uri } = await deviceAuthorization()
    await page.goto('/device')
    await draw(page, 'device')
    await page.goto(uri)
    await button(page, 'Continue').click()
    await draw(page, 'device-confirm')

    await page.goto('/')
    await draw(page, 'home')
    for (const one of ['account', 'profile', 'delete']) {
      await page.goto(one === 'account' ? '/account' : `/account/${one}`)
      await draw(page, one)
    }
    await page.goto('/account/factors?add=totp')
    await draw(page, 'add-app')
    const codes = authenticator(await page.locator('#secret').innerText())
    await page.locator('#code').fill(await codes.next())
    await button(page, 'Add the app').click()
    await draw(page, 'recovery-codes')
    await page.goto('/account/factors')
    await draw(page, 'factors')

    await page.goto('/logout')
    await draw(page, 'logout')
    await button(page, 'Sign out').click()
    await draw(page, 'signed-out')
    await page.goto(authorizePath(client))
    await draw(page, 'login')
    await draw(page, 'login-dark', { colorScheme: 'dark' })
    await draw(page, 'login-de', { language: 'de', colorScheme: 'light' })
    await draw(page, 'login-ar', { language: 'ar' })
    await signInHere(page, jane)
    await draw(page, 'second-factor')
    await page.goto('/authorize?client_id=unknown')
    await draw(page, 'error')
  },
  phone,
)

inBrowser(
  'the pages that begin with a mail have their pictures taken',
  async ({ page, mail }) => {
    await signUpByMail({ page, mail }, jane, { stops: true })
    await draw(page, 'verify')
    await page.getByLabel('Password').fill(jane.password)
    await button(page, 'Create account').click()
    await page.waitForURL('**/')
    for (const one of ['password', 'email']) {
      await page.goto(`/account/${one}`)
      await draw(page, one)
    }
    await page.goto('/forgot')
    await draw(page, 'forgot')
    await page.getByLabel('Email address').fill(jane.email)
    await button(page, 'Send the link').click()
    await draw(page, 'mail-sent')
    await page.goto((await mail(jane.email, 'reset_password')).link)
    await draw(page, 'reset')
  },
  { ...phone, hasMail: true },
)

inBrowser(
  'the pages with passkeys have their pictures taken',
  async ({ page }) => {
    await device(page)
    await page.goto('/signup')
    await signUpHere(page, jane)
    await page.waitForURL('**/')
    await page.goto('/account/factors')
    await page.getByLabel('Name of the new passkey').fill('My telephone')
    await button(page, 'Add a passkey').click()
    await page.getByRole('link', { name: 'Continue' }).click()
    await page.getByText('My telephone').first().waitFor()
    await draw(page, 'factors-passkey')
    await page.goto('/login')
    await draw(page, 'login-passkey')
  },
  { ...phone, hasPasskeys: true },
)

inBrowser(
  'the dashboard has its pictures taken',
  async ({ page }) => {
    const ada = { givenName: 'Ada', familyName: 'Lovelace', email: 'ada@example.com', password: 'correct horse battery' }
    await page.goto('/signup')
    await signUpHere(page, ada)
    await page.waitForURL('**/')
    await administer('PATCH', `/users/${ada.email}`, { access_level: 'admin' })
    for (const [given_name, family_name, access_level] of [
      ['Grace', 'Hopper', 'user'],
      ['Mary', 'Jackson', 'admin'],
      ['Edsger', 'Dijkstra', 'suspended'],
      ['Barbara', 'Liskov', 'user'],
    ]) {
      const email = `${given_name}.${family_name}@example.com`.toLowerCase()
      await administer('POST', '/users', { email, given_name, family_name, access_level })
    }
    const wiki = await app('https://wiki.example/callback', { client_name: 'Wiki', client_uri: 'https://wiki.example/' })
    const pages = [
      ['', 'admin'],
      ['users', 'admin-users'],
      ['applications', 'admin-applications'],
      [`applications/one?client_id=${wiki.client_id}`, 'admin-application'],
      ['sessions', 'admin-sessions'],
      ['grants', 'admin-grants'],
      ['keys', 'admin-keys'],
      ['audit', 'admin-audit'],
      ['settings', 'admin-settings'],
      ['purge', 'admin-purge'],
    ]
    for (const [path, name] of pages) {
      await page.goto(`/admin/${path}`)
      await draw(page, name)
    }
    await page.goto('/admin/users?q=grace')
    await page.locator('tbody a').first().click()
    await draw(page, 'admin-user')
    await draw(page, 'admin-user-dark', { colorScheme: 'dark' })
    await page.setViewportSize({ width: 400, height: 800 })
    await page.goto('/admin/users')
    await draw(page, 'admin-users-phone', { colorScheme: 'light' })
  },
  { viewport: { width: 1100, height: 500 }, deviceScaleFactor: 1 },
)
