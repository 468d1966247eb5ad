// Signing up, in and out.

import { strict as assert } from 'node:assert'
import { browser } from '../support/chromium.mjs'
import { person } from '../support/server.mjs'
import { alert, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signOut, signUp, signUpHere } from '../support/in-browser.mjs'

inBrowser('a person signs up, out and in again', async ({ page }) => {
  const jane = person()
  await page.goto('/')
  await link(page, 'Create an account').click()
  await signUpHere(page, jane)
  await isHome(page, jane)

  await button(page, 'Sign out').click()
  await isTitled(page, 'Signed out')
  await link(page, 'To the start page').click()
  await isTitled(page, 'Welcome')

  await link(page, 'Sign in').click()
  await signInHere(page, jane)
  await isHome(page, jane)
})

inBrowser('a wrong password is told, the address stays and the password field has the focus', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, { ...jane, password: 'something else' })
  await isAt(page, '/login')
  assert.equal(await alert(page), 'The email address or the password is wrong.')
  assert.equal(await page.getByLabel('Email address').inputValue(), jane.email)
  const id = await page.getByRole('alert').getAttribute('id')
  assert.equal(await page.getByLabel('Password').getAttribute('aria-describedby'), id, 'a screen reader reads it')
  assert.equal(await page.getByLabel('Password').inputValue(), '')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'password')

  await page.keyboard.type(jane.password)
  await page.keyboard.press('Enter')
  await isHome(page, jane)
})

inBrowser('an unknown address is answered as a wrong password is', async ({ page }) => {
  await page.goto('/login')
  await signInHere(page, person())
  assert.equal(await alert(page), 'The email address or the password is wrong.')
})

inBrowser('an address that is taken keeps what was typed, but not the password', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/signup')
  await signUpHere(page, { ...jane, givenName: 'Joan "Jo" <b>', familyName: "O'Neil & Co" })
  await isAt(page, '/signup')
  assert.match(await alert(page), /No account can be made for this email address/)
  assert.equal(await page.evaluate(() => document.activeElement.role), 'alert', 'a screen reader reads it first')
  assert.equal(await page.getByLabel('First name').inputValue(), 'Joan "Jo" <b>')
  assert.equal(await page.getByLabel('Last name').inputValue(), "O'Neil & Co")
  assert.equal(await page.getByLabel('Email address').inputValue(), jane.email)
  assert.equal(await page.getByLabel('Password').inputValue(), '')
})

inBrowser('the browser itself asks for what is missing or too short', async ({ page }) => {
  await page.goto('/signup')
  await signUpHere(page, { ...person(), password: 'short' })
  await isAt(page, '/signup')
  assert.equal(await page.getByLabel('Password').evaluate((input) => input.validity.tooShort), true)
  await page.goto('/login')
  await button(page, 'Sign in').click()
  assert.equal(await page.getByLabel('Email address').evaluate((input) => input.validity.valueMissing), true)
})

inBrowser('a password that is guessed first is refused and the page says why', async ({ page }) => {
  const jane = person()
  await page.goto('/signup')
  await signUpHere(page, { ...jane, password: 'Password123' })
  assert.match(await alert(page), /^Many people use this password/)
  await page.getByLabel('Password').fill(`${jane.givenName} ${jane.familyName}`)
  await button(page, 'Create account').click()
  assert.match(await alert(page), /^Your name or email address is easily guessed/)
  await page.getByLabel('Password').fill(jane.password)
  await button(page, 'Create account').click()
  await isHome(page, jane)
})

inBrowser('a changed password signs out the other browser and is the one to sign in with', async ({ page, base }) => {
  const jane = person()
  await signUp(page, jane)
  const elsewhere = await (await browser()).newContext({ baseURL: base, javaScriptEnabled: false })
  const other = await elsewhere.newPage()
  await other.goto('/login')
  await signInHere(other, jane)
  await isHome(other, jane)

  await link(page, 'Your account').click()
  await link(page, 'Password').click()
  await isTitled(page, 'Change your password')
  const change = async (current, next) => {
    await page.getByLabel('Current password').fill(current)
    await page.getByLabel('New password').fill(next)
    await button(page, 'Change password').click()
  }
  await change('something else', 'another horse altogether')
  assert.equal(await alert(page), 'The current password is wrong.')
  await change(jane.password, jane.password)
  assert.equal(await alert(page), 'This is the password that you have. Choose another.')
  await change(jane.password, 'another horse altogether')
  await isTitled(page, 'Your password is changed')

  await other.goto('/')
  await isTitled(other, 'Welcome')
  await elsewhere.close()
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, { ...jane, password: 'another horse altogether' })
  await isHome(page, jane)
})

inBrowser('password managers know every field', async ({ page }) => {
  const hints = () => page.locator('input:not([type=hidden])').evaluateAll((all) => all.map((one) => one.autocomplete))
  await page.goto('/login')
  assert.deepEqual(await hints(), ['username', 'current-password'])
  await page.goto('/signup')
  assert.deepEqual(await hints(), ['given-name', 'family-name', 'username', 'new-password'])
})

inBrowser('the keyboard is enough to sign in, and the focus is always visible', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/login')
  const focus = () =>
    page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
      return { id: document.activeElement.id, isVisible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
    })
  assert.deepEqual(await focus(), { id: 'email', isVisible: true })
  await page.keyboard.type(jane.email)
  await page.keyboard.press('Tab')
  assert.deepEqual(await focus(), { id: 'password', isVisible: true })
  await page.keyboard.type(jane.password)
  await page.keyboard.press('Tab')
  assert.equal(await button(page, 'Sign in').evaluate((one) => one === document.activeElement), true)
  assert.equal((await focus()).isVisible, true)
  await page.keyboard.press('Enter')
  await page.waitForURL('/')
  await isHome(page, jane)
})

inBrowser('back after signing in shows a form that still works', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/login')
  await signInHere(page, jane)
  await isHome(page, jane)
  await page.goBack()
  await isAt(page, '/login')
  await page.goForward()
  await isHome(page, jane)
  await page.goBack()
  await signInHere(page, jane)
  await isHome(page, jane)
})

inBrowser('back after signing out shows nothing of the account', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await page.goto('/')
  await button(page, 'Sign out').click()
  await isTitled(page, 'Signed out')
  await page.goBack()
  assert.equal((await page.content()).includes(jane.email), false)
  await isTitled(page, 'Welcome')
})

inBrowser('signing out can be thought over', async ({ page }) => {
  const jane = person()
  await signUp(page, jane)
  await page.goto('/logout')
  await isTitled(page, 'Sign out?')
  await link(page, 'Stay signed in').click()
  await isHome(page, jane)
  await page.goto('/logout')
  await button(page, 'Sign out').click()
  await isTitled(page, 'Signed out')
})
