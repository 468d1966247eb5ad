//! From the command line to a running application.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::future::{Either, select};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};
use wasmtime_wasi_http::handler::{ProxyHandler, ProxyPre};
use wasmtime_wasi_http::{p2, p3};

use crate::admission::Admission;
use crate::cli::Options;
use crate::clients;
use crate::engine;
use crate::faults::Faults;
use crate::instance::{Factory, Reuse};
use crate::key_value;
use crate::log;
use crate::manifest::Manifest;
use crate::outbound::AllowedHosts;
use crate::routes::Router;
use crate::runtime_config::RuntimeConfig;
use crate::send::{Chain, OutboundHooks};
use crate::server::{Component as Served, Server};
use crate::shutdown::{self, AllDone, Shutdown};
use crate::sqlite::{Database, Location};
use crate::state::{self, Grants};
use crate::turns::Turns;
use crate::variables::{self, ComponentVariables, Variables};

/// Runs the application of `options` until SIGINT or SIGTERM.
///
/// When it serves, it prints one line on stdout: `Serving http://ADDRESS`. Everything else goes to stderr.
///
/// # Errors
///
/// The application cannot start: its manifest is wrong, a component is not built or needs something that the host does
/// not have, a required variable has no value, the state directory cannot be made or the address is taken.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let app = App::load(options)?;
        app.serve(options).await
    });
    // A guest that never gives its thread back must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

struct App {
    server: Server,
    chain: Chain,
    key_value: Arc<key_value::Database>,
    shutdown: Shutdown,
    done: AllDone,
}

impl App {
    fn load(options: &Options) -> anyhow::Result<Self> {
        let (manifest, directory) = Manifest::read(&options.from)?;
        let variables = Variables::resolve(&manifest, &options.variables, variables::environment()?)?;
        let state_dir = state_dir(options.state_dir.as_deref(), &directory)?;
        let router = Router::new(manifest.triggers())?;
        for warning in &router.warnings {
            log::line(warning);
        }
        let runtime_config = RuntimeConfig::read(options.runtime_config_file.as_deref())?;
        let chain: Chain = Arc::new(OnceLock::new());
        let (shutdown, done) = Shutdown::new();
        let faults = Faults::new(options.faults.clone());
        let database = Arc::new(Database::new(location(state_dir.as_deref(), "sqlite_db.db")));
        let key_value = location(state_dir.as_deref(), "sqlite_key_value.db");
        let key_value = Arc::new(key_value::Database::new(key_value).with_faults(faults.clone()));

        let engine = engine::new(!options.disable_cache, !options.disable_pooling)?;
        let mut linker = Linker::new(&engine);
        state::link(&mut linker)?;
        let files: Vec<PathBuf> =
            manifest.components.values().map(|component| directory.join(&component.source)).collect();
        let compiled = engine::compile(&engine, &files)?;

        let turns = Turns::default();
        let mut components = HashMap::new();
        let outbound = OutboundHooks::new(runtime_config.blocked_networks(), Arc::clone(&chain))?;
        for ((id, component), compiled) in manifest.components.iter().zip(compiled) {
            let allowed_hosts = AllowedHosts::new(&component.allowed_outbound_hosts, &variables)
                .with_context(|| format!("in the component {id:?}"))?;
            let grants = Grants {
                component: id.clone(),
                sqlite_databases: component.sqlite_databases.iter().cloned().collect(),
                key_value_stores: component.key_value_stores.iter().cloned().collect(),
                variables: ComponentVariables::new(id, &component.variables, &variables)?,
                outbound: outbound.allowing(allowed_hosts),
                sqlite: Arc::clone(&database),
                faults: faults.clone(),
                key_value: Arc::clone(&key_value),
                show_output: !options.quiet,
            };
            let admission = Admission::new(options.max_concurrent_requests);
            let factory = Factory {
                engine: Engine::clone(&engine),
                pre: pre(&linker, &compiled).with_context(|| format!("the component {id:?} cannot run here"))?,
                grants: Arc::new(grants),
                reuse: Reuse::new(options),
                turns: turns.clone(),
                admission: Arc::clone(&admission),
                shutdown: shutdown.clone(),
            };
            components.insert(id.clone(), Served { handler: ProxyHandler::new(factory), admission });
        }
        let connections = options.max_connections.unwrap_or_else(clients::max_connections);
        let connections = Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS)));
        let (info, client_timeout) = (info(&manifest)?, options.client_timeout);
        let server = Server { router, components, info, client_timeout, connections };
        Ok(Self { server, chain, key_value, shutdown, done })
    }

    async fn serve(self, options: &Options) -> anyhow::Result<()> {
        let Self { server, chain, key_value, shutdown, done } = self;
        let server = Arc::new(server);
        // Only now can components reach each other. Weak, because the server holds whatever holds the chain.
        let _ = chain.set(Arc::downgrade(&server));
        let listener =
            TcpListener::bind(options.listen).await.with_context(|| format!("cannot listen on {}", options.listen))?;
        let too_late = shutdown::on_signal(shutdown.clone(), options.shutdown_timeout)?;
        let address = listener.local_addr()?;
        let mut stdout = std::io::stdout();
        writeln!(stdout, "Serving http://{address}")?;
        stdout.flush()?;

        let connections = server.serve(listener, &shutdown).await;
        drop(shutdown);
        let finished = async {
            connections.shutdown().await;
            // Every instance holds its databases open. SQLite writes the WAL back when the last of them closes.
            done.wait().await;
        };
        if let Either::Right(_) = select(pin!(finished), too_late).await {
            log::line(format_args!("some requests did not finish within {:?}", options.shutdown_timeout));
        }
        key_value.close();
        Ok(())
    }
}

/// Prepares a component that handles HTTP by WASI 0.3 or 0.2.
fn pre(linker: &Linker<state::State>, component: &Component) -> anyhow::Result<ProxyPre<state::State>> {
    let pre = linker.instantiate_pre(component)?;
    if let Ok(pre) = p3::bindings::ServicePre::new(pre.clone()) {
        return Ok(ProxyPre::P3(pre));
    }
    let pre = p2::bindings::ProxyPre::new(pre)
        .map_err(anyhow::Error::from)
        .context("it does not export wasi:http/handler")?;
    Ok(ProxyPre::P2(pre))
}

/// `--state-dir`, or `.spin` beside the manifest; `None` for an empty `--state-dir`, which keeps all in memory.
fn state_dir(given: Option<&str>, manifest: &Path) -> anyhow::Result<Option<PathBuf>> {
    let directory = match given {
        Some("") => return Ok(None),
        Some(given) => std::path::absolute(given)?,
        None => manifest.join(".spin"),
    };
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make the state directory {}", directory.display()))?;
    Ok(Some(directory))
}

fn location(state_dir: Option<&Path>, file: &str) -> Location {
    match state_dir {
        Some(directory) => Location::File(directory.join(file)),
        None => Location::Memory,
    }
}

fn info(manifest: &Manifest) -> anyhow::Result<Bytes> {
    let mut info = serde_json::Map::new();
    info.insert("name".to_owned(), manifest.application.name.clone().into());
    if !manifest.application.version.is_empty() {
        info.insert("version".to_owned(), manifest.application.version.clone().into());
    }
    Ok(serde_json::to_vec_pretty(&info)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_beside_the_manifest_unless_the_user_says_otherwise() {
        let directory = tempfile::tempdir().unwrap();
        let other = directory.path().join("other");

        assert_eq!(state_dir(None, directory.path()).unwrap().unwrap(), directory.path().join(".spin"));
        assert_eq!(state_dir(other.to_str(), directory.path()).unwrap().unwrap(), other);
        assert!(other.is_dir());
        assert_eq!(state_dir(Some(""), directory.path()).unwrap(), None);
    }
}
