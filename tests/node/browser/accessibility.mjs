// Every page: for screen readers, on a phone, in light and in dark. SCREENSHOT_DIR keeps pictures of each.

import { strict as assert } from 'node:assert'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { person } from '../support/server.mjs'
import { device } from '../support/passkeys.mjs'
import { authenticator } from '../support/totp.mjs'
import { app, authorizePath, button, deviceAuthorization, inBrowser, signInHere, signOut, signUp, signUpByMail } from '../support/in-browser.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const pictures = process.env.SCREENSHOT_DIR
if (pictures) mkdirSync(pictures, { recursive: true })

const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützen'

/** Someone whose name and address are long. */
function someone() {
  const { email, ...rest } = person()
  return { ...rest, email: `an.address.that.does.not.end.so.soon.${email}`, familyName: `Doe-${long}` }
}

async function client(world, metadata) {
  const { callback } = await world.listen('localhost')
  return app(callback, { client_name: `${long} & Co`, client_uri: callback, ...metadata })
}

/** Adds an authenticator app to the account that is signed in. */
async function addApp(page) {
  await page.goto('/account/factors?add=totp')
  const app = authenticator(await page.locator('#secret').innerText())
  await page.getByLabel('Code').fill(await app.next())
  await button(page, 'Add the app').click()
  await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()
}

const gallery = {
  welcome: async ({ page }) => page.goto('/'),
  login: async ({ page }) => page.goto('/login'),
  'login with a problem': async ({ page }) => {
    await page.goto('/login')
    await signInHere(page, someone())
  },
  'login for an application': async (world) => world.page.goto(authorizePath(await client(world))),
  signup: async ({ page }) => page.goto('/signup'),
  'signup with a problem': async ({ page }) => {
    const jane = someone()
    await signUp(page, jane)
    await signOut(page)
    await page.goto('/signup')
    await page.getByLabel('First name').fill('Jane')
    await page.getByLabel('Email address').fill(jane.email)
    await page.getByLabel('Password').fill(jane.password)
    await button(page, 'Create account').click()
  },
  consent: async (world) => {
    await signUp(world.page, someone())
    const documents = { policy_uri: 'https://app.example/privacy', tos_uri: 'https://app.example/terms' }
    const scope = 'openid profile email offline_access api:read'
    await world.page.goto(authorizePath(await client(world, { ...documents, scope })))
  },
  'consent that was given already': async (world) => {
    const { page } = world
    await signUp(page, someone())
    await page.goto(authorizePath(await client(world)))
    await button(page, 'Allow').click()
    await page.waitForURL('**/callback?**')
    await page.goBack()
    await page.getByRole('heading', { name: 'You have already answered' }).waitFor()
  },
  home: async (world) => {
    const { page } = world
    await signUp(page, someone())
    const others = [{ client_name: 'Sample App' }, { client_name: 'Without a page', client_uri: undefined }]
    for (const metadata of [{}, ...others]) {
      await page.goto(authorizePath(await client(world, metadata)))
      await button(page, 'Allow').click()
      await page.waitForURL('**/callback?**')
    }
    await page.goto('/')
  },
  'new password with a problem': async ({ page }) => {
    const jane = someone()
    await signUp(page, jane)
    await page.goto('/account/password')
    await page.locator('#current_password').fill('not my password')
    await page.locator('#new_password').fill(jane.password)
    await button(page, 'Change password').click()
  },
  'devices and applications': async (world) => {
    const { page } = world
    await signUp(page, someone())
    await page.goto(authorizePath(await client(world)))
    await button(page, 'Allow').click()
    await page.waitForURL('**/callback?**')
    await page.goto('/account')
  },
  'profile with a problem': async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/account/profile')
    await page.getByLabel('Telephone number').fill('0123')
    await button(page, 'Save').click()
  },
  'delete account with a problem': async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/account/delete')
    await page.getByLabel('Current password').fill('not my password')
    await button(page, 'Delete the account').click()
  },
  logout: async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/logout')
  },
  device: async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/device')
  },
  'device with a problem': async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/device?user_code=BCDF-GHJK')
    await button(page, 'Continue').click()
  },
  'device to confirm': async ({ page }) => {
    await signUp(page, someone())
    const { verification_uri_complete: uri } = await deviceAuthorization({ client_name: `${long} & Co` })
    await page.goto(uri)
    await button(page, 'Continue').click()
  },
  factors: async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/account/factors')
  },
  'add an app with a problem': async ({ page }) => {
    await signUp(page, someone())
    await page.goto('/account/factors?add=totp')
    await page.getByLabel('Code').fill('no code')
    await button(page, 'Add the app').click()
  },
  'recovery codes': async ({ page }) => {
    await signUp(page, someone())
    await addApp(page)
    // The page that this leads to can be asked for again.
    await page.goto('/account/factors')
    await button(page, 'Make new recovery codes').click()
  },
  'factors with an app': async ({ page }) => {
    await signUp(page, someone())
    await addApp(page)
    await page.goto('/account/factors')
  },
  'second factor with a problem': async ({ page }) => {
    const jane = someone()
    await signUp(page, jane)
    await addApp(page)
    await signOut(page)
    await page.goto('/login')
    await signInHere(page, jane)
    await page.getByLabel('Code').fill('no code')
    await button(page, 'Continue').click()
  },
  'signed out': async ({ page }) => {
    await signUp(page, person())
    await signOut(page)
  },
  error: async ({ page }) => page.goto('/authorize?client_id=unknown'),
}

/** Pages of a server that has mails sent. */
const mailed = {
  'forgotten password': async ({ page }) => page.goto('/forgot'),
  'new password by a link': async (world) => {
    const { page } = world
    const jane = person()
    await signUpByMail(world, jane)
    await page.goto('/forgot')
    await page.getByLabel('Email address').fill(jane.email)
    await button(page, 'Send the link').click()
    await page.goto((await world.mail(jane.email, 'reset_password')).link)
  },
  'address to be confirmed': async (world) => {
    const { email, ...rest } = person()
    const jane = { ...rest, email: `an.address.that.does.not.end.so.soon.${email}` }
    await signUpByMail(world, jane, { stops: true })
  },
  'email address with a problem': async (world) => {
    const { page } = world
    await signUpByMail(world, person())
    await page.goto('/account/email')
    await page.getByLabel('New email address').fill('jane@example.com')
    await page.getByLabel('Current password').fill('not my password')
    await button(page, 'Change address').click()
  },
  'link that is not good any more': async ({ page }) => page.goto('/reset?token=used'),
}

/** On a server at a name. */
const named = {
  'login with a passkey': async ({ page }) => page.goto('/login'),
  'factors with a passkey': async ({ page }) => {
    await device(page)
    await signUp(page, someone())
    await page.goto('/account/factors')
    await page.getByLabel('Name of the new passkey').fill(long)
    await button(page, 'Add a passkey').click()
    await page.getByRole('heading', { name: 'Keep these recovery codes' }).waitFor()
    await page.goto('/account/factors')
  },
}

for (const [name, show] of Object.entries({ ...gallery, ...mailed, ...named })) {
  const [hasMail, hasPasskeys] = [name in mailed, name in named]
  inBrowser(
    `the page "${name}" passes axe in light and dark, and labels every field`,
    async (world) => {
      const { page } = world
      await show(world)
      for (const language of ['en', 'de', 'ar']) {
        await speak(page, language)
        for (const colorScheme of ['light', 'dark']) {
          await page.emulateMedia({ colorScheme })
          await shoot(page, `${name} ${language} ${colorScheme} desktop`)
          await page.evaluate(axe)
          const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }))
          const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
          const told = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((one) => one.html).join(' ')}`)
          assert.deepEqual(told, [], `${language} ${colorScheme}`)
        }
      }
      const unlabelled = await page
        .locator('input:not([type=hidden], [hidden])')
        .evaluateAll((all) => all.filter((one) => ![...one.labels].some((label) => label.innerText.trim())))
      assert.equal(unlabelled.length, 0)
      assert.equal(await page.locator('main h1').count(), 1)
    },
    // Only axe needs these: it is a script, and the policy of the pages would stop it.
    { javaScriptEnabled: true, bypassCSP: true, hasMail, hasPasskeys },
  )

  inBrowser.onPhone(`the page "${name}" fits a phone without scrolling sideways`, async (world) => {
    const { page } = world
    await show(world)
    for (const language of ['en', 'de', 'ar']) {
      await speak(page, language)
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 })
        const widths = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth])
        assert.deepEqual(widths, [width, width], language)
        const targets = await page.locator('button, .button, input:not([type=hidden], [hidden])').all()
        for (const target of targets) assert.ok((await target.boundingBox()).height >= 44, 'fingers hit it')
      }
      await page.setViewportSize({ width: 390, height: 844 })
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await shoot(page, `${name} ${language} ${colorScheme} phone`)
      }
    }
  }, { hasMail, hasPasskeys })
}

/** Shows the page again in this language. */
async function speak(page, language) {
  await page.setExtraHTTPHeaders({ 'accept-language': language })
  await page.reload()
  const [lang, dir, direction] = await page.evaluate(() => {
    const { lang, dir } = document.documentElement
    return [lang, dir, getComputedStyle(document.querySelector('h1')).direction]
  })
  assert.deepEqual([lang, dir, direction], [language, ...Array(2).fill(language === 'ar' ? 'rtl' : 'ltr')])
}

async function shoot(page, name) {
  if (pictures) await page.screenshot({ path: join(pictures, `${name.replaceAll(' ', '-')}.png`), fullPage: true })
}
