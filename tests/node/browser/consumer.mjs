// The sample application, from signing in to signing out.

import { strict as assert } from 'node:assert'
import { consumer, person } from '../support/server.mjs'
import { alert, button, inBrowser, isAt, isTitled, link, signUpHere } from '../support/in-browser.mjs'

let started
const sample = () => (started ??= consumer())

/** The definition of this term on the page. */
const told = (page, term) => page.locator('dt', { hasText: term }).locator('+ dd').innerText()

for (const where of [inBrowser, inBrowser.onPhone]) {
  where(`a person signs in to the sample application, reads, refreshes and signs out (${where === inBrowser ? 'desktop' : 'phone'})`, async ({ page }) => {
    const base = await sample()
    const jane = person()
    await page.goto(base)
    await page.getByText('Nobody is signed in.').waitFor()
    await button(page, 'Sign in').click()
    await isAt(page, '/login')
    await isTitled(page, 'Sign in to continue to Sample application')
    await link(page, 'Create one').click()
    await signUpHere(page, jane)
    await button(page, 'Allow').click()

    await page.waitForURL(`${base}/`)
    await page.getByText('You are signed in as Jane Doe.').waitFor()
    assert.equal(await told(page, 'Email address'), jane.email)
    const subject = await told(page, 'Subject')

    await button(page, 'Refresh the tokens').click()
    await button(page, 'Read my notes').click()
    const notes = JSON.parse(await page.locator('pre').innerText())
    assert.deepEqual([notes.user.sub, notes.user.email], [subject, jane.email])

    await button(page, 'Sign out').click()
    await page.waitForURL(`${base}/`)
    await page.getByText('Nobody is signed in.').waitFor()
    // Signed out there, too.
    await button(page, 'Sign in').click()
    await isAt(page, '/login')
  })
}

inBrowser('a person who does not allow it is told so in plain words', async ({ page }) => {
  const base = await sample()
  await page.goto(base)
  await button(page, 'Sign in').click()
  await link(page, 'Create one').click()
  await signUpHere(page, person())
  await button(page, 'Deny').click()
  await page.waitForURL((url) => url.href.startsWith(`${base}/callback`))
  assert.match(await alert(page), /You did not allow it/)
  await link(page, 'Back to the start').click()
  await page.getByText('Nobody is signed in.').waitFor()
})

inBrowser('an answer that this browser did not ask for signs nobody in', async ({ page }) => {
  const base = await sample()
  for (const query of ['', '?code=sac_planted&state=planted', '?error=access_denied']) {
    await page.goto(`${base}/callback${query}`)
    assert.match(await alert(page), /was not begun in this browser/)
  }
  const forged = await fetch(`${base}/login`, { method: 'POST', headers: { 'sec-fetch-site': 'cross-site' } })
  assert.equal(forged.status, 403)
})
