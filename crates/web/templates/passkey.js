// Forms with passkeys: the browser asks the authenticator, and the form takes the answer along. A browser that has no
// passkeys shows none of these forms.
'use strict'

const octets = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const base64url = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer ?? []), (octet) => String.fromCharCode(octet)).join(''))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
const known = (credentials) => credentials.map((credential) => ({ ...credential, id: octets(credential.id) }))

async function create(options) {
  options.challenge = octets(options.challenge)
  options.user.id = octets(options.user.id)
  options.excludeCredentials = known(options.excludeCredentials)
  const { response } = await navigator.credentials.create({ publicKey: options })
  return {
    client_data: base64url(response.clientDataJSON),
    attestation_object: base64url(response.attestationObject),
    transports: (response.getTransports?.() ?? []).join(' '),
  }
}

async function get(options) {
  options.challenge = octets(options.challenge)
  options.allowCredentials = known(options.allowCredentials)
  const { rawId, response } = await navigator.credentials.get({ publicKey: options })
  return {
    id: base64url(rawId),
    user_handle: base64url(response.userHandle),
    client_data: base64url(response.clientDataJSON),
    authenticator_data: base64url(response.authenticatorData),
    signature: base64url(response.signature),
  }
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll('form[data-passkey]') : []) {
  const [button, problem] = [form.querySelector('button'), form.querySelector('[data-problem]')]
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    button.disabled = true
    problem.hidden = true
    try {
      const options = JSON.parse(form.dataset.passkey)
      const answer = await (form.dataset.ceremony === 'create' ? create(options) : get(options))
      for (const [name, value] of Object.entries(answer)) form.elements[name].value = value
      form.submit()
    } catch {
      problem.hidden = false
      button.disabled = false
    }
  })
}
