use domain::client::Client;
use domain::{
    admin::{UserOrder, Who},
    user::AccessLevel,
};
use http::{Method, header};
use protocol::params::Params;

use super::*;
use crate::testing::request;

#[test]
fn each_path_names_one_thing() {
    let sub = "abababab-abab-4bab-abab-abababababab";
    assert!(matches!(Route::of(&format!("/admin/api/users/{sub}")), Route::User(Who::Id(_))));
    assert!(matches!(Route::of("/admin/api/users/a%2Bb@example.org/grants"), Route::GrantsOfUser(Who::Email(email))
        if email.as_str() == "a+b@example.org"));
    assert!(matches!(Route::of("/admin/api/users/a+b@example.org"), Route::User(Who::Email(email))
        if email.as_str() == "a+b@example.org"));
    assert!(matches!(Route::of("/admin/api/clients/https%3A%2F%2Fapp.example%2Fid/grants"), Route::GrantsOfClient(id)
        if id == "https://app.example/id"));
    for path in [
        "/admin/api/",
        "/admin/api/user",
        "/admin/api/users/JD-7392",
        "/admin/api/users/",
        "/admin/api/grants/1",
        "/admin/api/keys/rotate/2",
        "/admin/api/clients/%zz",
    ] {
        assert!(matches!(Route::of(path), Route::Nothing), "{path}");
    }
}

fn params(query: &str) -> Params {
    Params::parse(query.as_bytes()).unwrap()
}

#[test]
fn a_query_is_read_whole_or_refused() {
    let query = users::query(&params("q=+jane+&access_level=admin&sort=-name&limit=7")).unwrap();
    assert_eq!((query.search.as_deref(), query.access_level), (Some("jane"), Some(AccessLevel::Admin)));
    assert!(query.order == UserOrder::Name && query.descending && query.asked.limit == 7);
    let usual = users::query(&params("")).unwrap();
    assert!(usual.order == UserOrder::CreatedAt && usual.descending && usual.search.is_none());
    for bad in ["sort=password_hash", "limit=0", "limit=201", "limit=x", "cursor=x", "access_level=root", "q=a&q=b"] {
        assert!(users::query(&params(bad)).is_err(), "{bad}");
    }
}

#[test]
fn a_change_with_an_unknown_member_is_refused() {
    let json = [(header::CONTENT_TYPE, "application/json")];
    let read = |body: &str| users::change(&request(Method::PATCH, &json, body));
    assert!(read(r#"{"given_name":"Ada","access_level":"suspended"}"#).is_ok());
    for body in [r#"{"password":"x"}"#, r#"{"access_level":"root"}"#, r#"{"claims":{"sub":"x"}}"#, "[]", ""] {
        assert!(read(body).is_err(), "{body}");
    }
}

#[test]
fn what_a_change_of_an_application_does_not_name_stays() {
    let known = Client {
        id: "app".to_owned(),
        secret_hash: None,
        metadata: protocol::client_metadata::ClientMetadata {
            client_name: Some("Wiki".to_owned()),
            client_uri: Some("https://wiki.example".to_owned()),
            ..Default::default()
        }
        .into(),
        on_launchpad: true,
        created_at: Timestamp(7),
    };
    let json = [(header::CONTENT_TYPE, "application/json")];
    let changed =
        clients::change(&request(Method::PATCH, &json, r#"{"client_name":"Docs","client_uri":null}"#), &known);
    let changed = changed.unwrap();
    assert_eq!(changed.metadata.client_name.as_deref(), Some("Docs"));
    assert!(changed.metadata.client_uri.is_none() && changed.on_launchpad);
}
