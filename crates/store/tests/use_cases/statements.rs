//! What a request asks of the database, as the table in `docs/storage.md` has it.

use domain::{
    introspect::{Introspection, introspect},
    revoke::{Revocation, revoke},
    token::{ClientCredentialsRequest, GrantRequest, TokenRequest, token},
    userinfo::userinfo,
};
use protocol::{Secret, client_metadata::GrantType, resource::Resources};

use crate::{
    support::{Instance, Memory, bearer, furnished},
    testing::block_on,
};

/// The reads and writes of this, on an instance that has served before.
fn statements<T>(server: &Instance, act: impl FnOnce() -> T) -> (T, (u32, u32)) {
    server.store.0.1.set((0, 0));
    let outcome = act();
    (outcome, server.store.0.1.get())
}

#[test]
fn each_request_asks_as_many_statements_as_its_line_says() {
    let table = include_str!("../../../../docs/storage.md");
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let machine = server.client(|metadata| {
        metadata.grant_types = vec![GrantType::ClientCredentials];
        metadata.redirect_uris.clear();
    });
    server.tokens(&app, "openid", &ada);
    let mut seen = Vec::new();
    let mut says = |request: &'static str, asked: (u32, u32)| seen.push((request, asked));

    let (code, asked) = statements(&server, || server.code(&app.client, "scope=openid", &ada));
    says("`/authorize`", asked);
    let (tokens, asked) = statements(&server, || server.redeem(&app, &code, None).unwrap());
    says("`/token`, code", asked);
    let (tokens, asked) =
        statements(&server, || server.refresh(&app, tokens.refresh_token.as_ref().unwrap(), None).unwrap());
    says("`/token`, refresh", asked);
    let access = tokens.access_token.as_str();
    let (_, asked) =
        statements(&server, || block_on(userinfo(&server.env(), &Memory::default(), &bearer(access))).unwrap());
    says("`/userinfo`, `/resource/…`", asked);
    let grant =
        GrantRequest::ClientCredentials(ClientCredentialsRequest { scope: None, resource: Resources::default() });
    let request = TokenRequest { client: machine.credentials(), dpop: None, grant };
    let (_, asked) = statements(&server, || block_on(token(&server.env(), request)).unwrap());
    says("`/token`, client credentials", asked);
    let (client, token) = (machine.credentials(), Secret::new(access));
    let question = Introspection { client, token, scope: None, wants_jwt: false };
    let (_, asked) = statements(&server, || block_on(introspect(&server.env(), question)).unwrap());
    says("`/introspect`", asked);
    let revocation = Revocation { client: app.credentials(), token: Secret::new(access) };
    let (_, asked) = statements(&server, || block_on(revoke(&server.env(), revocation)).unwrap());
    says("`/revoke`", asked);
    let (_, asked) = statements(&server, || server.sign_in("ada@example.org"));
    says("`/login`, succeeded", asked);
    let (_, asked) = statements(&server, || server.client(|_| {}));
    says("`/register`", asked);
    for (request, asked) in seen {
        let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {request} | "))).expect(request);
        let mut cells = row.split('|').map(|cell| cell.trim_start().split(|c: char| !c.is_ascii_digit()).next());
        let mut says = || cells.next().flatten().and_then(|number| number.parse().ok()).expect(request);
        assert_eq!(asked, (says(), says()), "{request}: docs/storage.md says the right-hand side");
    }
}

#[test]
fn junk_is_asked_about_nowhere() {
    let file = furnished();
    let server = Instance::of(&file);
    server.user("ada@example.org");
    let junk = bearer("sat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let (refused, asked) =
        statements(&server, || block_on(userinfo(&server.env(), &Memory::default(), &junk)).is_err());
    assert!(refused);
    assert_eq!(asked, (0, 0));
}
