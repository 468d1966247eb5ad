// What people click, in a real browser without script. One file, so that one browser and one server serve all of it.

import './browser/account.mjs'
import './browser/accounts.mjs'
import './browser/authorization.mjs'
import './browser/dashboard.mjs'
import './browser/device.mjs'
import './browser/consumer.mjs'
import './browser/factors.mjs'
import './browser/mail.mjs'
import './browser/passkeys.mjs'
import './browser/safety.mjs'
import './browser/accessibility.mjs'
import './browser/dashboard-pages.mjs'
