use http::Method;

use super::*;
use crate::testing::request;

fn users(body: &[u8]) -> Vec<Line<domain::transfer::UserLine>> {
    let mut request = request(Method::POST, &[], "");
    request.body = crate::Body::Whole(bytes::Bytes::copy_from_slice(body));
    users::lines(&request).unwrap()
}

fn client(line: &str) -> std::result::Result<domain::transfer::ClientLine, Refusal> {
    clients::lines(&request(Method::POST, &[], line)).unwrap().remove(0).content
}

#[test]
fn a_bad_line_spoils_no_other_and_each_has_its_number() {
    let lines = users(
        b"{\"email\":\"a@example.org\",\"created_at\":7}\r\n\n\xff\n{\"email\":1}\n[]\n{\n{\"password\":\"hunter2hunter2\"}\n\
          {\"email_verified\":\"yes\"}\n{\"created_at\":1.5}\n{\"claims\":[]}\n  {\"email\":\"b@example.org\",\"sub\":null}",
    );
    let refusals: Vec<(usize, &str)> =
        lines.iter().filter_map(|line| Some((line.number, line.content.as_ref().err()?.0.as_ref()))).collect();
    let expected = [
        (3, "The line is not UTF-8."),
        (4, "email must be a text."),
        (5, "The line is not a JSON object."),
        (6, "The line is not a JSON object."),
        (7, "There is no member password here."),
        (8, "email_verified must be true or false."),
        (9, "created_at must be a whole number."),
        (10, "claims must be an object."),
    ];
    assert_eq!(refusals, expected);
    let read: Vec<_> = lines.into_iter().filter_map(|line| Some((line.number, line.content.ok()?))).collect();
    assert_eq!((read[0].0, read[0].1.email.as_deref(), read[0].1.created_at), (1, Some("a@example.org"), Some(7)));
    assert_eq!((read[1].0, read[1].1.email.as_deref(), &read[1].1.sub), (11, Some("b@example.org"), &None));
}

#[test]
fn a_request_may_bring_500_lines() {
    assert_eq!(users("{}\n".repeat(MAX_LINES).as_bytes()).len(), MAX_LINES);
    assert!(users::lines(&request(Method::POST, &[], &"{}\n".repeat(MAX_LINES + 1))).is_err());
}

#[test]
fn what_would_be_lost_of_a_client_is_told_and_what_says_nothing_is_not() {
    let reason = |line: &str| client(line).map(drop).map_err(|Refusal(reason)| reason.into_owned());
    let base = r#""client_id":"a","redirect_uris":["https://a.example/cb"]"#;
    assert_eq!(
        reason(&format!(r#"{{{base},"jwks_uri":null,"contacts":[],"dpop_bound_access_tokens":false}}"#)),
        Ok(())
    );
    assert_eq!(reason(&format!(r#"{{{base},"client_name#de":"Anwendung","default_max_age":0}}"#)), Ok(()));
    assert_eq!(
        reason(&format!(r#"{{{base},"webOrigins":["https://a.example"]}}"#)),
        Err("There is no member webOrigins here.".to_owned())
    );
    assert!(reason(&format!(r#"{{{base},"grant_types":["implicit"]}}"#)).is_err());
    assert!(reason(&format!(r#"{{{base},"launchpad":"yes"}}"#)).is_err());
    assert!(reason(r#"{"client_id":"a","redirect_uris":["javascript:alert(1)"]}"#).is_err());
}

#[test]
fn each_path_has_its_methods() {
    for (path, methods) in [
        ("/admin/api/import/users", "POST"),
        ("/admin/api/import/clients", "POST"),
        ("/admin/api/export/users", "GET"),
        ("/admin/api/export/clients", "GET"),
    ] {
        assert_eq!(endpoint(path).methods, methods, "{path}");
        assert_ne!(Route::of(path), Route::Nothing);
    }
    assert_eq!(Route::of("/admin/api/import/keys"), Route::Nothing);
}
