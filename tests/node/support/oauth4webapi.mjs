// npm's oauth4webapi as its users call it: each request and each answer is a call of its own.

import * as oauth from 'oauth4webapi'
import { register, server } from './server.mjs'
import { User } from './user.mjs'

export const redirectUri = 'https://app.example/callback'

/** Over http where the server under test is at a loopback address. */
export async function options() {
  const { issuer } = await server()
  return { [oauth.allowInsecureRequests]: issuer.startsWith('http:') }
}

/** The server's metadata, checked by the library; by OpenID Connect Discovery or by RFC 8414. */
export async function discover(algorithm = 'oidc') {
  const issuer = new URL((await server()).issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...(await options()) }))
}

const secrets = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: oauth.None,
}

/** A client, and how it authenticates: as it registered, unless `authenticate` knows better. */
export async function app(metadata = {}, authenticate) {
  const client = await register({
    client_name: 'Sample App',
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
    scope: 'openid profile email',
    ...metadata,
  })
  return { client, authentication: authenticate ?? secrets[client.token_endpoint_auth_method](client.client_secret) }
}

/** An authorization request and what the client must remember of it. */
export async function begin(as, client, parameters = {}) {
  const memory = {
    verifier: oauth.generateRandomCodeVerifier(),
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
  }
  const request = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: redirectUri,
    scope: client.scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(memory.verifier),
    code_challenge_method: 'S256',
    state: memory.state,
    nonce: memory.nonce,
    ...parameters,
  })
  return { request, memory, url: at(as.authorization_endpoint, request) }
}

/** The address of an authorization request. */
export function at(endpoint, parameters) {
  return new URL(`${endpoint}?${new URLSearchParams(parameters)}`)
}

/** Redeems the code of a callback; the library verifies the ID token and its signature. */
export async function redeem(as, { client, authentication }, callback, memory, more = {}) {
  const { DPoP, ...expected } = more
  const parameters = oauth.validateAuthResponse(as, client, callback, memory.state)
  const request = { DPoP, ...(await options()) }
  const response = await oauth.authorizationCodeGrantRequest(
    ...[as, client, authentication, parameters, redirectUri, memory.verifier, request],
  )
  const checks = { expectedNonce: memory.nonce, requireIdToken: true, ...expected }
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, checks)
  await oauth.validateApplicationLevelSignature(as, response, await options())
  return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

/** Tokens of somebody who has just signed up and allowed this client. */
export async function signIn(as, app, parameters, more) {
  const user = await User.signedUp()
  const { url, memory } = await begin(as, app.client, parameters)
  const callback = await user.authorize(url)
  return { user, memory, callback, tokens: await redeem(as, app, callback, memory, more) }
}

/** Tokens for the client itself. */
export async function clientCredentials(as, { client, authentication }, scope) {
  const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { scope }, await options())
  return oauth.processClientCredentialsResponse(as, client, response)
}

/** Refreshes; an ID token in the answer is verified. */
export async function refresh(as, { client, authentication }, refreshToken, more = {}) {
  const request = { ...more, ...(await options()) }
  const response = await oauth.refreshTokenGrantRequest(as, client, authentication, refreshToken, request)
  return oauth.processRefreshTokenResponse(as, client, response)
}

/** The claims about this subject, which the library compares. */
export async function userInfo(as, client, accessToken, subject, more = {}) {
  const response = await oauth.userInfoRequest(as, client, accessToken, { ...more, ...(await options()) })
  return oauth.processUserInfoResponse(as, client, subject, response)
}

/** What a protected resource answers to this token. */
export async function read(url, accessToken, more = {}) {
  const request = { ...more, ...(await options()) }
  return (await oauth.protectedResourceRequest(accessToken, 'GET', new URL(url), undefined, undefined, request)).json()
}

/** What the server says of a token. */
export async function introspect(as, { client, authentication }, token, more = {}) {
  const response = await oauth.introspectionRequest(as, client, authentication, token, { ...more, ...(await options()) })
  return oauth.processIntrospectionResponse(as, client, response)
}

export async function revoke(as, { client, authentication }, token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, await options()))
}
