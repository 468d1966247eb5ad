use http::Method;

use super::*;
use crate::testing::{bare, body, field, settings};

const SCRIPT: &str = "<script>alert('x')</script>";

fn policy(response: &Response) -> Vec<&str> {
    field(response, header::CONTENT_SECURITY_POLICY).unwrap().split(';').map(str::trim).collect()
}

fn shown(changes: &[(&'static str, &str)], form_target: Option<&str>) -> Response {
    let settings = settings(changes);
    let layout = Layout::new(&settings, &bare(Method::GET, &[])).unwrap();
    let template =
        Message { layout: &layout, title: SCRIPT, text: SCRIPT, detail: Some((SCRIPT, SCRIPT)), onward: None };
    page(StatusCode::OK, &layout, &template, form_target).unwrap()
}

#[test]
fn the_policy_allows_nothing_but_the_style_of_the_page() {
    let response = shown(&[], None);
    let (_, rest) = body(&response).split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let hash = STANDARD.encode(Sha256::digest(style));
    assert_eq!(
        policy(&response),
        [
            "default-src 'none'",
            &format!("style-src 'sha256-{hash}'"),
            "img-src 'none'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'"
        ]
    );
    assert_eq!(field(&response, header::X_FRAME_OPTIONS), Some("DENY"));
}

#[test]
fn the_page_that_sends_itself_allows_its_one_script_by_hash_and_its_one_target() {
    let settings = settings(&[]);
    let layout = Layout::new(&settings, &bare(Method::GET, &[])).unwrap();
    let template = Message { layout: &layout, title: SCRIPT, text: SCRIPT, detail: None, onward: None };
    let response = self_submitting_page(StatusCode::OK, &layout, &template, "https://app.example").unwrap();
    let policy = policy(&response);
    let hash = STANDARD.encode(Sha256::digest("document.forms[0].submit()"));
    assert!(policy.contains(&&*format!("script-src 'sha256-{hash}'")), "{policy:?}");
    assert!(policy.contains(&"form-action https://app.example"), "{policy:?}");
}

#[test]
fn a_form_may_lead_to_the_one_place_where_its_answer_goes() {
    assert!(policy(&shown(&[], Some("https://app.example"))).contains(&"form-action 'self' https://app.example"));
}

#[test]
fn a_logo_is_the_only_picture() {
    let response = shown(&[("brand_logo_uri", "https://cdn.example/logo.svg")], None);
    assert!(policy(&response).contains(&"img-src https://cdn.example/logo.svg"));
    assert!(body(&response).contains(r#"src="https://cdn.example/logo.svg""#));
}

#[test]
fn what_others_wrote_is_text() {
    let response = shown(&[("brand_name", SCRIPT)], None);
    assert!(
        !body(&response).contains("<script") && body(&response).contains("&#60;script&#62;"),
        "{}",
        body(&response)
    );
}

#[test]
fn links_start_with_the_path_of_the_issuer() {
    let response = shown(&[("issuer", "https://id.example/tenant")], None);
    assert!(body(&response).contains(r#"href="/tenant/""#));
}

#[test]
fn a_policy_that_no_header_can_have_is_an_error_and_no_panic() {
    let settings = settings(&[]);
    let layout = Layout::new(&settings, &bare(Method::GET, &[])).unwrap();
    let template = Message { layout: &layout, title: "", text: "", detail: None, onward: None };
    assert!(page(StatusCode::OK, &layout, &template, Some("https://a\nb")).is_err());
}

#[test]
fn where_even_the_layout_fails_the_reference_is_still_told() {
    let settings = settings(&[("brand_color", "red")]);
    let failed = Failure::from(domain::Failure::Internal("x".to_owned()));
    let response = failure(&settings, &bare(Method::GET, &[]), &failed, &|| "r-42".to_owned());
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(field(&response, header::CONTENT_TYPE), Some("text/plain; charset=utf-8"));
    assert!(body(&response).contains("r-42"));
}

#[test]
fn help_terms_and_privacy_are_at_the_foot_where_the_operator_has_them() {
    assert!(!body(&shown(&[], None)).contains("<footer"));
    let response =
        shown(&[("terms_uri", "https://id.example/terms"), ("privacy_uri", "https://id.example/privacy")], None);
    let (_, footer) = body(&response).split_once("<footer").unwrap();
    assert!(footer.contains(r#"<a href="https://id.example/terms">Terms of service</a>"#), "{footer}");
    assert!(footer.contains(r#"<a href="https://id.example/privacy">Privacy policy</a>"#) && !footer.contains("Help"));
}
