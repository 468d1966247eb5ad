// What other sites must not be able to do.

import { strict as assert } from 'node:assert'
import { person } from '../support/server.mjs'
import { app, authorizePath, button, inBrowser, isHome, isTitled, signUp } from '../support/in-browser.mjs'

// Another site, and another origin of the same site, which the cookies go with.
const elsewhere = ['localhost', '127.0.0.1']

for (const host of elsewhere) {
  inBrowser(
    `no page can be framed from ${host}`,
    async (world) => {
      const { page, base, complaints } = world
      const { callback } = await world.listen()
      await signUp(page, person())
      for (const path of ['/', '/login', '/signup', '/logout', '/authorize', authorizePath(await app(callback))]) {
        const url = `${base}${path}`.replaceAll('&', '&amp;')
        const frame = `<!doctype html><title>Frame</title><iframe src="${url}"></iframe>`
        const { origin } = await world.listen(host, () => frame)
        await page.goto(origin)
        const [, inner] = page.frames()
        await inner.waitForLoadState()
        assert.match(inner.url(), /^chrome-error:/, `${path} is not shown`)
        assert.match(complaints.pop() ?? '', /frame-ancestors/, `${path} says why`)
      }
    },
    { isStopped: true },
  )

  inBrowser(`a form on ${host} changes nothing, even with a token of the right one`, async (world) => {
    const { page, base } = world
    const jane = person()
    const { callback } = await world.listen()
    await signUp(page, jane)
    const client = await app(callback)
    const forms = { '/logout': '/logout', '/login': '/login', '/signup': '/signup', '/consent': authorizePath(client) }
    const stranger = person()
    const typed = { email: stranger.email, password: stranger.password, given_name: 'Eve', decision: 'approve' }
    for (const [path, address] of Object.entries(forms)) {
      await page.goto(address)
      const hidden = await page
        .locator('form input[type=hidden]')
        .evaluateAll((all) => all.map((one) => [one.name, one.value]))
      const fields = [...hidden, ...Object.entries(typed)]
      const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join('')
      const form = `<form method="post" action="${base}${path}">${inputs}<button>Win a prize</button></form>`
      const { origin } = await world.listen(host, () => `<!doctype html><title>Prize</title>${form}`)
      await page.goto(origin)
      const answered = page.waitForResponse((response) => response.url() === `${base}${path}`)
      await button(page, 'Win a prize').click()
      const status = (await answered).status()
      assert.ok(page.url().startsWith(base), `${path} led to ${page.url()}`)
      await page.goto('/')
      await isHome(page, jane)
      // Without the session, which a form of another site does not bring, there is nobody to sign out or to ask.
      assert.ok(status === 403 || (host === 'localhost' && [200, 302, 303].includes(status)), `${path}: ${status}`)
    }
    await page.goto(authorizePath(client))
    await isTitled(page, 'Allow Sample App to use your account?')
  })
}

inBrowser('what applications and people are called is only ever text', async (world) => {
  const { page } = world
  const { callback } = await world.listen()
  const markup = '<img src=x onerror=alert(1)>"\'<script>document.title="Owned"</script>'
  const client = await app(callback, { client_name: markup })
  await signUp(page, { ...person(), givenName: markup.slice(0, 90) })
  await page.goto(authorizePath(client))
  await isTitled(page, `Allow ${markup} to use your account?`)
  await button(page, 'Allow').click()
  await page.waitForURL(`${callback}**`)
  await page.goto('/')
  assert.deepEqual(await page.locator('.apps li').filter({ hasText: 'onerror' }).allInnerTexts(), [markup])
  assert.equal(await page.locator('main img, main script').count(), 0)
}, { javaScriptEnabled: true })

inBrowser('an application that nobody knows never gets the browser', async (world) => {
  const { page, base } = world
  const { callback } = await world.listen()
  await page.goto(authorizePath({ client_id: 'unknown', redirect_uris: [callback], scope: 'openid' }))
  assert.ok(page.url().startsWith(`${base}/authorize`), page.url())
  await isTitled(page, 'This did not work')
})
