//! wasmtime, set up as Spin sets it up, and the compilation of components.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use anyhow::{Context, anyhow};
use wasmtime::component::Component;
use wasmtime::{Cache, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::log;

/// How often the epoch advances. Guests check it at every loop and call, in Spin, too, where they have no deadline unless a
/// request has one; the checks cost time, so the figures are only comparable with them.
pub const EPOCH_TICK: Duration = Duration::from_millis(10);

/// How many instances can live at once, as in Spin; other limits of the pool follow from it.
const MAX_INSTANCES: u32 = 1_000;

const MB: usize = 1 << 20;

/// Makes the engine and starts the thread that advances its epoch.
///
/// # Errors
///
/// wasmtime refuses the configuration, such as on a processor that it does not know.
pub fn new(cache: bool, pooling: bool) -> anyhow::Result<Engine> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    config.wasm_component_model(true);
    config.wasm_component_model_async(true);
    if cache {
        match Cache::from_file(None) {
            Ok(cache) => drop(config.cache(Some(cache))),
            Err(error) => log::line(format_args!("compiled code is not kept: {error:#}")),
        }
    }
    if pooling && address_space_is_large() {
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool()));
    }
    let engine = Engine::new(&config)?;
    let weak = engine.weak();
    std::thread::Builder::new().name("epoch".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(EPOCH_TICK);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => break,
            }
        }
    })?;
    Ok(engine)
}

/// Whether the pool's 1,000 memories can be reserved: some systems offer no more than 39 bits of addresses.
fn address_space_is_large() -> bool {
    const BITS: u32 = 42;
    const PAGE_BITS: u32 = 16;
    let mut config = Config::new();
    config.wasm_memory64(true);
    config.memory_reservation(1 << BITS);
    let Ok(engine) = Engine::new(&config) else { return false };
    let mut store = wasmtime::Store::new(&engine, ());
    let memory = wasmtime::MemoryType::new64(0, Some(1 << (BITS - PAGE_BITS)));
    wasmtime::Memory::new(&mut store, memory).is_ok()
}

fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(MAX_INSTANCES)
        .total_memories(MAX_INSTANCES)
        .total_tables(2 * MAX_INSTANCES)
        .total_stacks(MAX_INSTANCES)
        .total_core_instances(4 * MAX_INSTANCES)
        .table_elements(100_000)
        .max_component_instance_size(10 * MB)
        .max_core_instance_size(10 * MB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4 << 30);
    // Spin also has a slot keep the first 2 MiB of its memory, cleared, for the next instance. That makes all of it resident,
    // of which an instance touches a small part, to save a fifth of a millisecond of a life of a thousand requests.
    pool
}

/// Compiles the files, several at a time; the result has their order.
///
/// # Errors
///
/// The first file that cannot be read or is no component.
pub fn compile(engine: &Engine, files: &[PathBuf]) -> anyhow::Result<Vec<Component>> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(files.len());
    let next = Mutex::new(files.iter().enumerate());
    let done = Mutex::new(Vec::with_capacity(files.len()));
    let poisoned = || anyhow!("a thread that compiles components panicked");
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, file)) = next.lock().ok().and_then(|mut next| next.next()) {
                    let component = compile_one(engine, file);
                    if let Ok(mut done) = done.lock() {
                        done.push((index, component));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| poisoned())?;
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, component)| component).collect()
}

fn compile_one(engine: &Engine, file: &Path) -> anyhow::Result<Component> {
    let bytes =
        std::fs::read(file).with_context(|| format!("cannot read the component {} (is it built?)", file.display()))?;
    Component::new(engine, bytes)
        .map_err(anyhow::Error::from)
        .with_context(|| format!("{} is no component that can run here", file.display()))
}
