//! What the host keeps for one instance of a component, and the imports that it links.

use std::collections::BTreeSet;
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::bindings::{spin, wasi};
use crate::faults::Faults;
use crate::key_value;
use crate::send::{IncomingHooks, OutboundHooks};
use crate::sqlite;
use crate::stdio::ComponentOutput;
use crate::turns::Computing;
use crate::variables::ComponentVariables;

/// What one component may touch: its part of the manifest, and the databases behind it.
pub struct Grants {
    /// The component's id.
    pub component: String,
    /// The labels of the SQLite databases that it may open.
    pub sqlite_databases: BTreeSet<String>,
    /// The labels of the key-value stores that it may open.
    pub key_value_stores: BTreeSet<String>,
    /// Its variables.
    pub variables: ComponentVariables,
    /// Sends its requests, if they may leave.
    pub outbound: OutboundHooks,
    /// Its connections to the SQLite database.
    pub sqlite: Arc<sqlite::Database>,
    /// How it fails.
    pub faults: Faults,
    /// The database of the key-value stores, shared by all components.
    pub key_value: Arc<key_value::Database>,
    /// Whether what it prints is shown.
    pub show_output: bool,
}

/// The host's side of one instance.
pub struct State {
    pub(crate) grants: Arc<Grants>,
    pub(crate) table: ResourceTable,
    /// Handles that the guest holds, against the limits of Spin.
    pub(crate) handles: Handles,
    /// How long the guest has computed.
    pub(crate) computing: Computing,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    outbound: OutboundHooks,
    incoming: IncomingHooks,
}

#[derive(Default)]
pub(crate) struct Handles {
    pub(crate) connections: usize,
}

impl Handles {
    /// Counts one more where `limit` allows it.
    pub(crate) fn take(count: &mut usize, limit: usize) -> bool {
        let free = *count < limit;
        *count += usize::from(free);
        free
    }
}

impl State {
    /// The state of a new instance. It has no files, no arguments, no environment and no sockets.
    #[must_use]
    pub fn new(grants: Arc<Grants>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        if grants.show_output {
            wasi.stdout(ComponentOutput::new(&grants.component));
            wasi.stderr(ComponentOutput::new(&grants.component));
        }
        Self {
            outbound: grants.outbound.clone(),
            grants,
            table: ResourceTable::new(),
            handles: Handles::default(),
            computing: Computing::default(),
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
            incoming: IncomingHooks,
        }
    }

    /// The view through which an incoming request enters the instance.
    pub fn incoming(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.incoming, table: &mut self.table, ctx: &mut self.http }
    }

    fn myself(&mut self) -> &mut Self {
        self
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.outbound, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Names [`State`] as what the host functions work on.
pub struct HostData;

impl HasData for HostData {
    type Data<'a> = &'a mut State;
}

/// Links everything that a component may import: WASI 0.2 (which the standard library uses), WASI 0.3 and Spin's
/// interfaces.
///
/// # Errors
///
/// wasmtime's, were two of them to collide.
pub fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    spin::sqlite::sqlite::add_to_linker::<State, HostData>(linker, State::myself)?;
    spin::key_value::key_value::add_to_linker::<State, HostData>(linker, State::myself)?;
    spin::variables::variables::add_to_linker::<State, HostData>(linker, State::myself)?;
    wasi::keyvalue::store::add_to_linker::<State, HostData>(linker, State::myself)?;
    wasi::keyvalue::atomics::add_to_linker::<State, HostData>(linker, State::myself)?;
    wasi::keyvalue::batch::add_to_linker::<State, HostData>(linker, State::myself)
}

impl spin::variables::variables::Host for State {}

impl<T: Send> spin::variables::variables::HostWithStore<T> for HostData {
    async fn get(
        accessor: &wasmtime::component::Accessor<T, Self>,
        name: String,
    ) -> Result<String, spin::variables::variables::Error> {
        accessor.with(|mut access| access.get().grants.variables.get(&name))
    }
}
