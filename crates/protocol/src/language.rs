//! Language tags, [RFC 5646](https://www.rfc-editor.org/rfc/rfc5646), as far as their form goes.

/// Whether this has the form of a language tag. OpenID Connect lets `locale` have underscores for hyphens.
pub fn is_language_tag(tag: &str) -> bool {
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= 35 && tag.split(['-', '_']).all(is_subtag)
}
