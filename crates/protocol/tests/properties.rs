//! What holds of redirect URIs and scopes whatever is registered and asked for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::select};
use spin_auth_protocol::{
    client_metadata::ClientMetadata,
    redirect_uri::{RedirectUri, VerifiedRedirect},
    scope::Scope,
};

const LOOPBACK: [&str; 3] = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

/// What an attacker or a typing error puts into a URI.
const INSERTED: [&str; 22] = [
    "",
    "@evil.example",
    "\\",
    "/..",
    "%2f",
    "%2e",
    ".",
    "//evil.example",
    "#x",
    "?x=y",
    "&code=z",
    "*",
    "\t",
    "\n",
    " ",
    ":443",
    ":1",
    ":65536",
    ":",
    "u:p@",
    "evil.",
    "\u{ff0e}",
];

/// A URI that can be registered.
fn uri() -> impl Strategy<Value = String> {
    let port = || prop_oneof![Just(String::new()), any::<u16>().prop_map(|port| format!(":{port}"))];
    let web = ("https://[a-z][a-z0-9-]{0,8}\\.[a-z]{2,5}", port()).prop_map(|(host, port)| host + &port);
    let loopback = (select(&LOOPBACK[..]), port()).prop_map(|(host, port)| format!("{host}{port}"));
    let private = "[a-z]{2,5}\\.[a-z]{2,8}:";
    // No parameter of the answer, such as iss: it could not be registered.
    let path = "/[a-zA-Z0-9_~-]{0,12}(\\?q[a-z]{2}=[a-z0-9]{0,5})?";
    (prop_oneof![web.boxed(), loopback.boxed(), private.boxed()], path).prop_map(|(origin, path)| origin + &path)
}

/// This URI, or something like it.
fn alike(uri: String) -> impl Strategy<Value = String> {
    (0..uri.len(), 0..uri.len(), select(&INSERTED[..]), 0_u32..70_000, 0..5_u8).prop_map(
        move |(one, other, text, port, how)| {
            let (start, rest) = uri.split_at(one);
            match how {
                0 => uri.clone(),
                1 => format!("{start}{text}{rest}"),
                2 => uri.split_at(one.min(other)).0.to_owned() + uri.split_at(one.max(other)).1,
                3 => start.to_owned() + &rest.chars().map(swap_case).collect::<String>(),
                _ => with_port(&uri, port),
            }
        },
    )
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}

/// Another port, as a native application has one each time.
fn with_port(uri: &str, port: u32) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => host,
        _ => host,
    };
    format!("{scheme}://{host}:{port}{path}")
}

/// What a loopback URI says beside its port; `None` for every other URI. By hand: the code under test has a parser.
fn beside_port(uri: &str) -> Option<(&'static str, &str)> {
    let (start, mut rest) = LOOPBACK.into_iter().find_map(|start| Some((start, uri.strip_prefix(start)?)))?;
    if let Some(after) = rest.strip_prefix(':') {
        let (port, path) = after.split_at(after.bytes().take_while(u8::is_ascii_digit).count());
        if !port.is_empty() && port.parse::<u16>().is_err() {
            return None;
        }
        rest = path;
    }
    let is_plain = rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"#\\<>\"^`{|}".contains(&byte));
    (is_plain && (rest.is_empty() || rest.starts_with(['/', '?']))).then_some((start, rest))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_redirect_goes_to_the_registered_uri_and_only_the_port_of_a_loopback_uri_may_differ(
        (registered, requested) in uri().prop_flat_map(|uri| (Just(uri.clone()), alike(uri))),
    ) {
        let known = [RedirectUri::parse(&registered).unwrap()];
        let verified = VerifiedRedirect::verify(Some(&requested), &known);
        let is_same = requested == registered
            || beside_port(&registered).is_some_and(|known| beside_port(&requested) == Some(known));
        prop_assert_eq!(verified.is_some(), is_same, "{} for {}", &requested, &registered);
        prop_assert_eq!(VerifiedRedirect::verify_exactly(&requested, &known).is_some(), requested == registered);
    }

    #[test]
    fn an_answer_begins_with_the_registered_uri_and_adds_nothing_but_its_parameters(
        uri in uri(),
        code in ".{0,20}",
        state in ".{0,20}",
    ) {
        let verified = VerifiedRedirect::verify(Some(&uri), &[RedirectUri::parse(&uri).unwrap()]).unwrap();
        let answer = verified.with_query(&[("code", &code), ("state", &state)]);
        let query = answer.strip_prefix(&uri).unwrap().trim_start_matches(['?', '&']);
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        prop_assert_eq!(pairs, [("code".to_owned(), code), ("state".to_owned(), state)]);
        prop_assert!(answer.bytes().all(|byte| byte.is_ascii_graphic()), "{}", answer);
    }

    #[test]
    fn without_a_uri_in_the_request_only_a_sole_one_is_gone_to(uris in vec(uri(), 0..4)) {
        let known: Vec<_> = uris.iter().map(|uri| RedirectUri::parse(uri).unwrap()).collect();
        match (VerifiedRedirect::verify(None, &known), known.as_slice()) {
            (verified, [only]) => prop_assert!(verified.is_some_and(|verified| verified.as_str() == only.as_str())),
            (verified, _) => prop_assert!(verified.is_none()),
        }
    }

    #[test]
    fn a_scope_is_narrowed_to_a_subset_and_stays_within_all_that_it_came_from(
        registered in vec(token(), 1..8),
        asked in vec(vec(token(), 1..6), 1..5),
    ) {
        let set = |tokens: &[String]| tokens.iter().cloned().collect::<BTreeSet<_>>();
        let mut current = Scope::parse(&registered.join(" ")).unwrap();
        let mut wider = vec![set(&registered)];
        for asked in asked {
            let client = ClientMetadata { scope: current.clone(), ..ClientMetadata::default() };
            let narrowed = client.narrow(&asked.join(" "));
            prop_assert_eq!(narrowed.is_ok(), set(&asked).is_subset(wider.last().unwrap()));
            let Ok(narrowed) = narrowed else { continue };
            let now: BTreeSet<String> = narrowed.iter().map(str::to_owned).collect();
            prop_assert_eq!(&now, &set(&asked), "neither more nor less than was asked for");
            prop_assert!(wider.iter().all(|earlier| now.is_subset(earlier)));
            prop_assert!(narrowed.is_within(&current));
            wider.push(now);
            current = narrowed;
        }
    }

    #[test]
    fn any_text_is_a_scope_by_the_grammar_alone(text in "[ -~é]{0,20}") {
        let is_char = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        let is_token = |word: &str| !word.is_empty() && word.bytes().all(is_char);
        prop_assert_eq!(Scope::parse(&text).is_ok(), text.split(' ').all(is_token));
    }
}

/// Few of them, so that sets meet, and some that begin alike.
fn token() -> impl Strategy<Value = String> {
    select(vec!["openid", "email", "email:read", "api", "api:read", "api:write", "a"]).prop_map(str::to_owned)
}
