//! Sign-out: when the user is asked, and where the browser goes.

use domain::{
    logout::{Ending, Question, Step, judge, logout, open_request, seal_request},
    session::current,
};
use protocol::{ErrorCode, Secret, client_metadata::SigningAlgorithm, params::Params, redirect_uri::RedirectUri};

use crate::{
    support::{App, Instance, furnished, refusal},
    testing::block_on,
};

const BYE: &str = "https://app.example/bye?from=us";

fn query(pairs: &[(&str, &str)]) -> String {
    pairs.iter().copied().collect::<Params>().encode()
}

fn step(server: &Instance, query: &str, cookie: Option<&Secret>) -> Step {
    let params = Params::parse(query.as_bytes()).unwrap();
    block_on(judge(&server.env(), &params, cookie.map(Secret::expose))).unwrap()
}

fn end(server: &Instance, ending: Ending, cookie: Option<&Secret>) -> Option<String> {
    block_on(logout(&server.env(), ending, cookie.map(Secret::expose))).unwrap().location
}

/// Signs out, saying yes where asked; answers where the browser goes.
pub(crate) fn sign_out(server: &Instance, query: &str, cookie: Option<&Secret>) -> Option<String> {
    let ending = match step(server, query, cookie) {
        Step::Ask(question) => question.confirmed(),
        Step::End(ending) => ending,
    };
    end(server, ending, cookie)
}

/// Where the browser goes at once, and that it does.
#[track_caller]
fn at_once(server: &Instance, query: &str, cookie: Option<&Secret>) -> Option<String> {
    match step(server, query, cookie) {
        Step::End(ending) => end(server, ending, cookie),
        Step::Ask(_) => panic!("the user was asked"),
    }
}

#[track_caller]
fn asked(server: &Instance, query: &str, cookie: &Secret) -> Question {
    match step(server, query, Some(cookie)) {
        Step::Ask(question) => *question,
        Step::End(_) => panic!("nobody was asked"),
    }
}

fn is_signed_in(server: &Instance, cookie: &Secret) -> bool {
    block_on(current(&server.env(), Some(cookie.expose()))).unwrap().is_some()
}

fn app(server: &Instance) -> App {
    server.client(|metadata| metadata.post_logout_redirect_uris = vec![RedirectUri::parse(BYE).unwrap()])
}

fn hint(server: &Instance, app: &App, cookie: &Secret) -> String {
    server.tokens(app, "openid", cookie).id_token.unwrap()
}

#[test]
fn a_hint_of_this_session_signs_out_at_once_and_leads_back_with_the_state() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (app(&server), server.user("ada@example.org"));
    let hint = hint(&server, &app, &ada);
    let request = query(&[
        ("id_token_hint", &hint),
        ("client_id", &app.client.id),
        ("post_logout_redirect_uri", BYE),
        ("state", "a&b"),
        ("logout_hint", "somebody"),
        ("ui_locales", "de en"),
    ]);
    let went = at_once(&server, &request, Some(&ada));
    assert_eq!(went.as_deref(), Some("https://app.example/bye?from=us&state=a%26b"));
    assert!(!is_signed_in(&server, &ada));
    assert_eq!(at_once(&server, &request, Some(&ada)), went, "once more, with nobody signed in");
    assert_eq!(at_once(&server, &request, None), went);
}

#[test]
fn without_a_state_the_uri_is_the_registered_one() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (app(&server), server.user("ada@example.org"));
    let hint = hint(&server, &app, &ada);
    let request = query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
    assert_eq!(at_once(&server, &request, Some(&ada)).as_deref(), Some(BYE));
}

#[test]
fn a_hint_that_has_expired_and_one_of_an_earlier_session_of_the_user_are_good() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (app(&server), server.user("ada@example.org"));
    let hint = hint(&server, &app, &ada);
    let request = query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
    server.later(86_000);
    let again = server.sign_in("ada@example.org");
    assert_eq!(at_once(&server, &request, Some(&again)).as_deref(), Some(BYE));
    assert!(!is_signed_in(&server, &again) && is_signed_in(&server, &ada), "the session of this browser ends");
}

#[test]
fn a_hint_of_somebody_else_signs_nobody_out_unasked() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada, mallory) = (app(&server), server.user("ada@example.org"), server.user("mallory@example.org"));
    let hint = hint(&server, &app, &mallory);
    let request = query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE), ("state", "s")]);
    let question = asked(&server, &request, &ada);
    assert_eq!(question.signed_in.user.email, "ada@example.org");
    assert_eq!(question.client.as_ref().unwrap().id, app.client.id);
    assert_eq!(question.destination().unwrap().as_str(), BYE);
    assert!(is_signed_in(&server, &ada), "asking ends nothing");
    let went = end(&server, question.confirmed(), Some(&ada));
    assert_eq!(went.as_deref(), Some("https://app.example/bye?from=us&state=s"));
    assert!(!is_signed_in(&server, &ada) && is_signed_in(&server, &mallory));
}

#[test]
fn a_client_id_leads_back_after_a_yes_and_never_without() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (app(&server), server.user("ada@example.org"));
    let request = query(&[("client_id", &app.client.id), ("post_logout_redirect_uri", BYE)]);
    assert_eq!(at_once(&server, &request, None), None, "nobody is there to say yes");
    let question = asked(&server, &request, &ada);
    assert_eq!(end(&server, question.confirmed(), Some(&ada)).as_deref(), Some(BYE));
}

#[test]
fn a_request_that_names_no_client_is_asked_about_and_leads_nowhere() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = app(&server);
    for (at, request) in [
        String::new(),
        query(&[("state", "only")]),
        query(&[("post_logout_redirect_uri", BYE), ("state", "s")]),
        query(&[("post_logout_redirect_uri", BYE), ("client_id", "nobody")]),
        query(&[("post_logout_redirect_uri", BYE), ("id_token_hint", "junk")]),
        query(&[("post_logout_redirect_uri", BYE), ("id_token_hint", "junk"), ("client_id", &app.client.id)]),
    ]
    .iter()
    .enumerate()
    {
        let ada = server.user(&format!("ada{at}@example.org"));
        assert_eq!(at_once(&server, request, None), None);
        let question = asked(&server, request, &ada);
        assert!(question.client.is_none() && question.destination().is_none(), "{request}");
        assert_eq!(end(&server, question.confirmed(), Some(&ada)), None, "{request}");
        assert!(!is_signed_in(&server, &ada));
    }
}

#[test]
fn a_hint_and_a_client_id_that_disagree_are_worth_nothing_together() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, other, ada) = (app(&server), app(&server), server.user("ada@example.org"));
    let hint = hint(&server, &app, &ada);
    let request =
        query(&[("id_token_hint", &hint), ("client_id", &other.client.id), ("post_logout_redirect_uri", BYE)]);
    assert!(asked(&server, &request, &ada).destination().is_none());
    assert_eq!(sign_out(&server, &request, Some(&ada)), None);
}

#[test]
fn only_a_uri_that_this_client_registered_for_it_is_gone_to() {
    let file = furnished();
    let server = Instance::of(&file);
    let other = "https://other.example/bye";
    let (app, _) = (
        app(&server),
        server.client(|metadata| metadata.post_logout_redirect_uris = vec![RedirectUri::parse(other).unwrap()]),
    );
    for (at, uri) in [
        other,
        crate::support::REDIRECT,
        "https://app.example/bye",
        "https://app.example/bye?from=us&more=1",
        "https://app.example/bye?from=us#x",
        "https://app.example/bye?from=us\n",
        "https://evil.example/bye?from=us",
        "//app.example/bye?from=us",
        "javascript:alert(1)",
    ]
    .iter()
    .enumerate()
    {
        let ada = server.user(&format!("ada{at}@example.org"));
        let hint = hint(&server, &app, &ada);
        let request = query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri), ("state", "s")]);
        assert_eq!(at_once(&server, &request, Some(&ada)), None, "{uri}");
        assert!(!is_signed_in(&server, &ada), "the user is signed out all the same");
    }
}

#[test]
fn a_loopback_port_may_not_differ() {
    let file = furnished();
    let server = Instance::of(&file);
    let loopback = RedirectUri::parse("http://127.0.0.1:8080/bye").unwrap();
    let app = server.client(|metadata| metadata.post_logout_redirect_uris = vec![loopback]);
    let ada = server.user("ada@example.org");
    let hint = hint(&server, &app, &ada);
    let to = |uri: &str| at_once(&server, &query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]), None);
    assert_eq!(to("http://127.0.0.1:9090/bye"), None);
    assert!(to("http://127.0.0.1:8080/bye").is_some());
}

#[test]
fn a_repeated_parameter_is_refused_and_ends_nothing() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    for query in ["state=a&state=b", "id_token_hint=a&id_token_hint=b", "x=1&x=2"] {
        let params = Params::parse(query.as_bytes()).unwrap();
        let judged = block_on(judge(&server.env(), &params, Some(ada.expose())));
        assert_eq!(refusal(judged), ErrorCode::InvalidRequest);
    }
    assert!(is_signed_in(&server, &ada));
}

#[test]
fn a_request_travels_sealed_for_an_hour_and_for_this_page_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let params = Params::parse(b"state=a%20b").unwrap();
    let sealed = block_on(seal_request(&server.env(), &params)).unwrap();
    let open = |text: &str| block_on(open_request(&server.env(), text));
    assert_eq!(open(&sealed).unwrap().encode(), params.encode());
    let interaction = domain::interaction::Interaction::begin(&server.env(), params);
    let foreign = block_on(interaction.seal(&server.env())).unwrap();
    for text in ["", "junk", &sealed[1..], &foreign] {
        assert_eq!(refusal(open(text)), ErrorCode::InvalidRequest);
    }
    assert!(block_on(domain::interaction::Interaction::open(&server.env(), &sealed)).is_err());
    server.later(3601);
    assert_eq!(refusal(block_on(open_request(&server.env(), &sealed))), ErrorCode::InvalidRequest);
}

#[test]
fn hints_of_every_algorithm_are_verified() {
    let file = furnished();
    let server = Instance::of(&file);
    for (at, algorithm) in SigningAlgorithm::ALL.into_iter().enumerate() {
        let app = server.client(|metadata| {
            metadata.post_logout_redirect_uris = vec![RedirectUri::parse(BYE).unwrap()];
            metadata.id_token_signed_response_alg = algorithm;
        });
        let ada = server.user(&format!("ada{at}@example.org"));
        let hint = hint(&server, &app, &ada);
        let request = query(&[("id_token_hint", &hint), ("post_logout_redirect_uri", BYE)]);
        assert!(at_once(&server, &request, Some(&ada)).is_some(), "{algorithm:?}");
    }
}
