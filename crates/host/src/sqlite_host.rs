//! `spin:sqlite`: what guests see of [`crate::sqlite`].

use std::sync::Arc;

use wasmtime::component::{Accessor, FutureReader, Resource, StreamReader};

use crate::bindings::spin::sqlite::sqlite::{
    Error, Host, HostConnection, HostConnectionWithStore, QueryResult, RowResult, Value,
};
use crate::sqlite::{Connection, MAX_CONNECTIONS};
use crate::state::{Handles, HostData, State};
use crate::stream::FromChannel;

impl State {
    fn open_connection(&mut self, label: &str) -> Result<Resource<Connection>, Error> {
        if !self.grants.sqlite_databases.contains(label) {
            return Err(Error::AccessDenied);
        }
        if !Handles::take(&mut self.handles.connections, MAX_CONNECTIONS) {
            return Err(Error::Io("too many connections opened".to_owned()));
        }
        let connection = Connection::new(Arc::clone(&self.grants.sqlite), self.grants.faults.clone());
        self.table.push(connection).map_err(|error| Error::Io(error.to_string()))
    }

    fn connection(&self, connection: &Resource<Connection>) -> Result<Connection, Error> {
        self.table.get(connection).cloned().map_err(|_| Error::InvalidConnection)
    }
}

impl Host for State {}

impl HostConnection for State {
    async fn open(&mut self, label: String) -> Result<Resource<Connection>, Error> {
        self.open_connection(&label)
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let connection = self.connection(&connection)?;
        self.computing.rest();
        let result = connection.execute(statement, parameters).await;
        self.computing.begin();
        result
    }

    async fn changes(&mut self, connection: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(self.connection(&connection)?.changes())
    }

    async fn last_insert_rowid(&mut self, connection: Resource<Connection>) -> wasmtime::Result<i64> {
        Ok(self.connection(&connection)?.last_insert_rowid())
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.handles.connections = self.handles.connections.saturating_sub(1);
        Ok(())
    }
}

type Streamed = (Vec<String>, StreamReader<RowResult>, FutureReader<Result<(), Error>>);

fn connection<T>(accessor: &Accessor<T, HostData>, connection: &Resource<Connection>) -> Result<Connection, Error> {
    accessor.with(|mut access| access.get().connection(connection))
}

impl<T> HostConnectionWithStore<T> for HostData {
    async fn open_async(accessor: &Accessor<T, Self>, label: String) -> Result<Resource<Connection>, Error> {
        accessor.with(|mut access| access.get().open_connection(&label))
    }

    async fn execute_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<Streamed, Error> {
        let rows = connection(accessor, &handle)?.stream(statement, parameters).await?;
        let readers = accessor.with(|mut access| {
            let stream = StreamReader::new(&mut access, FromChannel(rows.rows))?;
            wasmtime::error::Ok((stream, FutureReader::new(&mut access, rows.result)?))
        });
        let (stream, result) = readers.map_err(|error| Error::Io(error.to_string()))?;
        Ok((rows.columns, stream, result))
    }

    async fn changes_async(accessor: &Accessor<T, Self>, handle: Resource<Connection>) -> wasmtime::Result<u64> {
        Ok(connection(accessor, &handle)?.changes())
    }

    async fn last_insert_rowid_async(
        accessor: &Accessor<T, Self>,
        handle: Resource<Connection>,
    ) -> wasmtime::Result<i64> {
        Ok(connection(accessor, &handle)?.last_insert_rowid())
    }
}
