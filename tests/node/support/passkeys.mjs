// An authenticator of the browser's own, by the protocol of its developer tools.

/** Puts a device that holds passkeys beside the browser; answers what it has and how to take it away. */
export async function device(page) {
  const tools = await page.context().newCDPSession(page)
  await tools.send('WebAuthn.enable')
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
    isUserVerified: true,
    automaticPresenceSimulation: true,
  }
  const { authenticatorId } = await tools.send('WebAuthn.addVirtualAuthenticator', { options })
  return {
    credentials: async () => (await tools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    recognizes: (isUserVerified) => tools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    remove: () => tools.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId }),
  }
}
