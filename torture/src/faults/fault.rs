//! What can be wrong with storage.

use std::time::Duration;

use crate::watch::Storage;

/// A fault.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    /// The host is told so, in the words of its option `--faults`.
    Told(&'static str, Storage),
    /// Another process writes, for a moment: all others wait.
    Lock,
    /// Another process writes for longer than anybody waits.
    LongLock,
    /// No file can grow, as on a full disk: the system refuses in the middle of what SQLite writes.
    Full,
}

/// All of them: those of the machine first.
const ALL: [Fault; 15] = [
    Fault::Full,
    Fault::Lock,
    Fault::LongLock,
    Fault::Told("sqlite=locked", Storage::Unusable),
    Fault::Told("sqlite=full", Storage::Unusable),
    Fault::Told("sqlite=readonly", Storage::Unusable),
    Fault::Told("sqlite=ioerr", Storage::Unusable),
    Fault::Told("sqlite.writes=locked", Storage::Unwritable),
    Fault::Told("sqlite.writes=full", Storage::Unwritable),
    Fault::Told("sqlite.writes=readonly", Storage::Unwritable),
    Fault::Told("sqlite.writes=ioerr", Storage::Unwritable),
    Fault::Told("sqlite=delay:20ms\nkv=delay:20ms", Storage::Well),
    Fault::Told("kv=down", Storage::Well),
    Fault::Told("kv=down\nsqlite=ioerr", Storage::Unusable),
    Fault::Told("kv=down\nsqlite.writes=full", Storage::Unwritable),
];

impl Fault {
    /// So many, in any order: as many of each kind as of each other, beginning with one of a full disk.
    pub(super) fn some(random: &mut fastrand::Rng, count: u32) -> Vec<Self> {
        let mut faults = Vec::new();
        let count = count as usize;
        while faults.len() < count {
            let [first, rest @ ..] = &mut ALL.clone();
            random.shuffle(rest);
            faults.push(*first);
            faults.extend_from_slice(rest);
        }
        faults.truncate(count);
        faults
    }

    /// What it makes of the storage.
    pub(super) fn storage(self) -> Storage {
        match self {
            Self::Told(_, storage) => storage,
            Self::Lock => Storage::Well,
            Self::LongLock | Self::Full => Storage::Unwritable,
        }
    }

    /// How long it lasts, where others last so long.
    pub(super) fn lasts(self, others: Duration) -> Duration {
        match self {
            // SQLite waits five seconds for a lock.
            Self::LongLock => Duration::from_secs(5) + others,
            Self::Told(..) | Self::Lock | Self::Full => others,
        }
    }
}
