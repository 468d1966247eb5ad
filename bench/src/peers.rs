//! Other authorization servers, for what they can do, too: `bench/peers`.

use std::{net::SocketAddr, path::Path, process::Command, process::Stdio};

use anyhow::Result;
use driver::{
    App, Connection, Server,
    client::{get, json},
    process::free_address,
};
use http::Method;
use serde_json::json;

use crate::{operations::Operation, world::World};

/// Another server.
pub(crate) struct Peer {
    /// Its name in the table.
    pub(crate) name: &'static str,
    /// The operations that it has.
    operations: &'static [&'static str],
    /// The grant types that it lets clients register.
    grant_types: &'static [&'static str],
    /// The algorithms by which it signs ID tokens.
    algorithms: &'static [&'static str],
    command: fn(&Path, SocketAddr) -> Command,
}

/// All of them.
pub(crate) const PEERS: [Peer; 2] = [
    Peer {
        name: "oidc-provider",
        operations: &[
            "discovery",
            "jwks",
            "client credentials",
            "userinfo",
            "introspection",
            "revocation",
            "refresh",
            "authorize",
            "code",
            "code, ES256",
            "code, EdDSA",
            "code, RS256",
            "refresh, RS256",
        ],
        grant_types: &["authorization_code", "refresh_token", "client_credentials"],
        algorithms: &["RS256", "ES256", "EdDSA"],
        command: |folder, address| {
            let mut command = Command::new("node");
            command.arg(folder.join("oidc-provider.mjs")).arg(address.to_string());
            command
        },
    },
    Peer {
        name: "workers-oauth",
        operations: &["discovery", "userinfo", "refresh", "authorize", "code"],
        grant_types: &["authorization_code", "refresh_token"],
        algorithms: &[],
        command: |folder, address| {
            let mut command = Command::new(folder.join("node_modules/.bin/workerd"));
            command.arg("serve").arg(folder.join("worker.capnp")).arg(format!("--socket-addr=http={address}"));
            command.env("ADDRESS", address.to_string());
            command
        },
    },
];

/// A peer that runs.
pub(crate) struct Running {
    /// Which.
    pub(crate) peer: &'static Peer,
    /// The server.
    pub(crate) server: Server,
    /// Its user and clients.
    pub(crate) world: World,
}

impl Running {
    /// Starts them all.
    pub(crate) async fn all(root: &Path) -> Result<Vec<Self>> {
        let mut running = Vec::new();
        for peer in &PEERS {
            let address = free_address()?;
            let mut command = (peer.command)(&root.join("bench/peers"), address);
            command.stderr(Stdio::null());
            let server = Server::start(&mut command, address, "/.well-known/oauth-authorization-server").await?;
            running.push(Self { peer, server, world: peer.world(address).await? });
        }
        Ok(running)
    }

    /// Whether it can do this.
    pub(crate) fn has(&self, operation: &Operation) -> bool {
        self.peer.operations.contains(&operation.name)
    }
}

impl Peer {
    /// Registers the applications, and signs a user in who allows them what they ask for.
    async fn world(&self, address: SocketAddr) -> Result<World> {
        let mut connection = Connection::open(address).await?;
        let plain = self.app(&mut connection, None, "profile email").await?;
        let mut signed = Vec::new();
        for algorithm in self.algorithms {
            signed.push((*algorithm, self.app(&mut connection, Some(algorithm), "openid profile email").await?));
        }
        let ids = signed.iter().map(|(_, app)| app).chain([&plain]).map(|app| format!("client_id={}&", app.id));
        let session = get(&format!("/bench/session?{}", ids.collect::<String>()), &[])?;
        let cookie = connection.send(session).await?.expect(200)?.member("cookie")?;
        Ok(World::of(address, cookie, plain, signed))
    }

    async fn app(&self, connection: &mut Connection, algorithm: Option<&str>, scope: &'static str) -> Result<App> {
        let mut metadata = json!({
            "client_name": "Benchmark",
            "redirect_uris": [driver::app::REDIRECT_URI],
            "grant_types": self.grant_types,
            "scope": format!("{scope} api:read"),
        });
        if let (Some(metadata), Some(algorithm)) = (metadata.as_object_mut(), algorithm) {
            metadata.insert("id_token_signed_response_alg".to_owned(), algorithm.into());
        }
        let answer = connection.send(json(Method::POST, "/register", &[], &metadata)?).await?.expect(201)?;
        Ok(App::known(answer.member("client_id")?, &answer.member("client_secret")?, scope))
    }
}
