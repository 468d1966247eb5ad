// A mail hook, which verifies what it is handed as any receiver of Standard Webhooks does.

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Webhook } from 'standardwebhooks'

/** Starts one: its URL and its secret for the server, and the newest mail to an address, once it has come. */
export async function mailbox() {
  const secret = `whsec_${randomBytes(32).toString('base64')}`
  const webhook = new Webhook(secret)
  const mails = []
  const listener = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    try {
      const { type, data } = webhook.verify(body, request.headers)
      mails.push({ type, ...data })
      response.statusCode = 204
    } catch (error) {
      mails.push({ type: 'refused', error })
      response.statusCode = 400
    }
    response.end()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const mail = async (address, type) => {
    const isIt = (mail) => mail.to === address && mail.type === type
    for (let tries = 0; tries < 100 && !mails.some(isIt); tries++) await new Promise((then) => setTimeout(then, 50))
    const refused = mails.find((mail) => mail.type === 'refused')
    if (refused) throw refused.error
    const found = mails.findLast(isIt)
    if (!found) throw new Error(`no ${type} for ${address}: ${JSON.stringify(mails)}`)
    return found
  }
  const close = async () => {
    listener.closeAllConnections()
    listener.close()
    await once(listener, 'close')
  }
  return { url: `http://127.0.0.1:${listener.address().port}/mails`, secret, mail, close }
}
