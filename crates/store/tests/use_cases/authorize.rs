//! Judging authorization requests.

use domain::{
    Failure,
    authorize::{Outcome, authorize},
};
use protocol::{
    ErrorCode, Secret, client_metadata::TokenEndpointAuthMethod, params::Params, redirect_uri::RedirectUri,
};

use crate::{
    support::{CHALLENGE, Instance, answer, authorization, furnished, redirect, refusal},
    testing::block_on,
};

fn error(outcome: Outcome) -> String {
    answer(&redirect(outcome), "error").unwrap()
}

#[test]
fn nobody_signed_in_means_login_and_something_new_means_consent() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    assert!(matches!(server.authorize(&app.client, "scope=openid", None), Outcome::Login(_)));
    let ada = server.user("ada@example.org");
    assert!(matches!(server.authorize(&app.client, "scope=openid", Some(&ada)), Outcome::Consent(_)));
    server.code(&app.client, "scope=openid+email", &ada);
    let again = redirect(server.authorize(&app.client, "scope=email", Some(&ada)));
    assert!(answer(&again, "code").is_some(), "what was allowed once is not asked again");
    assert!(matches!(server.authorize(&app.client, "scope=openid+profile", Some(&ada)), Outcome::Consent(_)));
    assert!(matches!(server.authorize(&app.client, "scope=email&prompt=consent", Some(&ada)), Outcome::Consent(_)));
}

#[test]
fn an_answer_has_a_code_the_state_and_the_issuer() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    let location = redirect(server.authorize(&app.client, "scope=openid", Some(&ada)));
    assert!(answer(&location, "code").unwrap().starts_with("sac_"));
    assert_eq!(answer(&location, "state").as_deref(), Some("s"));
    assert_eq!(answer(&location, "iss").as_deref(), Some("https://id.example"));
}

#[test]
fn prompt_none_never_asks_anything() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    assert_eq!(error(server.authorize(&app.client, "prompt=none", None)), "login_required");
    assert_eq!(error(server.authorize(&app.client, "prompt=none", Some(&ada))), "consent_required");
    server.code(&app.client, "scope=openid", &ada);
    let silent = redirect(server.authorize(&app.client, "prompt=none", Some(&ada)));
    assert!(answer(&silent, "code").is_some());
    server.later(100);
    let stale = server.authorize(&app.client, "prompt=none&max_age=99", Some(&ada));
    assert_eq!(error(stale), "login_required");
}

#[test]
fn max_age_asks_for_a_sign_in_that_is_not_older() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    server.later(100);
    assert!(matches!(server.authorize(&app.client, "max_age=100", Some(&ada)), Outcome::Redirect(_)));
    assert!(matches!(server.authorize(&app.client, "max_age=99", Some(&ada)), Outcome::Login(_)));
    assert!(matches!(server.authorize(&app.client, "max_age=0", Some(&ada)), Outcome::Login(_)));
}

#[test]
fn prompt_login_is_answered_by_a_sign_in_of_the_interaction_and_by_no_older_one() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    server.later(100);
    let Outcome::Login(interaction) = server.authorize(&app.client, "prompt=login", Some(&ada)) else { panic!() };
    let params = || interaction.params.clone();
    let skipped = server.resume(params(), Some(interaction.clone()), Some(&ada));
    assert!(matches!(skipped, Outcome::Login(_)), "coming back without signing in changes nothing");
    server.later(10);
    let again = server.sign_in("ada@example.org");
    server.later(10);
    let done = redirect(server.resume(params(), Some(interaction.clone()), Some(&again)));
    assert!(answer(&done, "code").is_some());
    let anew = server.resume(params(), None, Some(&again));
    assert!(matches!(anew, Outcome::Login(_)), "a new request asks again");
}

#[test]
fn a_sign_in_of_the_interaction_satisfies_every_max_age() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    server.later(100);
    let Outcome::Login(interaction) = server.authorize(&app.client, "max_age=0", Some(&ada)) else { panic!() };
    let again = server.sign_in("ada@example.org");
    server.later(10);
    let done = server.resume(interaction.params.clone(), Some(interaction), Some(&again));
    assert!(matches!(done, Outcome::Redirect(_)), "otherwise max_age=0 would never end");
}

#[test]
fn an_interaction_keeps_its_beginning_over_all_its_pages() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let Outcome::Login(begun) = server.authorize(&app.client, "prompt=login", None) else { panic!() };
    server.later(50);
    let again = server.resume(begun.params.clone(), Some(begun.clone()), None);
    let Outcome::Login(resumed) = again else { panic!("{again:?}") };
    assert_eq!(resumed.started_at, begun.started_at);
}

#[test]
fn a_fault_of_the_client_or_its_redirect_uri_is_never_sent_anywhere() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let judge = |query: String| -> Result<Outcome, Failure> {
        block_on(authorize(&server.env(), Params::parse(query.as_bytes())?, None, None))
    };
    let id = &app.client.id;
    let rest = "response_type=code&scope=openid";
    for (query, expected) in [
        (rest.to_owned(), ErrorCode::InvalidRequest),
        (format!("{rest}&client_id=nobody"), ErrorCode::InvalidClient),
        (format!("{rest}&client_id={id}&client_id={id}"), ErrorCode::InvalidRequest),
        (format!("{rest}&client_id={id}&redirect_uri=https://evil.example/cb"), ErrorCode::InvalidRequest),
        (format!("{rest}&client_id={id}&redirect_uri=https://app.example/callback%23x"), ErrorCode::InvalidRequest),
        (format!("{rest}&client_id={id}&redirect_uri=//app.example/callback"), ErrorCode::InvalidRequest),
        (
            format!("{rest}&client_id={id}&redirect_uri={0}&redirect_uri={0}", crate::support::REDIRECT),
            ErrorCode::InvalidRequest,
        ),
    ] {
        assert_eq!(refusal(judge(query.clone())), expected, "{query}");
    }
}

#[test]
fn every_other_fault_is_told_to_the_client_with_state_and_issuer() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    for (more, expected) in [
        ("scope=openid+admin", "invalid_scope"),
        ("request=e30", "invalid_request_object"),
        ("request_uri=urn:x", "request_uri_not_supported"),
        ("nonce=a&nonce=b", "invalid_request"),
        ("prompt=none+login", "invalid_request"),
        ("code_challenge_method=S256", "invalid_request"),
        ("response_mode=fragment", "invalid_request"),
    ] {
        let location = redirect(server.authorize(&app.client, more, None));
        assert_eq!(answer(&location, "error").as_deref(), Some(expected), "{more}");
        assert_eq!(answer(&location, "state").as_deref(), Some("s"), "{more}");
        assert_eq!(answer(&location, "iss").as_deref(), Some("https://id.example"), "{more}");
        assert_eq!(answer(&location, "code"), None, "{more}");
    }
}

#[test]
fn a_public_client_needs_a_challenge() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| metadata.token_endpoint_auth_method = TokenEndpointAuthMethod::None);
    assert_eq!(error(server.authorize(&app.client, "scope=openid", None)), "invalid_request");
    assert!(matches!(server.authorize(&app.client, CHALLENGE, None), Outcome::Login(_)));
}

#[test]
fn the_pkce_setting_decides_about_plain() {
    let file = furnished();
    let server = Instance::with(&file, &[("pkce_methods", "S256")]);
    let app = server.client(|_| {});
    let plain = format!("code_challenge={}&code_challenge_method=plain", "a".repeat(43));
    assert_eq!(error(server.authorize(&app.client, &plain, None)), "invalid_request");
    assert!(matches!(server.authorize(&app.client, CHALLENGE, None), Outcome::Login(_)));
}

#[test]
fn the_only_registered_redirect_uri_need_not_be_sent() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    let one = server.client(|_| {});
    let two = server.client(|metadata| metadata.redirect_uris.push(RedirectUri::parse("https://b.example/").unwrap()));
    let query = |id: &str| Params::parse(format!("client_id={id}&response_type=code").as_bytes()).unwrap();
    assert!(matches!(server.resume(query(&one.client.id), None, Some(&ada)), Outcome::Consent(_)));
    let judged = block_on(authorize(&server.env(), query(&two.client.id), None, None));
    assert_eq!(refusal(judged), ErrorCode::InvalidRequest);
}

#[test]
fn a_cookie_that_is_not_ours_or_has_expired_signs_nobody_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let cut = Secret::new(&ada.expose()[..ada.expose().len() - 2]);
    for junk in [Secret::new(""), Secret::new("x.y.z"), cut] {
        assert!(matches!(server.authorize(&app.client, "scope=openid", Some(&junk)), Outcome::Login(_)));
    }
    server.later(86_400);
    let late = server.resume(authorization(&app.client, "scope=openid"), None, Some(&ada));
    assert!(matches!(late, Outcome::Login(_)));
}
