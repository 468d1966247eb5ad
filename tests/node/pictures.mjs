// The pictures of docs/pages.md: `node pictures.mjs` goes through the pages on a fresh server and draws each anew.

import { join } from 'node:path'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { app, authorizePath, button, deviceAuthorization, inBrowser, signInHere, signUpHere } from './support/in-browser.mjs'
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
