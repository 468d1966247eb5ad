//! The floor of a host: nothing but an answer, and before it the SQL statements that the path names. It has one
//! connection for each instance and lets head and body leave in one piece, as anybody would who looks for the floor.

use std::{
    cell::{Cell, OnceCell},
    rc::Rc,
};

use spin_sdk::{
    http::{IntoResponse, Request},
    sqlite::{Connection, Error, Value},
    wasip3::{
        http::types::{ErrorCode, Fields, Response},
        http_compat::BodyWriter,
    },
    wit_bindgen::{spawn, yield_async},
};

/// Rows that are read and written.
const ROWS: i64 = 1000;

#[spin_sdk::http_service]
async fn handle(request: Request) -> impl IntoResponse {
    let outcome = act(request.uri().path()).await;
    answer(if outcome.is_ok() { 200 } else { 500 }).await
}

async fn act(path: &str) -> Result<(), Error> {
    match path {
        "/setup" => setup(&*connection().await?).await,
        "/nothing" => Ok(()),
        "/read" => read().await,
        "/write" => write().await,
        "/read-read" => {
            read().await?;
            read().await
        }
        "/write-write" => {
            write().await?;
            write().await
        }
        "/read-write" => {
            read().await?;
            write().await
        }
        _ => Err(Error::Io("no such probe".to_owned())),
    }
}

async fn setup(connection: &Connection) -> Result<(), Error> {
    for sql in [
        "PRAGMA journal_mode=WAL",
        "CREATE TABLE IF NOT EXISTS probe (id INTEGER PRIMARY KEY NOT NULL, value INTEGER NOT NULL) STRICT",
        "WITH RECURSIVE ids (id) AS (SELECT 0 UNION ALL SELECT id + 1 FROM ids WHERE id < 999) \
             INSERT INTO probe SELECT id, 0 FROM ids WHERE true ON CONFLICT DO NOTHING",
    ] {
        connection.execute(sql, []).await?.collect().await?;
    }
    Ok(())
}

async fn read() -> Result<(), Error> {
    let sql = "SELECT value FROM probe WHERE id = ?";
    connection().await?.execute(sql, [next_row()]).await?.collect().await.map(drop)
}

async fn write() -> Result<(), Error> {
    let sql = "UPDATE probe SET value = value + 1 WHERE id = ? RETURNING value";
    connection().await?.execute(sql, [next_row()]).await?.collect().await.map(drop)
}

/// The connection of this instance.
async fn connection() -> Result<Rc<Connection>, Error> {
    thread_local! {
        static KEPT: OnceCell<Rc<Connection>> = const { OnceCell::new() };
    }
    if let Some(kept) = KEPT.with(|kept| kept.get().cloned()) {
        return Ok(kept);
    }
    let opened = Rc::new(Connection::open_default().await?);
    Ok(KEPT.with(|kept| Rc::clone(kept.get_or_init(|| opened))))
}

fn next_row() -> Value {
    thread_local! {
        static NEXT: Cell<i64> = const { Cell::new(0) };
    }
    Value::Integer(NEXT.replace((NEXT.get() + 37) % ROWS))
}

async fn answer(status: u16) -> Result<Response, ErrorCode> {
    const BODY: &[u8] = b"ok";
    let fields = Fields::from_list(&[("content-length".to_owned(), BODY.len().to_string().into_bytes())])
        .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (mut writer, contents, trailers) = BodyWriter::new();
    let (response, _sent) = Response::new(fields, Some(contents), trailers);
    let _ = response.set_status_code(status);
    spawn(async move {
        let _ = writer.stream_writer.write_all(BODY.to_vec()).await;
        drop(writer.stream_writer);
        let _ = writer.result_writer.write(Ok(None)).await;
    });
    // Until the write of the body is pending at the host.
    yield_async().await;
    yield_async().await;
    Ok(response)
}
