//! Scopes: what is read keeps to the grammar, is written as it was read, and never grows by being narrowed.

use protocol::{client_metadata::ClientMetadata, scope::Scope};

fn parse(text: &str) -> Option<Scope> {
    let scope = Scope::parse(text).ok()?;
    assert!(text.bytes().all(|byte| matches!(byte, b' ' | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)), "{text:?}");
    let tokens: Vec<_> = scope.iter().collect();
    assert!(!tokens.is_empty() && tokens.iter().all(|token| text.split(' ').any(|word| word == *token)));
    assert!(text.split(' ').all(|word| scope.contains(word)), "nothing is lost");
    assert!(tokens.iter().enumerate().all(|(at, token)| !tokens[..at].contains(token)), "nothing is there twice");
    assert_eq!(Scope::parse(&scope.to_string()), Ok(scope.clone()));
    assert!(scope.is_within(&scope));
    Some(scope)
}

pub(crate) fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let Some(registered) = lines.next().and_then(parse) else { return };
    let client = ClientMetadata { scope: registered.clone(), ..ClientMetadata::default() };
    let mut wider = registered;
    // Each line asks for some of what the one before was given.
    for line in lines {
        let Some(asked) = parse(line) else {
            assert!(client.narrow(line).is_err());
            continue;
        };
        let narrowed = ClientMetadata { scope: wider.clone(), ..ClientMetadata::default() }.narrow(line);
        assert_eq!(narrowed.is_ok(), asked.iter().all(|token| wider.contains(token)));
        if let Ok(narrowed) = narrowed {
            assert_eq!(narrowed, asked);
            assert!(narrowed.is_within(&wider) && narrowed.is_within(&client.scope), "narrowing is transitive");
            wider = narrowed;
        }
    }
}
