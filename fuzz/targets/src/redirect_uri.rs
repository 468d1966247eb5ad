//! Redirect URIs: what is registered means the same to a browser, and what is not the registered one is not redirected to.
//! The lines are the registered URI, the requested one and a value of the answer.

use protocol::redirect_uri::{RedirectUri, VerifiedRedirect};
use url::Url;

/// Where a browser goes: the parser that it has.
fn browser(uri: &str) -> Option<Url> {
    Url::parse(uri).ok()
}

fn is_loopback(url: &Url) -> bool {
    url.scheme() == "http" && matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let (registered, requested) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let Ok(uri) = RedirectUri::parse(registered) else { return };
    assert_eq!((uri.as_str(), RedirectUri::parse(uri.as_str()).as_ref()), (registered, Ok(&uri)));
    assert!(registered.bytes().all(|byte| (0x21..0x7f).contains(&byte) && !b"\\<>\"^`{|}#".contains(&byte)));
    let read = browser(registered);
    if let Some(url) = &read {
        let scheme = url.scheme();
        assert!(scheme == "https" || is_loopback(url) || scheme.contains('.'), "{registered}");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
        if !uri.is_private() && !uri.host().starts_with('[') && !looks_like_an_address(&uri.host()) {
            assert_eq!(url.host_str(), Some(uri.host().as_str()), "a browser goes to another host");
        }
    }
    let registered_list = [uri];
    assert!(VerifiedRedirect::verify(Some(registered), &registered_list).is_some());
    let exactly = VerifiedRedirect::verify_exactly(requested, &registered_list);
    assert_eq!(exactly.is_some(), requested == registered);
    let Some(verified) = VerifiedRedirect::verify(Some(requested), &registered_list) else { return };
    assert_eq!(verified.as_str(), requested);
    if requested != registered {
        let (mut one, mut other) = (browser(registered).unwrap(), browser(requested).unwrap());
        assert!(is_loopback(&one) && is_loopback(&other), "{registered} admits {requested}");
        one.set_port(None).unwrap();
        other.set_port(None).unwrap();
        assert_eq!(one, other, "only the port may differ");
    }
    let answer = verified.with_query(&[("code", lines.next().unwrap_or_default()), ("state", requested)]);
    assert!(answer.starts_with(requested) && answer.bytes().all(|byte| (0x21..0x7f).contains(&byte)));
    if let (Some(before), Some(after)) = (browser(requested), browser(&answer)) {
        assert_eq!(
            (before.scheme(), before.host(), before.port(), before.path()),
            (after.scheme(), after.host(), after.port(), after.path())
        );
        let codes = after.query_pairs().filter(|(name, _)| name == "code").count();
        assert_eq!(codes, 1, "{answer}");
    }
}

/// A browser takes `0x7f.1` for an address; here it is a name, which is compared as a text all the same.
fn looks_like_an_address(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x")
}
