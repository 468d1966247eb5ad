// From an application to the server and back.

import { strict as assert } from 'node:assert'
import { networkInterfaces } from 'node:os'
import { person, register, server } from '../support/server.mjs'
import { app, arrival, authorizePath, button, inBrowser, isAt, isTitled, link } from '../support/in-browser.mjs'
import { signInHere, signOut, signUp, signUpHere } from '../support/in-browser.mjs'

const loopbacks = Object.values(networkInterfaces()).flat().filter((one) => one.internal)
const hosts = ['127.0.0.1', 'localhost', ...(loopbacks.some((one) => one.address === '::1') ? ['[::1]'] : [])]

for (const host of hosts) {
  inBrowser(`forms lead back to an application on ${host}: sign-up, consent, denial and sign-in`, async (world) => {
    const { page } = world
    const jane = person()
    const { callback } = await world.listen(host)
    const client = await app(callback)
    const { issuer } = await server()

    await page.goto(authorizePath(client, { state: 'first' }))
    await isAt(page, '/login')
    await isTitled(page, 'Sign in to continue to Sample App')
    await link(page, 'Create one').click()
    await signUpHere(page, jane)
    await isAt(page, '/consent')
    await button(page, 'Deny').click()
    const denied = await arrival(page, callback)
    assert.deepEqual([denied.error, denied.state, denied.iss], ['access_denied', 'first', issuer])

    await page.goto(authorizePath(client, { state: 'second' }))
    await isAt(page, '/consent')
    await button(page, 'Allow').click()
    const allowed = await arrival(page, callback)
    assert.deepEqual([typeof allowed.code, allowed.state, allowed.iss], ['string', 'second', issuer])

    // What is allowed already needs no consent page: the login form itself leads to the application.
    await signOut(page)
    await page.goto(authorizePath(client, { state: 'third' }))
    await signInHere(page, jane)
    assert.equal((await arrival(page, callback)).state, 'third')

    // And no page at all is needed where somebody is signed in.
    await page.goto(authorizePath(client, { state: 'fourth', prompt: 'none' }))
    assert.equal((await arrival(page, callback)).state, 'fourth')
  })
}

inBrowser('the consent page says who asks, for what, for whom and where the answer goes', async (world) => {
  const { page } = world
  const jane = person()
  const { callback } = await world.listen()
  const documents = { policy_uri: 'https://app.example/privacy', tos_uri: 'https://app.example/terms' }
  const client = await app(callback, documents)
  await signUp(page, jane)
  await page.goto(authorizePath(client))
  await isTitled(page, 'Allow Sample App to use your account?')
  const text = await page.locator('main').innerText()
  for (const part of [jane.email, 'your name', 'email address', '127.0.0.1', 'a program on this device']) {
    assert.ok(text.includes(part), `${part} in: ${text}`)
  }
  assert.equal(await link(page, 'Privacy policy of Sample App').getAttribute('href'), 'https://app.example/privacy')
  assert.equal(await link(page, 'Terms of service of Sample App').getAttribute('href'), 'https://app.example/terms')
})

inBrowser('two tabs with two pending authorizations both finish, one after the other', async (world) => {
  const { page, context } = world
  const jane = person()
  const { callback } = await world.listen()
  const [one, two] = [await app(callback, { client_name: 'App One' }), await app(callback, { client_name: 'App Two' })]
  await signUp(page, jane)
  await signOut(page)
  const other = await context.newPage()
  await page.goto(authorizePath(one, { state: 'one' }))
  await other.goto(authorizePath(two, { state: 'two' }))

  await signInHere(page, jane)
  await isTitled(page, /App One/)
  await button(page, 'Allow').click()
  assert.equal((await arrival(page, callback)).state, 'one')

  await signInHere(other, jane)
  await isTitled(other, /App Two/)
  await button(other, 'Allow').click()
  assert.equal((await arrival(other, callback)).state, 'two')
})

inBrowser('two tabs with two pending authorizations both finish, step by step in turn', async (world) => {
  const { page, context } = world
  const jane = person()
  const { callback } = await world.listen()
  const [one, two] = [await app(callback, { client_name: 'App One' }), await app(callback, { client_name: 'App Two' })]
  await signUp(page, jane)
  await signOut(page)
  const other = await context.newPage()
  await page.goto(authorizePath(one, { state: 'one' }))
  await other.goto(authorizePath(two, { state: 'two' }))

  await signInHere(page, jane)
  await signInHere(other, jane)
  await button(other, 'Allow').click()
  assert.equal((await arrival(other, callback)).state, 'two')
  await button(page, 'Allow').click()
  assert.equal((await arrival(page, callback)).state, 'one')
})

inBrowser('a form that another sign-in has outdated asks again instead of losing the request', async (world) => {
  const { page, context } = world
  const [jane, joan] = [person(), { ...person(), givenName: 'Joan' }]
  const { callback } = await world.listen()
  const client = await app(callback)
  await signUp(page, jane)
  await page.goto(authorizePath(client, { state: 'kept' }))
  const other = await context.newPage()
  await signOut(other)
  await signUp(other, joan)

  await button(page, 'Allow').click()
  await isAt(page, '/consent')
  assert.match(await page.getByRole('alert').innerText(), /try again/)
  assert.ok((await page.locator('main').innerText()).includes(joan.email), 'it is asked for who is signed in now')
  await button(page, 'Allow').click()
  assert.equal((await arrival(page, callback)).state, 'kept')
})

inBrowser('back from the consent page leads to a login page that still knows the application', async (world) => {
  const { page } = world
  const jane = person()
  const { callback } = await world.listen()
  const client = await app(callback)
  await signUp(page, jane)
  await signOut(page)
  await page.goto(authorizePath(client, { state: 'kept' }))
  await signInHere(page, jane)
  await isAt(page, '/consent')
  await page.goBack()
  await isAt(page, '/login')
  await isTitled(page, 'Sign in to continue to Sample App')
  await signInHere(page, jane)
  await isAt(page, '/consent')
  await button(page, 'Allow').click()
  assert.equal((await arrival(page, callback)).state, 'kept')

  // And back from the application: the answer has been given, and the page says so, also when it is loaded again.
  await page.goBack()
  await isAt(page, '/consent')
  await isTitled(page, 'You have already answered')
  await page.reload()
  await isTitled(page, 'You have already answered')
  assert.match(await page.locator('main').innerText(), /Sample App/)
})

inBrowser('a double click on Allow ends at the application, or where a link leads there and nobody is asked again', async (world) => {
  const { page } = world
  const { callback } = await world.listen()
  const start = new URL('/start', callback).href
  const client = await app(callback, { client_uri: start })
  await signUp(page, person())
  await page.goto(authorizePath(client, { state: 'once' }))
  await isAt(page, '/consent')
  const codes = new Set()
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.pathname === new URL(callback).pathname) codes.add(url.searchParams.get('code'))
  })
  await button(page, 'Allow').dblclick({ noWaitAfter: true })
  await page.waitForFunction(() => /already answered|Sample App/.test(document.title) && !location.search.includes('interaction'))
  if (await page.getByRole('link', { name: 'Go to Sample App' }).count()) {
    await page.getByRole('link', { name: 'Go to Sample App' }).click()
    await page.waitForURL(start)
    await page.goto(authorizePath(client, { state: 'again' }))
    assert.equal((await arrival(page, callback)).state, 'again')
    codes.delete(new URL(page.url()).searchParams.get('code'))
  }
  assert.ok(codes.size <= 1, 'there is never a second code')
})

inBrowser('the address that the application expects is filled in already', async (world) => {
  const { callback } = await world.listen()
  const { page } = world
  await page.goto(authorizePath(await app(callback), { login_hint: 'jane@example.com' }))
  assert.equal(await page.getByLabel('Email address').inputValue(), 'jane@example.com')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'password')
})

inBrowser('the keyboard is enough to allow an application', async (world) => {
  const { page } = world
  const { callback } = await world.listen()
  await signUp(page, person())
  await page.goto(authorizePath(await app(callback)))
  const allow = button(page, 'Allow')
  for (let stops = 0; !(await allow.evaluate((one) => one === document.activeElement)); stops++) {
    assert.ok(stops < 10, 'Tab reaches the button')
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press('Enter')
  assert.ok((await arrival(page, callback)).code)
})

inBrowser('the launchpad shows the applications that were allowed, and those for everybody', async (world) => {
  const { page } = world
  const { callback, origin } = await world.listen()
  const mine = await app(callback, { client_name: 'Mine', client_uri: `${origin}/start` })
  await register({ client_name: 'Everybody’s', redirect_uris: [callback], launchpad: true })
  await app(callback, { client_name: 'Nobody’s' })
  await signUp(page, person())
  const names = () => page.locator('.apps li').allInnerTexts()
  assert.ok(!(await names()).includes('Mine'))
  await page.goto(authorizePath(mine))
  await button(page, 'Allow').click()
  await arrival(page, callback)
  await page.goto('/')
  assert.ok((await names()).includes('Mine'))
  assert.ok((await names()).includes('Everybody’s'))
  assert.ok(!(await names()).includes('Nobody’s'))
  await link(page, 'Mine').click()
  assert.equal(page.url(), `${origin}/start`)
})
