// Debian's Chromium: installed where it is absent and we may, and started once for all tests of a file.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

const program = '/usr/bin/chromium'
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let started

after(async () => (await started?.catch(() => undefined))?.close?.())

/** The browser, or in words why there is none. */
export function browser() {
  started ??= start()
  return started
}

async function start() {
  if (!existsSync(program)) install()
  if (existsSync(program)) return chromium.launch({ executablePath: program, headless: true, args: flags })
  const reason = `${program} is absent and cannot be installed from here: sudo apt-get install chromium`
  if (process.env.CI === 'true') throw new Error(reason)
  console.log(`The browser tests are skipped: ${reason}`)
  return reason
}

function install() {
  const runs = (command, args) => spawnSync(command, args, { stdio: 'ignore' }).status === 0
  if (!runs('apt-get', ['--version'])) return
  const sudo = process.getuid() === 0 ? [] : ['sudo', '-n']
  if (sudo.length && !runs('sudo', ['-n', 'true'])) return
  console.log('Installing the package chromium with apt-get')
  const aptGet = (...args) => {
    const [command, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args]
    const { status, stderr } = spawnSync(command, rest, { encoding: 'utf8' })
    if (status !== 0) console.log(stderr)
  }
  // An index that is partly out of reach may still hold what we need: the installation decides.
  aptGet('update')
  aptGet('--yes', '--no-remove', '--no-install-recommends', 'install', 'chromium')
}
