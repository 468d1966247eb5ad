// What begins with a link in a mail.

import { strict as assert } from 'node:assert'
import { person } from '../support/server.mjs'
import { alert, button, inBrowser, isAt, isHome, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signOut, signUp, signUpByMail, signUpHere } from '../support/in-browser.mjs'

const hasMail = true

inBrowser(
  'a person signs up, and the account is there when they have followed the link in the mail',
  async ({ page, mail }) => {
    const jane = person()
    await signUpByMail({ page, mail }, jane, { stops: true })
    await page.getByLabel('Password').fill('not the one')
    await button(page, 'Create account').click()
    assert.match(await alert(page), /^That is not the password that was chosen/)
    await page.getByLabel('Password').fill(jane.password)
    await button(page, 'Create account').click()
    await isHome(page, jane)
    await signOut(page)

    await page.goto('/signup')
    await signUpHere(page, { ...jane, password: `another ${jane.password}` })
    await isTitled(page, 'Look into your mail')
    assert.equal((await mail(jane.email, 'address_taken')).link, null)
  },
  { hasMail },
)

inBrowser(
  'a forgotten password is replaced by a link that comes by mail',
  async ({ page, mail }) => {
    const jane = person()
    await signUpByMail({ page, mail }, jane)
    await signOut(page)
    await page.goto('/login')
    await link(page, 'Forgot your password?').click()
    await page.getByLabel('Email address').fill(jane.email)
    await button(page, 'Send the link').click()
    await isTitled(page, 'Look into your mail')

    await page.goto((await mail(jane.email, 'reset_password')).link)
    await page.getByLabel('New password').fill('Password123')
    await button(page, 'Save the password').click()
    assert.match(await alert(page), /^Many people use this password/)
    await page.getByLabel('New password').fill(`new ${jane.password}`)
    await button(page, 'Save the password').click()
    await isTitled(page, 'Your password is changed')

    await link(page, 'Sign in').click()
    await signInHere(page, { ...jane, password: `new ${jane.password}` })
    await isHome(page, jane)
    await page.goto((await mail(jane.email, 'reset_password')).link)
    await isTitled(page, 'This link is not good any more')
    await link(page, 'Ask for a new link').click()
    await isAt(page, '/forgot')
  },
  { hasMail },
)

inBrowser(
  'a person changes their address, which is theirs when they have followed the link',
  async ({ page, mail }) => {
    const jane = person()
    const { email } = person()
    await signUpByMail({ page, mail }, jane)
    await page.goto('/account/email')
    await page.getByLabel('New email address').fill(email)
    await page.getByLabel('Current password').fill(jane.password)
    await button(page, 'Change address').click()
    await isTitled(page, 'Look into your mail')
    await page.goto((await mail(email, 'confirm_email')).link)
    await button(page, 'Confirm').click()
    await isTitled(page, 'Your email address is confirmed')
    await page.goto('/')
    await isHome(page, { ...jane, email })
  },
  { hasMail },
)

inBrowser('without a mail hook the page says whom to ask, and the administrator hands the link over', async (world) => {
  const { page, base, adminToken } = world
  const jane = person()
  await signUp(page, jane)
  await signOut(page)
  await page.goto('/login')
  await link(page, 'Forgot your password?').click()
  await page.getByText('Ask the people who run it').waitFor()
  const headers = { authorization: `Bearer ${adminToken}` }
  const answer = await fetch(`${base}/admin/api/users/${jane.email}/reset-link`, { method: 'POST', headers })
  await page.goto((await answer.json()).link)
  await page.getByLabel('New password').fill(`new ${jane.password}`)
  await button(page, 'Save the password').click()
  await isTitled(page, 'Your password is changed')
})
