//! The browsers that a user is signed in with.

use protocol::Timestamp;

use crate::{Env, Failure, Id, StorageError, session::SignedIn};

/// A browser that a user is signed in with: a session.
#[derive(Debug)]
pub struct Device {
    /// The session.
    pub session: Id,
    /// What the browser said that it is, such as `Firefox, Linux`; empty where it said nothing that is known here.
    pub name: String,
    /// When the user signed in.
    pub signed_in_at: Timestamp,
    /// When an application last got something in the session; no earlier than the sign-in.
    pub last_used_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// Storage of what the page of devices shows.
pub trait Devices {
    /// The live sessions of this user, of which this one asks: it first, then the newest, 100 at most.
    async fn devices(&self, user: Id, this: Id, now: Timestamp) -> Result<Vec<Device>, StorageError>;
}

/// The browsers that a user is signed in with.
pub async fn devices<S: Devices>(env: &Env<'_, S>, user: &SignedIn) -> Result<Vec<Device>, Failure> {
    Ok(env.store.devices(user.user.id, user.session.id, env.now).await?)
}

/// What a browser says that it is, in words that a person knows it by. Nothing else of the field is kept.
pub(crate) fn name(user_agent: &str) -> String {
    // The first that fits: most browsers also say that they are others.
    const BROWSERS: [(&str, &str); 10] = [
        ("EdgA/", "Edge"),
        ("EdgiOS/", "Edge"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("FxiOS/", "Firefox"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let found = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map_or("", |(_, name)| *name)
    };
    let names = [found(&BROWSERS), found(&SYSTEMS)].into_iter().filter(|name| !name.is_empty());
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_as_people_know_it() {
        for (user_agent, known_as) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 \
                 Edg/142.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 \
                 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0 \
                 Mobile/15E148 Safari/604.1",
                "Chrome, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            ("curl/8.14.1", ""),
            ("", ""),
        ] {
            assert_eq!(name(user_agent), known_as);
        }
    }
}
