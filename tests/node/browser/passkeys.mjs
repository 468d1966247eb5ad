// Passkeys, held by a device that the browser simulates.

import { strict as assert } from 'node:assert'
import { person } from '../support/server.mjs'
import { alert, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signOut, signUp } from '../support/in-browser.mjs'
import { device } from '../support/passkeys.mjs'

const hasPasskeys = true

/** Signs up and adds a passkey; answers the person, the device and the recovery codes. */
async function enrolled(page) {
  const holder = await device(page)
  const jane = person()
  await signUp(page, jane)
  await page.goto('/account/factors')
  await page.getByLabel('Name of the new passkey').fill('My telephone')
  await button(page, 'Add a passkey').click()
  await isTitled(page, 'Keep these recovery codes')
  const codes = await page.locator('li code').allInnerTexts()
  await link(page, 'Continue').click()
  await page.getByText('My telephone').first().waitFor()
  return { jane, holder, codes }
}

for (const [kind, where] of [['a desktop', inBrowser], ['a phone', inBrowser.onPhone]]) {
  where(`on ${kind} a person adds a passkey and signs in by it alone`, async ({ page }) => {
    const { jane, holder } = await enrolled(page)
    const [credential] = await holder.credentials()
    assert.equal(credential.rpId, 'localhost')
    assert.equal(credential.isResidentCredential, true)
    await signOut(page)
    await page.goto('/login')
    await button(page, 'Sign in with a passkey').click()
    await isHome(page, jane)
    await page.goto('/account/factors')
    await page.getByText('Last used').waitFor()
  }, { hasPasskeys })
}

inBrowser('after the password a passkey is the second factor, and a recovery code where the device is lost', async ({ page }) => {
  const { jane, holder, codes } = await enrolled(page)
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, jane)
  await isTitled(page, 'One more step')
  await button(page, 'Sign in with a passkey').click()
  await isHome(page, jane)
  await signOut(page)
  await holder.remove()
  await page.goto('/login')
  await signInHere(page, jane)
  await page.getByLabel('Code').fill(codes[0])
  await button(page, 'Continue').click()
  await isHome(page, jane)
}, { hasPasskeys })

inBrowser('a device that does not recognize its owner signs nobody in, and the page says so', async ({ page }) => {
  const { holder } = await enrolled(page)
  await signOut(page)
  await holder.recognizes(false)
  await page.goto('/login')
  await button(page, 'Sign in with a passkey').click()
  assert.match(await alert(page), /That did not work/)
  await isAt(page, '/login')
}, { hasPasskeys })

inBrowser('a device is not registered twice', async ({ page }) => {
  const { holder } = await enrolled(page)
  await button(page, 'Add a passkey').click()
  assert.match(await alert(page), /Perhaps this device has one already/)
  assert.equal((await holder.credentials()).length, 1)
}, { hasPasskeys })

inBrowser('a person renames a passkey and removes it, and the password is enough again', async ({ page }) => {
  const { jane } = await enrolled(page)
  await page.getByLabel('Name', { exact: true }).fill('Old telephone')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByText('Old telephone').first().waitFor()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Old telephone').waitFor({ state: 'detached' })
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, jane)
  await isHome(page, jane)
}, { hasPasskeys })

inBrowser('without script there is no button for passkeys', async ({ page }) => {
  await page.goto('/login')
  assert.equal(await page.getByText('passkey').isVisible(), false)
  await button(page, 'Sign in').waitFor()
}, { hasPasskeys, javaScriptEnabled: false })

inBrowser('where the server is at an address there are no passkeys', async ({ page }) => {
  await page.goto('/login')
  assert.equal(await page.locator('script, [data-passkey]').count(), 0)
}, { javaScriptEnabled: true })
