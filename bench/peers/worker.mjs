// `@cloudflare/workers-oauth-provider` as its documentation sets it up for one Worker, on the paths of spin-auth. Its page for
// authorization allows at once, which is the least that one can do: the cost of a session and a consent is not in it.
import { OAuthProvider } from 'oauth-provider'

const authorize = {
  async fetch(request, env) {
    const url = new URL(request.url)
    if (url.pathname === '/bench/session') return Response.json({ cookie: '' })
    if (url.pathname !== '/authorize') return new Response('', { status: 404 })
    const asked = await env.OAUTH_PROVIDER.parseAuthRequest(request)
    const { redirectTo } = await env.OAUTH_PROVIDER.completeAuthorization({
      request: asked,
      userId: 'jane',
      metadata: {},
      scope: asked.scope,
      props: { userId: 'jane' },
      // Codes are gathered before they are redeemed.
      revokeExistingGrants: false,
    })
    return new Response(null, { status: 302, headers: { location: redirectTo } })
  },
}

const userinfo = {
  fetch: (request, env, ctx) => Response.json({ sub: ctx.props.userId }),
}

let provider
export default {
  fetch(request, env, ctx) {
    const origin = `http://${env.ADDRESS}`
    provider ??= new OAuthProvider({
      apiRoute: '/userinfo',
      apiHandler: userinfo,
      defaultHandler: authorize,
      authorizeEndpoint: '/authorize',
      tokenEndpoint: '/token',
      clientRegistrationEndpoint: '/register',
      scopesSupported: ['openid', 'profile', 'email', 'api:read'],
      resourceMetadata: { resource: `${origin}/userinfo`, authorization_servers: [origin] },
    })
    return provider.fetch(request, env, ctx)
  },
}
