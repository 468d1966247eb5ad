using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [
        (name = "worker.mjs", esModule = embed "worker.mjs"),
        (name = "oauth-provider", esModule = embed "node_modules/@cloudflare/workers-oauth-provider/dist/oauth-provider.js"),
      ],
      compatibilityDate = "2026-06-01",
      compatibilityFlags = ["nodejs_compat"],
      bindings = [
        (name = "OAUTH_KV", kvNamespace = "kv"),
        (name = "ADDRESS", fromEnvironment = "ADDRESS"),
      ],
    )),
    (name = "kv", worker = (
      modules = [(name = "kv.mjs", esModule = embed "kv.mjs")],
      compatibilityDate = "2026-06-01",
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
