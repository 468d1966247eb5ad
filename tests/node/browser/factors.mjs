// Second factors: an authenticator app and recovery codes.

import { strict as assert } from 'node:assert'
import { person } from '../support/server.mjs'
import { alert, app, arrival, authorizePath, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signOut, signUp, signUpHere } from '../support/in-browser.mjs'
import { authenticator } from '../support/totp.mjs'

/** Adds an authenticator app from the start page; answers the app and the recovery codes. */
async function addApp(page) {
  await page.goto('/')
  await link(page, 'Your account').click()
  await link(page, 'How you sign in').click()
  await link(page, 'Add an authenticator app').click()
  await isTitled(page, 'Add an authenticator app')
  const phone = authenticator(await page.locator('#secret').innerText())
  await page.getByLabel('Code').fill(await phone.next())
  await button(page, 'Add the app').click()
  await isTitled(page, 'Keep these recovery codes')
  const codes = await page.locator('li code').allInnerTexts()
  assert.equal(new Set(codes).size, 10)
  await link(page, 'Continue').click()
  await isTitled(page, 'How you sign in')
  return { phone, codes }
}

for (const [device, where] of [['a desktop', inBrowser], ['a phone', inBrowser.onPhone]]) {
  where(`on ${device} a person adds an app and signs in with its code, after a wrong one`, async ({ page }) => {
    const jane = person()
    await signUp(page, jane)
    const { phone } = await addApp(page)
    await page.getByText('You have 10 recovery codes left.').waitFor()
    await signOut(page)

    await page.goto('/login')
    await signInHere(page, jane)
    await isTitled(page, 'One more step')
    await page.getByLabel('Code').fill(phone.wrong())
    await button(page, 'Continue').click()
    assert.match(await alert(page), /This code is not right/)
    const told = (await page.getByLabel('Code').getAttribute('aria-describedby')).split(' ')
    assert.ok(told.includes(await page.getByRole('alert').getAttribute('id')), 'a screen reader reads it')
    await page.keyboard.type(await phone.next())
    await page.keyboard.press('Enter')
    await isHome(page, jane)
  })
}

inBrowser('the picture is the key that is shown, as apps read it', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await page.goto('/account/factors?add=totp')
  const key = (await page.locator('#secret').innerText()).replace(/\s/g, '')
  const uri = new URL(await link(page, 'Open the app on this device').getAttribute('href'))
  assert.equal(uri.protocol, 'otpauth:')
  assert.equal(uri.searchParams.get('secret'), key)
  assert.equal(uri.searchParams.get('issuer'), 'spin-auth')
  assert.equal(decodeURIComponent(uri.pathname.split('/').at(-1)), `spin-auth:${jane.email}`)
  const { width, height } = await page.getByRole('img', { name: 'The key, to be scanned' }).boundingBox()
  assert.ok(width >= 200 && width === height)
})

inBrowser('a recovery code gets a person in once, and then they remove the lost app', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  const { codes } = await addApp(page)
  await signOut(page)
  for (const isFirst of [true, false]) {
    await page.goto('/login')
    await signInHere(page, jane)
    await page.getByLabel('Code').fill(codes[0])
    await button(page, 'Continue').click()
    if (isFirst) {
      await isHome(page, jane)
      await signOut(page)
    }
  }
  assert.match(await alert(page), /used before/)
  await page.getByLabel('Code').fill(codes[1])
  await button(page, 'Continue').click()
  await isHome(page, jane)
  await link(page, 'Your account').click()
  await link(page, 'How you sign in').click()
  await page.getByText('You have 8 recovery codes left.').waitFor()
  await button(page, 'Remove the app').click()
  await link(page, 'Add an authenticator app').waitFor()
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, jane)
  await isHome(page, jane)
})

inBrowser('the page of factors waits for who is not signed in', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/account/factors')
  await isAt(page, '/login')
  await signInHere(page, jane)
  await isAt(page, '/account/factors')
  await isTitled(page, 'How you sign in')
})

for (const [device, where] of [['a desktop', inBrowser], ['a phone', inBrowser.onPhone]]) {
  where(`on ${device} an application that requires a second factor gets one, and the next time it is only asked for`, async ({ page, listen }) => {
    const { callback } = await listen()
    const vault = await app(callback, { client_name: 'The Vault', require_multi_factor: true })
    const jane = person()
    await page.goto(authorizePath(vault))
    await link(page, 'Create one').click()
    await signUpHere(page, jane)
    await isTitled(page, 'How you sign in')
    await page.getByText('The Vault asks for a second factor').waitFor()
    await link(page, 'Add an authenticator app').click()
    const phone = authenticator(await page.locator('#secret').innerText())
    await page.getByLabel('Code').fill(await phone.next())
    await button(page, 'Add the app').click()
    await link(page, 'Continue to The Vault').click()
    await button(page, 'Allow').click()
    assert.ok((await arrival(page, callback)).code)

    await signOut(page)
    await page.goto(authorizePath(vault))
    await signInHere(page, jane)
    await page.getByText('to continue to The Vault').waitFor()
    await page.getByLabel('Code').fill(await phone.next())
    await button(page, 'Continue').click()
    assert.ok((await arrival(page, callback)).code)
  })
}
