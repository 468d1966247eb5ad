// A user with a browser that is just enough: it keeps cookies, follows redirects and fills in forms.

import { strict as assert } from 'node:assert'
import { person, server } from './server.mjs'

const references = { amp: '&', lt: '<', gt: '>', quot: '"' }

function unescape(text) {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) =>
    decimal || hex ? String.fromCodePoint(parseInt(decimal ?? hex, decimal ? 10 : 16)) : (references[name] ?? whole),
  )
}

function attributes(tag) {
  const pairs = [...tag.matchAll(/\s([\w-]+)="([^"]*)"/g)]
  return Object.fromEntries(pairs.map(([, name, value]) => [name, unescape(value)]))
}

export class User {
  #cookies = new Map()

  /** Somebody new who has just signed up. */
  static async signedUp() {
    const user = Object.assign(new User(), person())
    const { base } = await server()
    const page = await user.open(`${base}/signup`)
    const { givenName: given_name, familyName: family_name, email, password } = user
    await user.send(page, { given_name, family_name, email, password })
    assert.ok([...user.#cookies.keys()].some((name) => name.endsWith('session')), 'signing up signs in')
    return user
  }

  /** Opens an address; a redirect that leaves the server is not followed, and answered as `leftTo`. */
  async open(url) {
    return this.#request(new URL(url))
  }

  /** Fills in the form of a page and sends it. */
  async send(page, fields) {
    const [, head, body] = page.html.match(/<form(\s[^>]*)>([^]*?)<\/form>/) ?? assert.fail(`no form: ${page.html}`)
    const form = new URLSearchParams()
    for (const [input] of body.matchAll(/<input\s[^>]*>/g)) {
      const { name, value } = attributes(input)
      form.set(name, value ?? '')
    }
    for (const [name, value] of Object.entries(fields)) form.set(name, value)
    return this.#request(new URL(attributes(head).action, page.url), { method: 'POST', body: form })
  }

  /** Signs in where asked, decides where asked, and answers the URL that the browser leaves the server to. */
  async authorize(url, decision = 'approve') {
    let page = await this.open(url)
    if (!page.leftTo && page.url.pathname.endsWith('/login')) {
      page = await this.send(page, { email: this.email, password: this.password })
    }
    if (!page.leftTo) {
      assert.ok(page.url.pathname.endsWith('/consent'), `${page.status} at ${page.url}: ${page.html}`)
      page = await this.send(page, { decision })
    }
    return page.leftTo ?? assert.fail(`${page.status} at ${page.url}: ${page.html}`)
  }

  /** Opens the address that a device shows with its code, and decides about it. */
  async decideAboutDevice(url, decision) {
    const question = await this.send(await this.open(url), {})
    const page = await this.send(question, { decision })
    assert.equal(page.status, 200, page.html)
  }

  /** The header field with all cookies. */
  get cookie() {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async #request(url, init) {
    const { base, issuer } = await server()
    for (let hops = 0; hops < 8; hops++) {
      if (!url.href.startsWith(`${issuer}/`) && !url.href.startsWith(`${base}/`)) return { leftTo: url }
      const cookie = this.cookie
      const answer = await fetch(url, { ...init, redirect: 'manual', headers: cookie ? { cookie } : {} })
      for (const line of answer.headers.getSetCookie()) this.#keep(line)
      const location = answer.headers.get('location')
      if (!location) return { url, status: answer.status, html: await answer.text() }
      await answer.arrayBuffer()
      url = new URL(location, url)
      init = undefined
    }
    assert.fail(`redirected in circles to ${url}`)
  }

  #keep(line) {
    const [, name, value] = line.match(/^([^=]+)=([^;]*)/)
    if (/max-age=0/i.test(line)) this.#cookies.delete(name)
    else this.#cookies.set(name, value)
  }
}
