//! Language tags, [RFC 5646](https://www.rfc-editor.org/rfc/rfc5646), as far as their form goes, and the languages of the
//! pages.

use std::cmp::Reverse;

/// Whether this has the form of a language tag. OpenID Connect lets `locale` have underscores for hyphens.
pub fn is_language_tag(tag: &str) -> bool {
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    tag.len() <= 35 && tag.split(['-', '_']).all(is_subtag)
}

/// A language that the pages have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    En,
    /// German.
    De,
    /// Arabic.
    Ar,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::En, Self::De, Self::Ar];

    /// Its language tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Ar => "ar",
        }
    }

    /// Which way it is written, as HTML's `dir` says it.
    pub fn direction(self) -> &'static str {
        match self {
            Self::En | Self::De => "ltr",
            Self::Ar => "rtl",
        }
    }

    /// The language with this tag.
    pub fn parse(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(tag))
    }

    /// The language that a tag leads to: `de-AT` leads to German
    /// ([RFC 4647 §3.4](https://www.rfc-editor.org/rfc/rfc4647#section-3.4)).
    fn lookup(tag: &str) -> Option<Self> {
        Self::parse(tag.split('-').next().unwrap_or_default())
    }

    /// The first language of a parameter `ui_locales` that there is.
    ///
    /// > End-User's preferred languages and scripts for the user interface, represented as a space-separated list of BCP47
    /// > \[RFC5646\] language tag values, ordered by preference. […] An error SHOULD NOT result if some or all of the requested
    /// > locales are not supported by the OpenID Provider.
    /// > ([OIDC Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest))
    pub fn of_ui_locales(ui_locales: &str) -> Option<Self> {
        ui_locales.split_whitespace().find_map(Self::lookup)
    }

    /// The language that a field `Accept-Language` likes best, if there is one that it accepts
    /// ([RFC 9110 §12.5.4](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4)). `default` is what `*` means.
    ///
    /// > A value of 0 means "not acceptable". (§12.4.2)
    pub fn of_accept_language(field: &str, default: Self) -> Option<Self> {
        let mut ranges: Vec<(&str, u16)> = field.split(',').filter_map(range).collect();
        ranges.sort_by_key(|(_, weight)| Reverse(*weight));
        let is_refused =
            |language: &Self| ranges.iter().any(|(tag, weight)| *weight == 0 && Self::parse(tag) == Some(*language));
        let candidates = ranges.iter().take_while(|(_, weight)| *weight > 0).flat_map(|(tag, _)| match *tag {
            "*" => [Some(default)].into_iter().chain(Self::ALL.map(Some)).collect(),
            tag => vec![Self::lookup(tag)],
        });
        candidates.flatten().find(|language| !is_refused(language))
    }
}

/// A language range and its weight in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let (tag, parameter) = text.split_once(';').map_or((text, None), |(tag, parameter)| (tag, Some(parameter)));
    let weight = match parameter {
        None => 1000,
        Some(parameter) => weight(parameter.trim().strip_prefix(['q', 'Q'])?.strip_prefix('=')?)?,
    };
    Some((tag.trim(), weight))
}

/// > qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
/// > ([RFC 9110 §12.4.2](https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2))
fn weight(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let thousandths: u16 = format!("{rest:0<3}").parse().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(field: &str) -> Option<Language> {
        Language::of_accept_language(field, Language::En)
    }

    #[test]
    fn the_first_of_ui_locales_that_there_is_wins() {
        assert_eq!(Language::of_ui_locales("fr-CA de-AT en"), Some(Language::De));
        assert_eq!(Language::of_ui_locales("AR"), Some(Language::Ar));
        assert_eq!(Language::of_ui_locales("fr deutsch"), None);
        assert_eq!(Language::of_ui_locales(""), None);
    }

    #[test]
    fn the_greatest_weight_wins_and_among_equals_the_first() {
        assert_eq!(accepted("en;q=0.5, de;q=0.7, ar;q=0.6"), Some(Language::De));
        assert_eq!(accepted("fr, ar-EG;q=0.9, de;q=0.8"), Some(Language::Ar));
        assert_eq!(accepted("de, en"), Some(Language::De));
        assert_eq!(accepted("fr"), None);
    }

    #[test]
    fn a_weight_of_zero_refuses() {
        assert_eq!(accepted("de;q=0"), None);
        assert_eq!(accepted("de;q=0, de-AT"), None);
        assert_eq!(accepted("en;q=0.000, *;q=0.1"), Some(Language::De));
        assert_eq!(accepted("*"), Some(Language::En));
        assert_eq!(Language::of_accept_language("*", Language::Ar), Some(Language::Ar));
    }

    #[test]
    fn what_is_no_range_is_passed_over() {
        assert_eq!(accepted("de;q=2, ar;q=0.1"), Some(Language::Ar));
        assert_eq!(accepted("de;q=0.1234, ;;, ar;q=, en;level=1"), None);
        assert_eq!(accepted("de ; q=1.0"), Some(Language::De));
    }
}
