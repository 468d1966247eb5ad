use http::{HeaderName, StatusCode, header};
use protocol::{Error, ErrorCode};

use crate::{
    Failure, Response, page,
    testing::{bare, body, field, settings},
};

use super::*;

const TEMPLATES: [(&str, &str); 27] = [
    ("account", include_str!("../../templates/account.html")),
    ("account_nav", include_str!("../../templates/account_nav.html")),
    ("application", include_str!("../../templates/application.html")),
    ("application_logo", include_str!("../../templates/application_logo.html")),
    ("base", include_str!("../../templates/base.html")),
    ("consent", include_str!("../../templates/consent.html")),
    ("consent_answered", include_str!("../../templates/consent_answered.html")),
    ("delete_account", include_str!("../../templates/delete_account.html")),
    ("device", include_str!("../../templates/device.html")),
    ("device_confirm", include_str!("../../templates/device_confirm.html")),
    ("email", include_str!("../../templates/email.html")),
    ("factors", include_str!("../../templates/factors.html")),
    ("factors_totp", include_str!("../../templates/factors_totp.html")),
    ("forgot", include_str!("../../templates/forgot.html")),
    ("form_post", include_str!("../../templates/form_post.html")),
    ("home", include_str!("../../templates/home.html")),
    ("login", include_str!("../../templates/login.html")),
    ("logout", include_str!("../../templates/logout.html")),
    ("message", include_str!("../../templates/message.html")),
    ("passkey_form", include_str!("../../templates/passkey_form.html")),
    ("password", include_str!("../../templates/password.html")),
    ("profile", include_str!("../../templates/profile.html")),
    ("recovery_codes", include_str!("../../templates/recovery_codes.html")),
    ("reset", include_str!("../../templates/reset.html")),
    ("second_factor", include_str!("../../templates/second_factor.html")),
    ("signup", include_str!("../../templates/signup.html")),
    ("verify", include_str!("../../templates/verify.html")),
];

/// What is left of a template between these marks.
fn outside<'a>(text: &'a str, open: &'a str, close: &'a str) -> String {
    let mut parts = text.split(open);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + " " + part.split_once(close).map_or("", |(_, rest)| rest))
}

fn get(query: &str, accepted: &str) -> Request {
    let headers: &[(HeaderName, &str)] = &[(header::ACCEPT_LANGUAGE, accepted)];
    let headers = if accepted.is_empty() { &[] } else { headers };
    Request { query: query.to_owned(), ..bare(Method::GET, headers) }
}

fn chosen(query: &str, accepted: &str, default: &str) -> Language {
    language(&settings(&[("default_language", default)]), &get(query, accepted)).unwrap()
}

fn refusal(query: &str, code: ErrorCode) -> Response {
    let failure = Failure::from(Error::new(code, "The redirect_uri is wrong."));
    page::failure(&settings(&[]), &get(query, ""), &failure, &|| "r-42".to_owned())
}

#[test]
fn no_template_has_words_of_its_own() {
    for (name, template) in TEMPLATES {
        let markup = outside(&outside(template, "{%", "%}"), "{{", "}}");
        let text = outside(&markup, "<", ">");
        assert!(!text.contains(char::is_alphabetic), "{name}: {text}");
        for label in ["aria-label=\"", "alt=\"", "placeholder=\"", "title=\""] {
            let worded = markup.split(label).skip(1).any(|rest| rest.starts_with(char::is_alphabetic));
            assert!(!worded, "{name}: {label}");
        }
    }
}

#[test]
fn the_list_of_templates_is_whole() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter_map(|file| file.strip_suffix(".html").map(str::to_owned)).collect();
    names.sort();
    assert_eq!(names, TEMPLATES.map(|(name, _)| name));
}

#[test]
fn the_style_knows_no_left_and_no_right() {
    let style = include_str!("../../templates/style.css");
    assert!(!style.contains("left") && !style.contains("right"));
}

#[test]
fn what_the_application_asks_for_wins_over_the_browser_and_that_over_the_setting() {
    assert_eq!(chosen("ui_locales=fr+ar", "de", "en"), Language::Ar);
    assert_eq!(chosen("ui_locales=fr", "de", "en"), Language::De);
    assert_eq!(chosen("", "fr;q=0.9, de;q=0.8", "en"), Language::De);
    assert_eq!(chosen("", "fr", "ar"), Language::Ar);
    assert_eq!(chosen("", "", "de"), Language::De);
}

#[test]
fn a_broken_query_does_not_keep_a_page_from_being_shown() {
    assert_eq!(chosen("ui_locales=%ff", "de", "en"), Language::De);
    assert_eq!(chosen("interaction=AAAA", "de", "en"), Language::De);
}

#[test]
fn a_page_says_in_which_language_it_is_and_which_way_it_is_written() {
    for (tag, direction, title) in
        [("en", "ltr", "This did not work"), ("de", "ltr", "Das hat nicht geklappt"), ("ar", "rtl", "لم تنجح العملية")]
    {
        let response = refusal(&format!("ui_locales={tag}"), ErrorCode::InvalidRequest);
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(field(&response, header::CONTENT_LANGUAGE), Some(tag));
        assert_eq!(field(&response, header::VARY), Some("accept-language"));
        assert!(body(&response).contains(&format!(r#"<html lang="{tag}" dir="{direction}">"#)));
        assert!(body(&response).contains(title));
    }
}

#[test]
fn the_description_for_developers_stays_english_and_is_marked_so() {
    let page = refusal("ui_locales=ar", ErrorCode::UnauthorizedClient);
    assert!(body(&page).contains(r#"<bdi lang="en" dir="ltr">The redirect_uri is wrong.</bdi>"#));
    assert!(body(&page).contains("طلب التطبيق شيئًا غير مسموح له به."));
}

#[test]
fn numbers_have_the_form_of_their_language() {
    let left = |language, left| (factors::TEXTS.of(language).codes_left)(left);
    assert_eq!(left(Language::En, 1), "You have one recovery code left.");
    assert_eq!(left(Language::De, 2), "Sie haben noch 2 Wiederherstellungscodes.");
    assert_eq!(left(Language::Ar, 2), "بقي لديك رمزا استرداد.");
    assert_eq!(left(Language::Ar, 3), "بقي لديك 3 رموز استرداد.");
    assert_eq!(left(Language::Ar, 11), "بقي لديك 11 رمز استرداد.");
}

#[test]
fn a_component_with_pages_is_given_what_every_page_reads() {
    let manifest = include_str!("../../../../spin.toml");
    let grants = manifest.split("\n[").filter(|section| section.contains("brand_name = \"{{"));
    // Which has no pages, and names this server in the mails that it sends.
    let grants = grants.filter(|section| !section.starts_with("component.outbound."));
    for section in grants {
        for name in ["default_language", "brand_logo_uri", "brand_color", "support_uri", "terms_uri", "privacy_uri"] {
            assert!(section.contains(&format!("\n{name} = \"{{{{ {name} }}}}\"")), "{name}: {section}");
        }
    }
}
