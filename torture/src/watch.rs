//! What is known of the server while it is used.

use std::cell::Cell;

use driver::{Answer, App, client::Unexpected};
use http::header;

/// What the storage of the server is like.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Storage {
    /// Everything is served.
    Well,
    /// Nothing can be written.
    Unwritable,
    /// Nothing can be read or written.
    Unusable,
    /// It changes, or nobody knows.
    Uncertain,
    /// The host is being killed: answers may be lost.
    Gone,
}

/// What an act needs of the storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Need {
    /// It may be answered without.
    Little,
    /// It reads.
    Reading,
    /// It writes.
    Writing,
}

/// A moment, to be asked later what has changed since.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    changes: u32,
    storage: Storage,
}

/// What those who use the server share.
pub(crate) struct Watch {
    /// Introspects what others have.
    pub(crate) watcher: App,
    now: Cell<Moment>,
    is_over: Cell<bool>,
}

impl Storage {
    /// Whether nothing may be acknowledged that needs this.
    pub(crate) fn forbids(self, need: Need) -> bool {
        match self {
            Self::Unwritable => need == Need::Writing,
            Self::Unusable => need != Need::Little,
            Self::Well | Self::Uncertain | Self::Gone => false,
        }
    }

    /// Whether what needs this must be served.
    pub(crate) fn grants(self, need: Need) -> bool {
        match self {
            Self::Well => true,
            Self::Unwritable => need != Need::Writing,
            Self::Unusable | Self::Uncertain | Self::Gone => false,
        }
    }
}

impl Watch {
    /// All is well.
    pub(crate) fn new(watcher: App) -> Self {
        Self { watcher, now: Cell::new(Moment { changes: 0, storage: Storage::Well }), is_over: Cell::new(false) }
    }

    /// From now on the storage is so.
    pub(crate) fn set(&self, storage: Storage) {
        self.now.set(Moment { changes: self.now.get().changes + 1, storage });
    }

    /// Now.
    pub(crate) fn now(&self) -> Moment {
        self.now.get()
    }

    /// What the storage was like all the time since.
    pub(crate) fn since(&self, began: Moment) -> Storage {
        match self.now.get() {
            now if now == began => now.storage,
            _ => Storage::Uncertain,
        }
    }

    /// Whether the host is being killed.
    pub(crate) fn is_gone(&self) -> bool {
        self.now.get().storage == Storage::Gone
    }

    /// Whether nobody is to begin anything more.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.get()
    }

    /// Has everybody end what they are at, or begin again.
    pub(crate) fn end(&self, is_over: bool) {
        self.is_over.set(is_over);
    }
}

/// The answer that this failure is about, if it is about one.
pub(crate) fn answer(failure: &anyhow::Error) -> Option<&Answer> {
    failure.downcast_ref::<Unexpected>().map(|unexpected| &unexpected.answer)
}

/// Whether this is how the server answers while its storage fails: 503, when to come again, and nothing of the reason.
pub(crate) fn is_unavailable(answer: &Answer) -> bool {
    let field = |name| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let text = answer.text();
    let is_told = match field(header::CONTENT_TYPE) {
        "application/json" => answer.member("error").is_ok_and(|error| error == "temporarily_unavailable"),
        html => html.starts_with("text/html") && text.contains("<html lang="),
    };
    let reasons = ["database", "disk", "SQL", "sqlite", "faults"];
    answer.status == 503
        && !field(header::RETRY_AFTER).is_empty()
        && is_told
        && reasons.iter().all(|reason| !text.contains(reason))
}
