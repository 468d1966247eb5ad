//! Serves a request: reads it whole, builds the surroundings, lets the endpoint act, answers, and logs once.

use std::{
    cell::{Cell, OnceCell, RefCell},
    fmt::Display,
    rc::Rc,
    time::Instant,
};

use domain::{Log, Random, Settings, keys::KeyCache};
use protocol::Timestamp;
use spin_sdk::wasip3::http::types::{ErrorCode, Request, Response};
use web::{Endpoint, Field, respond};

use crate::{SpinDatabase, receive::receive, send::send, settings::settings};

/// Every port of the domain, over Spin's SQLite.
pub type Store = store::Store<SpinDatabase>;

/// The surroundings of a request.
pub type Env<'a> = domain::Env<'a, Store>;

/// What the host is handed. The error means that the host has refused a header field, which nothing here produces.
pub type Handled = Result<Response, ErrorCode>;

/// What an instance keeps between requests: one open connection and the unsealed keys. Never anything of a request.
struct Kept {
    store: Store,
    keys: KeyCache,
}

thread_local! {
    static KEPT: RefCell<Option<Rc<Kept>>> = const { RefCell::new(None) };
}

/// Serves a request of an endpoint that uses the database. An instance checks the schema with its first request.
pub async fn serve(
    request: Request,
    endpoint: &Endpoint,
    act: impl AsyncFnOnce(Env<'_>, &web::Request) -> web::Result,
) -> Handled {
    serve_unchecked(request, endpoint, async |env, request| {
        ensure_schema(env).await?;
        act(env, request).await
    })
    .await
}

/// Serves a request of an endpoint that checks the schema itself, by [`ensure_schema`], or changes it.
pub async fn serve_unchecked(
    request: Request,
    endpoint: &Endpoint,
    act: impl AsyncFnOnce(Env<'_>, &web::Request) -> web::Result,
) -> Handled {
    let (settings, now) = (settings().await, now());
    answer(request, endpoint, &settings, async |request, reference| {
        let kept = kept()?;
        let env = Env {
            store: &kept.store,
            settings: &settings,
            keys: &kept.keys,
            now,
            user_agent: request.fields.get(Field::UserAgent).unwrap_or_default(),
            random: &HostRandom,
            log: &StandardError(reference),
        };
        let outcome = act(env, request).await;
        if let Err(web::Failure::Domain(domain::Failure::Storage(_))) = &outcome {
            forget(&kept);
        }
        outcome
    })
    .await
}

/// Checks the schema, once per instance, and brings it up to date where `auto_migrate` is on.
pub async fn ensure_schema(env: Env<'_>) -> Result<(), domain::Failure> {
    thread_local! {
        static IS_CHECKED: Cell<bool> = const { Cell::new(false) };
    }
    if !IS_CHECKED.get() {
        store::ensure_schema(&env.store.0, env.settings.auto_migrate()?, env.now).await?;
        IS_CHECKED.set(true);
    }
    Ok(())
}

/// Brings the schema up to date, whatever `auto_migrate` says.
pub async fn migrate(env: Env<'_>) -> Result<(), domain::Failure> {
    Ok(store::migrate(&env.store.0, env.now).await?)
}

/// Serves a request of an endpoint that needs nothing but the settings and the time.
pub async fn serve_settings(
    request: Request,
    endpoint: &Endpoint,
    act: impl AsyncFnOnce(&Settings, Timestamp, &web::Request) -> web::Result,
) -> Handled {
    let (settings, now) = (settings().await, now());
    answer(request, endpoint, &settings, async |request, _| act(&settings, now, request).await).await
}

async fn answer(
    request: Request,
    endpoint: &Endpoint,
    settings: &Settings,
    act: impl AsyncFnOnce(&web::Request, &Reference) -> web::Result,
) -> Handled {
    let access_log = settings.access_log().map(|is_on| is_on.then(started));
    let request = receive(request).await;
    let reference = Reference::default();
    let act = async || {
        access_log?;
        act(&request, &reference).await
    };
    let mut answer = respond(endpoint, settings, &request, &|| reference.get().to_owned(), act).await;
    if let Some(reason) = &answer.reason {
        log_failure(&request, answer.response.status().as_u16(), reason, reference.get());
    }
    if let Ok(Some(started)) = access_log {
        write_log(&web::access_log::Line::new(reference.get(), &request, &answer, started.elapsed()));
    }
    // Whoever got this answer can say which lines of the log are about it.
    if let Some(reference) = reference.0.get().and_then(|made| http::HeaderValue::from_str(made).ok()) {
        answer.response.headers_mut().insert("x-request-id", reference);
    }
    send(answer.response, &request.method).await
}

/// What the instance keeps, opened with its first request.
fn kept() -> Result<Rc<Kept>, domain::Failure> {
    if let Some(kept) = KEPT.with_borrow(Clone::clone) {
        return Ok(kept);
    }
    let opened = Rc::new(Kept { store: store::Store(SpinDatabase::open()?), keys: KeyCache::default() });
    Ok(KEPT.with_borrow_mut(|kept| Rc::clone(kept.get_or_insert(opened))))
}

/// Has the next request open all of it anew, where storage has failed: a connection that was opened while nothing could be
/// written goes on refusing to write.
fn forget(failed: &Rc<Kept>) {
    KEPT.with_borrow_mut(|kept| kept.take_if(|kept| Rc::ptr_eq(kept, failed)));
}

/// Names a request in the log, in the answer and on the page of a failure. Made only where there is something to tell.
#[derive(Default)]
struct Reference(OnceCell<String>);

impl Reference {
    fn get(&self) -> &str {
        self.0.get_or_init(|| {
            let mut bytes = [0; 6];
            HostRandom.fill(&mut bytes);
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        })
    }
}

/// Notes a request where the server is at fault. No query, header or body: they may have secrets.
fn log_failure(request: &web::Request, status: u16, reason: &str, reference: &str) {
    write_log(&serde_json::json!({
        "level": "error",
        "request_id": reference,
        "method": request.method.as_str(),
        "path": request.path,
        "status": status,
        "reason": reason,
    }));
}

struct StandardError<'a>(&'a Reference);

impl Log for StandardError<'_> {
    fn warn(&self, event: &str) {
        write_log(&serde_json::json!({ "level": "warn", "request_id": self.0.get(), "event": event }));
    }
}

/// One line of JSON for each event.
#[allow(clippy::print_stderr, reason = "standard error is the log of a component")]
fn write_log(line: &dyn Display) {
    eprintln!("{line}");
}

/// When a request came, for the access log alone: nothing is decided by this clock.
#[allow(clippy::disallowed_methods, reason = "what it measures is only told")]
fn started() -> Instant {
    Instant::now()
}

/// The one reading of the clock for a request.
#[allow(clippy::disallowed_methods, reason = "time enters here and is a parameter from here on")]
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_secs().cast_signed()))
}

/// The host's random numbers.
pub(crate) struct HostRandom;

impl Random for HostRandom {
    #[allow(clippy::disallowed_methods, reason = "randomness enters here and is a parameter from here on")]
    fn fill(&self, bytes: &mut [u8]) {
        if getrandom::fill(bytes).is_err() {
            // Without randomness nothing may be issued. WASI's source cannot fail, so this is never reached.
            std::process::abort();
        }
    }
}
