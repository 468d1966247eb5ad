// An authenticator app.

import { createHmac } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const now = () => Math.floor(Date.now() / 30_000)

/** An app with this key, as the page shows it. Each code is another one, so that none was used before. */
export function authenticator(key) {
  const bits = [...key.replace(/\s/g, '')].map((symbol) => alphabet.indexOf(symbol).toString(2).padStart(5, '0')).join('')
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)))
  let last = 0
  const code = (step) => {
    const counter = Buffer.alloc(8)
    counter.writeBigUInt64BE(BigInt(step))
    const hash = createHmac('sha1', secret).update(counter).digest()
    const word = hash.readUInt32BE(hash[19] & 0xf) & 0x7fffffff
    return String(word % 1_000_000).padStart(6, '0')
  }
  return {
    /** The next code that is good: that of now, or the one after it, which a server takes already. */
    async next() {
      const step = Math.max(now(), last + 1)
      while (step > now() + 1) await sleep(500)
      last = step
      return code(step)
    },
    /** A code that is not right. */
    wrong() {
      const near = Array.from({ length: 9 }, (_, at) => code(now() - 3 + at))
      return ['000000', '111111', '222222', '333333'].find((one) => !near.includes(one))
    },
  }
}
