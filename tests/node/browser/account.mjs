// The account: devices, applications, profile, and its end.

import { strict as assert } from 'node:assert'
import { browser } from '../support/chromium.mjs'
import { person } from '../support/server.mjs'
import { alert, app, authorizePath, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signUp } from '../support/in-browser.mjs'

/** The item of a list that has this text. */
const item = (page, text) => page.locator('li.card').filter({ hasText: text })

/** A second browser of the same person, signed in. */
async function elsewhere(base, jane) {
  const context = await (await browser()).newContext({ baseURL: base, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto('/login')
  await signInHere(page, jane)
  await isHome(page, jane)
  return { page, close: () => context.close() }
}

for (const [device, where] of [['a desktop', inBrowser], ['a phone', inBrowser.onPhone]]) {
  where(`on ${device} a person signs another browser out and stays signed in`, async ({ page, base }) => {
    const jane = person()
    await signUp(page, jane)
    const other = await elsewhere(base, jane)
    await link(page, 'Your account').click()
    await isTitled(page, 'Your devices and applications')
    assert.equal(await page.locator('li.card').count(), 2)
    assert.match(await item(page, '(this browser)').innerText(), /^Chrome, /)
    await page.locator('li.card').filter({ hasNotText: '(this browser)' }).getByRole('button').click()
    await isTitled(page, 'Your devices and applications')
    assert.equal(await page.locator('li.card').count(), 1)
    await other.page.goto('/')
    await isTitled(other.page, 'Welcome')
    await other.close()
    await page.goto('/')
    await isHome(page, jane)
  })

  where(`on ${device} a person takes access away from an application, which asks again`, async ({ page, listen }) => {
    const { callback } = await listen()
    const client = await app(callback)
    await signUp(page, person())
    await page.goto(authorizePath(client))
    await button(page, 'Allow').click()
    await page.waitForURL('**/callback?**')
    await page.goto('/account')
    await item(page, 'Sample App').getByText('see your email address').waitFor()
    await item(page, 'Sample App').getByRole('button').click()
    await page.getByText('There are none.').waitFor()
    await page.goto(authorizePath(client))
    await isAt(page, '/consent')
  })

  where(`on ${device} a person changes the profile, and a mistake loses nothing`, async ({ page }) => {
    const jane = person()
    await signUp(page, jane)
    await page.goto('/account/profile')
    await page.getByLabel('First name').fill('Janet "J" <b>')
    await page.getByLabel('Street and number').fill('Main Street 1\nBack entrance')
    await page.getByLabel('Telephone number').fill('0123')
    await button(page, 'Save').click()
    assert.match(await alert(page), /^Nothing is saved yet/)
    assert.equal(await page.getByLabel('Telephone number').getAttribute('aria-invalid'), 'true')
    assert.equal(await page.getByLabel('First name').inputValue(), 'Janet "J" <b>')
    await page.getByLabel('Telephone number').fill('+44 20 7946 0000')
    await button(page, 'Save').click()
    await page.getByRole('status').waitFor()
    await page.goto('/account/profile')
    assert.equal(await page.getByLabel('First name').inputValue(), 'Janet "J" <b>')
    assert.equal(await page.getByLabel('Street and number').inputValue(), 'Main Street 1\nBack entrance')
    assert.equal(await page.getByLabel('Telephone number').inputValue(), '+44 20 7946 0000')
  })
}

inBrowser('a person deletes the account, and can sign up anew', async ({ page, base }) => {
  const jane = person()
  await signUp(page, jane)
  const other = await elsewhere(base, jane)
  await page.goto('/account')
  await link(page, 'Delete').click()
  await page.getByLabel('Current password').fill('something else')
  await button(page, 'Delete the account').click()
  assert.equal(await alert(page), 'The current password is wrong.')
  await page.getByLabel('Current password').fill(jane.password)
  await button(page, 'Delete the account').click()
  await isTitled(page, 'Your account is deleted')
  await other.page.goto('/')
  await isTitled(other.page, 'Welcome')
  await other.close()
  await page.goto('/login')
  await signInHere(page, jane)
  assert.equal(await alert(page), 'The email address or the password is wrong.')
  await signUp(page, jane)
})

inBrowser('two tabs of the account act each on what there is', async ({ page, context, listen }) => {
  const { callback } = await listen()
  const client = await app(callback)
  await signUp(page, person())
  await page.goto(authorizePath(client))
  await button(page, 'Allow').click()
  await page.waitForURL('**/callback?**')
  await page.goto('/account')
  const second = await context.newPage()
  await second.goto('/account')
  await item(page, 'Sample App').getByRole('button').click()
  await page.getByText('There are none.').waitFor()
  await item(second, 'Sample App').getByRole('button').click()
  await second.getByText('There are none.').waitFor()
})

inBrowser('whoever is asked for consent can use another account', async ({ page, base, listen }) => {
  const { callback } = await listen()
  const client = await app(callback)
  const [jane, eve] = [person(), person()]
  await signUp(page, eve)
  await button(page, 'Sign out').click()
  await signUp(page, jane)
  await page.goto(authorizePath(client))
  await page.getByText(jane.email).waitFor()
  await link(page, 'Use another account').click()
  await signInHere(page, eve)
  await isAt(page, '/consent')
  await page.getByText(eve.email).waitFor()
  await button(page, 'Deny').click()
  await page.waitForURL('**/callback?**error=access_denied**')
  await page.goto(base)
  await isHome(page, eve)
})
