use futures_lite::future::block_on;
use http::header;
use protocol::{Timestamp, redirect_uri::RedirectUri};

use super::*;
use crate::testing::{Server, bare, body, field, request};

const FORM: (http::HeaderName, &str) = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");

fn get(query: &str) -> Request {
    Request { query: query.to_owned(), ..bare(Method::GET, &[]) }
}

fn read(server: &Server, request: &Request) -> (Params, Option<Interaction>) {
    match block_on(parse(&server.env(), request)).unwrap() {
        Parsed::Request { params, resumed } => (params, resumed),
        Parsed::Posted(params) => panic!("{params:?}"),
    }
}

#[test]
fn an_interaction_comes_back_from_the_login_page_as_it_went() {
    let server = Server::new(1, &[("issuer", "https://id.example/tenant")]);
    let query = "client_id=a&state=%26+%C3%A9&scope=openid+email";
    let (params, resumed) = read(&server, &get(query));
    assert!(resumed.is_none());
    let interaction = Interaction { params, id: "1".to_owned(), started_at: Timestamp(1_700_000_000) };
    let response = block_on(answer(&server.env(), &bare(Method::GET, &[]), Outcome::Login(interaction))).unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let location = field(&response, header::LOCATION).unwrap();
    let back = get(location.strip_prefix("/tenant/login?").unwrap());
    let (params, resumed) = read(&server, &back);
    assert_eq!(params.encode(), query);
    assert_eq!(resumed.unwrap().started_at, Timestamp(1_700_000_000));
}

#[test]
fn parameters_beside_an_interaction_change_nothing_of_it() {
    let server = Server::new(1, &[]);
    let interaction = Interaction::begin(&server.env(), Params::parse(b"client_id=a&prompt=login").unwrap());
    let sealed = block_on(interaction.seal(&server.env())).unwrap();
    let (params, _) = read(&server, &get(&format!("client_id=evil&interaction={sealed}&prompt=none")));
    assert_eq!(params.encode(), "client_id=a&prompt=login");
}

#[test]
fn another_servers_interaction_is_refused() {
    let (server, other) = (Server::new(1, &[]), Server::new(2, &[]));
    let interaction = Interaction::begin(&other.env(), Params::default());
    let sealed = block_on(interaction.seal(&other.env())).unwrap();
    assert!(block_on(parse(&server.env(), &get(&format!("interaction={sealed}")))).is_err());
}

#[test]
fn a_posted_request_is_asked_again_by_get_with_all_that_it_said() {
    let server = Server::new(1, &[]);
    let state = "x".repeat(4096);
    let posted = request(Method::POST, &[FORM], &format!("client_id=a&state={state}&nonce=%26"));
    let Parsed::Posted(params) = block_on(parse(&server.env(), &posted)).unwrap() else { panic!() };
    let response = ask_again(&server.env(), &params).unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let expected = format!("/authorize?client_id=a&state={state}&nonce=%26");
    assert_eq!(field(&response, header::LOCATION), Some(&*expected));
}

#[test]
fn an_answer_to_the_client_is_a_302() {
    let server = Server::new(1, &[]);
    let outcome = Outcome::Redirect(AuthorizationResponse::Query("https://app.example/cb?code=c".to_owned()));
    let response = block_on(answer(&server.env(), &bare(Method::GET, &[]), outcome)).unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    assert_eq!(field(&response, header::LOCATION), Some("https://app.example/cb?code=c"));
}

#[test]
fn an_answer_that_is_posted_is_escaped_text_in_a_form() {
    let server = Server::new(1, &[]);
    let uris = [RedirectUri::parse("https://app.example/cb?a=1&b=2").unwrap()];
    let state = "'\"></form><script>alert(1)</script>&amp;";
    let response = AuthorizationResponse::FormPost {
        redirect: VerifiedRedirect::verify(None, &uris).unwrap(),
        parameters: vec![("state", state.to_owned())],
    };
    let response = block_on(answer(&server.env(), &bare(Method::GET, &[]), Outcome::Redirect(response))).unwrap();
    assert_eq!((response.status(), field(&response, header::LOCATION)), (StatusCode::OK, None));
    let page = body(&response);
    assert!(page.contains(r#"<form method="post" action="https://app.example/cb?a=1&#38;b=2">"#), "{page}");
    assert!(page.contains("value=\"&#39;&#34;&#62;&#60;/form&#62;&#60;script&#62;alert(1)"), "{page}");
    assert!(page.contains("&#38;amp;"), "{page}");
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert!(page.contains("<script>document.forms[0].submit()</script>"), "{page}");
}

#[test]
fn a_redirect_that_no_header_can_have_is_an_error_and_no_panic() {
    assert!(redirect("https://app.example/\r\nSet-Cookie: x=1").is_err());
}
