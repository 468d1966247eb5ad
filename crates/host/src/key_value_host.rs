//! `spin:key-value` and `wasi:keyvalue`: what guests see of [`crate::key_value`], two interfaces to the same data.

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::key_value::key_value as v3;
use crate::bindings::wasi::keyvalue::{atomics, batch, store};
use crate::key_value::{CompareAndSwap, Store};
use crate::state::{HostData, State};
use crate::stream::FromChannel;

impl State {
    fn open_store(&mut self, label: &str) -> Result<Resource<Store>, v3::Error> {
        if !self.grants.key_value_stores.contains(label) {
            return Err(v3::Error::AccessDenied);
        }
        let store = self.grants.key_value.open(label).map_err(v3::Error::Other)?;
        self.table.push(store).map_err(|error| v3::Error::Other(error.to_string()))
    }

    fn drop_store(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }

    fn bucket(&self, bucket: &Resource<Store>) -> Result<&Store, store::Error> {
        self.table.get(bucket).map_err(|_| store::Error::NoSuchStore)
    }

    fn push_swap(&mut self, swap: CompareAndSwap) -> Result<Resource<CompareAndSwap>, store::Error> {
        self.table.push(swap).map_err(|error| store::Error::Other(error.to_string()))
    }
}

/// Runs `work` on the store of `handle`, while the guest's other tasks wait.
fn with_store<T, R>(
    accessor: &Accessor<T, HostData>,
    handle: &Resource<Store>,
    work: impl FnOnce(&Store) -> Result<R, String>,
) -> Result<R, v3::Error> {
    let store = accessor.with(|mut access| access.get().table.get(handle).cloned());
    work(&store.map_err(|_| v3::Error::NoSuchStore)?).map_err(v3::Error::Other)
}

impl v3::Host for State {}

impl v3::HostStore for State {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.drop_store(store)
    }
}

impl<T: Send> v3::HostStoreWithStore<T> for HostData {
    async fn open(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Store>, v3::Error> {
        accessor.with(|mut access| access.get().open_store(&label))
    }

    async fn get(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
    ) -> Result<Option<Vec<u8>>, v3::Error> {
        with_store(accessor, &handle, |store| store.get(&key))
    }

    async fn set(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), v3::Error> {
        with_store(accessor, &handle, |store| store.set(&key, &value))
    }

    async fn delete(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String) -> Result<(), v3::Error> {
        with_store(accessor, &handle, |store| store.delete(&key))
    }

    async fn exists(accessor: &Accessor<T, Self>, handle: Resource<Store>, key: String) -> Result<bool, v3::Error> {
        with_store(accessor, &handle, |store| store.exists(&key))
    }

    async fn get_keys(
        accessor: &Accessor<T, Self>,
        handle: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), v3::Error>>)> {
        let (keys, result) = with_store(accessor, &handle, |store| Ok(store.stream_keys()))?;
        let result = async { result.await.map(|ended| ended.map_err(v3::Error::Other)) };
        accessor.with(|mut access| {
            let keys = StreamReader::new(&mut access, FromChannel(keys))?;
            Ok((keys, FutureReader::new(&mut access, result)?))
        })
    }
}

impl store::Host for State {
    async fn open(&mut self, label: String) -> Result<Resource<Store>, store::Error> {
        self.open_store(&label).map_err(|error| match error {
            v3::Error::AccessDenied => store::Error::AccessDenied,
            v3::Error::NoSuchStore => store::Error::NoSuchStore,
            v3::Error::StoreTableFull => store::Error::Other("store table full".to_owned()),
            v3::Error::Other(text) => store::Error::Other(text),
        })
    }
}

impl store::HostBucket for State {
    async fn get(&mut self, bucket: Resource<Store>, key: String) -> Result<Option<Vec<u8>>, store::Error> {
        self.bucket(&bucket)?.get(&key).map_err(store::Error::Other)
    }

    async fn set(&mut self, bucket: Resource<Store>, key: String, value: Vec<u8>) -> Result<(), store::Error> {
        self.bucket(&bucket)?.set(&key, &value).map_err(store::Error::Other)
    }

    async fn delete(&mut self, bucket: Resource<Store>, key: String) -> Result<(), store::Error> {
        self.bucket(&bucket)?.delete(&key).map_err(store::Error::Other)
    }

    async fn exists(&mut self, bucket: Resource<Store>, key: String) -> Result<bool, store::Error> {
        self.bucket(&bucket)?.exists(&key).map_err(store::Error::Other)
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Store>,
        cursor: Option<String>,
    ) -> Result<store::KeyResponse, store::Error> {
        if cursor.is_some() {
            return Err(store::Error::Other("list_keys: cursor not supported".to_owned()));
        }
        let keys = self.bucket(&bucket)?.keys().map_err(store::Error::Other)?;
        Ok(store::KeyResponse { keys, cursor: None })
    }

    async fn drop(&mut self, bucket: Resource<Store>) -> wasmtime::Result<()> {
        self.drop_store(bucket)
    }
}

impl batch::Host for State {
    async fn get_many(
        &mut self,
        bucket: Resource<Store>,
        keys: Vec<String>,
    ) -> Result<Vec<(String, Option<Vec<u8>>)>, store::Error> {
        self.bucket(&bucket)?.get_many(keys).map_err(store::Error::Other)
    }

    async fn set_many(&mut self, bucket: Resource<Store>, entries: Vec<(String, Vec<u8>)>) -> Result<(), store::Error> {
        self.bucket(&bucket)?.set_many(&entries).map_err(store::Error::Other)
    }

    async fn delete_many(&mut self, bucket: Resource<Store>, keys: Vec<String>) -> Result<(), store::Error> {
        self.bucket(&bucket)?.delete_many(keys).map_err(store::Error::Other)
    }
}

impl atomics::Host for State {
    async fn increment(&mut self, bucket: Resource<Store>, key: String, delta: i64) -> Result<i64, store::Error> {
        self.bucket(&bucket)?.increment(&key, delta).map_err(store::Error::Other)
    }

    async fn swap(&mut self, swap: Resource<CompareAndSwap>, value: Vec<u8>) -> Result<(), atomics::CasError> {
        let failed = |text| atomics::CasError::StoreError(store::Error::Other(text));
        let swap = self.table.delete(swap).map_err(|error| failed(error.to_string()))?;
        if swap.swap(&value).map_err(failed)? {
            return Ok(());
        }
        let again = swap.again().map_err(failed)?;
        Err(atomics::CasError::CasFailed(self.push_swap(again).map_err(atomics::CasError::StoreError)?))
    }
}

impl atomics::HostCas for State {
    async fn new(&mut self, bucket: Resource<Store>, key: String) -> Result<Resource<CompareAndSwap>, store::Error> {
        let swap = CompareAndSwap::new(self.bucket(&bucket)?.clone(), key);
        self.push_swap(swap)
    }

    async fn current(&mut self, swap: Resource<CompareAndSwap>) -> Result<Option<Vec<u8>>, store::Error> {
        let other = |error: wasmtime_wasi::ResourceTableError| store::Error::Other(error.to_string());
        self.table.get(&swap).map_err(other)?.current().map_err(store::Error::Other)
    }

    async fn drop(&mut self, swap: Resource<CompareAndSwap>) -> wasmtime::Result<()> {
        self.table.delete(swap)?;
        Ok(())
    }
}
