//! One instance of the server for all runs of a target, over a real SQLite file that is not synced.

use std::cell::OnceCell;

use crate::{
    Database,
    support::Instance,
    testing::{File, block_on},
};

/// An instance, and what a target has prepared in it.
pub(crate) struct Server<T> {
    pub(crate) instance: Instance,
    pub(crate) prepared: T,
    _file: File,
}

impl<T> Server<T> {
    /// A server with these settings.
    pub(crate) fn with(settings: &[(&'static str, &str)], prepare: impl FnOnce(&Instance) -> T) -> Self {
        let file = File::new();
        let instance = Instance::with(&file, settings);
        instance.query("PRAGMA synchronous = OFF");
        let prepared = prepare(&instance);
        Self { instance, prepared, _file: file }
    }
}

/// Uses what a thread has made once.
pub(crate) fn once<T, R>(
    cell: &'static std::thread::LocalKey<OnceCell<T>>,
    make: fn() -> T,
    act: impl FnOnce(&T) -> R,
) -> R {
    cell.with(|cell| act(cell.get_or_init(make)))
}

impl Instance {
    /// Runs a statement.
    pub(crate) fn query(&self, sql: &'static str) {
        block_on(self.store.0.query(sql, Vec::new())).unwrap();
    }
}
