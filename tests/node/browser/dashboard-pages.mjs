// Every page of the dashboard: for screen readers, on a phone, in light and in dark. It is in English only.

import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { person } from '../support/server.mjs'
import { administrator, app, authorizePath, button, inBrowser } from '../support/in-browser.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützen'

/** Calls `look` on each page, furnished with somebody and something whose names are long. */
async function eachPage(world, look) {
  const { page } = world
  const { email, ...rest } = person()
  const jane = { ...rest, email: `an.address.that.does.not.end.so.soon.${email}`, familyName: `Doe-${long}` }
  await administrator(page, jane)
  const { callback } = await world.listen('localhost')
  const client = await app(callback, { client_name: `${long} & Co` })
  await page.goto(authorizePath(client))
  await button(page, 'Allow').click()
  await page.waitForURL('**/callback?**')
  for (const path of ['', 'users', 'users/new', 'applications', 'applications/new', 'sessions', 'grants', 'keys', 'audit']) {
    await page.goto(`/admin/${path}`)
    await look(path)
  }
  for (const path of ['settings', 'purge', `applications/one?client_id=${client.client_id}`]) {
    await page.goto(`/admin/${path}`)
    for (const summary of await page.locator('summary').all()) await summary.click()
    await look(path)
  }
  await page.goto(`/admin/users?q=${jane.email}`)
  await page.locator('tbody a').first().click()
  await page.getByText('Delete this user').click()
  await look('a user')
  await page.getByLabel('First name').fill(' ')
  await button(page, 'Save changes').click()
  await page.getByRole('alert').waitFor()
  await page.getByText('Delete this user').click()
  await look('a user with a problem')
  await button(page, 'Reset password').click()
  await page.locator('#password').waitFor()
  await look('a temporary password')
}

inBrowser(
  'the pages of the dashboard pass axe in light and dark, and label every field',
  async (world) => {
    const { page } = world
    await eachPage(world, async (name) => {
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await page.evaluate(axe)
        const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }))
        const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact))
        const told = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((one) => one.html).join(' ')}`)
        assert.deepEqual(told, [], `${name} ${colorScheme}`)
      }
      const unlabelled = await page
        .locator('input:not([type=hidden]), select, textarea')
        .evaluateAll((all) => all.filter((one) => ![...one.labels].some((label) => label.textContent.trim())))
      assert.equal(unlabelled.length, 0, name)
      assert.equal(await page.locator('main h1').count(), 1, name)
    })
  },
  // Only axe needs these: it is a script, and the policy of the pages would stop it.
  { javaScriptEnabled: true, bypassCSP: true },
)

inBrowser.onPhone('the pages of the dashboard fit a phone without scrolling sideways', async (world) => {
  const { page } = world
  await eachPage(world, async (name) => {
    for (const width of [390, 320]) {
      await page.setViewportSize({ width, height: 844 })
      const widths = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth])
      assert.deepEqual(widths, [width, width], name)
      const targets = await page.locator('button, .button, input:not([type=hidden], [type=checkbox])').all()
      for (const target of targets) assert.ok((await target.boundingBox()).height >= 44, `fingers hit it: ${name}`)
    }
  })
})
