// A device that shows a code, and its user with a browser elsewhere.

import { strict as assert } from 'node:assert'
import { person } from '../support/server.mjs'
import { alert, button, deviceAuthorization, inBrowser, isAt, isTitled, link } from '../support/in-browser.mjs'
import { signUp, signUpHere } from '../support/in-browser.mjs'

inBrowser('a person who scans the code of a device signs up, compares, and allows it', async ({ page }) => {
  const jane = person()
  const device = await deviceAuthorization()
  await page.goto(device.verification_uri_complete)
  await isAt(page, '/login')
  await link(page, 'Create one').click()
  await signUpHere(page, jane)
  await isAt(page, '/device')
  assert.equal(await page.getByLabel('Code on your device').inputValue(), device.user_code)
  await button(page, 'Continue').click()
  await isTitled(page, 'Allow Sample Television on your device to use your account?')
  const text = await page.locator('main').innerText()
  for (const part of [jane.email, device.user_code, 'tv.example', 'your name', 'your email address']) {
    assert.ok(text.includes(part), `${part} in: ${text}`)
  }
  assert.equal((await device.poll()).error, 'authorization_pending')
  await button(page, 'Allow').click()
  await isTitled(page, 'Your device is connected')
  assert.equal(typeof (await device.poll()).access_token, 'string')
})

inBrowser('a person types a code by the keyboard, hears of a mistake, and says no', async ({ page }) => {
  await signUp(page, person())
  const device = await deviceAuthorization()
  await page.goto('/device')
  await page.keyboard.type('bcdfghjk')
  await page.keyboard.press('Enter')
  assert.match(await alert(page), /This code is not right/)
  const field = page.getByLabel('Code on your device')
  const told = (await field.getAttribute('aria-describedby')).split(' ')
  assert.ok(told.includes(await page.getByRole('alert').getAttribute('id')), 'a screen reader reads it')
  await field.fill(device.user_code.toLowerCase().replace('-', ' '))
  await page.keyboard.press('Enter')
  await button(page, 'Deny').click()
  await isTitled(page, 'You said no')
  assert.equal((await device.poll()).error, 'access_denied')
})
