//! Asking for consent.

use domain::{
    authorize::Outcome,
    consent::{Step, approve, deny, question},
};
use protocol::scope::Scope;

use crate::{
    Database,
    support::{Instance, answer, furnished, location, redirect},
    testing::block_on,
};

fn interaction(outcome: Outcome) -> domain::interaction::Interaction {
    match outcome {
        Outcome::Consent(interaction) | Outcome::Login(interaction) | Outcome::Signup(interaction) => interaction,
        Outcome::StepUp(interaction) => panic!("{interaction:?}"),
        Outcome::Redirect(response) => panic!("{response:?}"),
    }
}

#[test]
fn the_question_names_who_asks_whom_for_what() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|metadata| metadata.client_name = Some("The App".to_owned()));
    let ada = server.user("ada@example.org");
    let pending = interaction(server.authorize(&app.client, "scope=openid+email", Some(&ada)));
    let question = server.question(&pending, &ada);
    assert_eq!(question.client.metadata.client_name.as_deref(), Some("The App"));
    assert_eq!(question.signed_in.user.email, "ada@example.org");
    assert_eq!(question.request.scope, Scope::parse("openid email").unwrap());
}

#[test]
fn approving_is_remembered_and_denying_is_not() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let pending = interaction(server.authorize(&app.client, "scope=openid", Some(&ada)));
    let question = server.question(&pending, &ada);
    let denied = location(block_on(deny(&server.env(), &pending, &question)).unwrap().unwrap());
    assert_eq!(answer(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(answer(&denied, "state").as_deref(), Some("s"));
    let pending = interaction(server.authorize(&app.client, "scope=openid", Some(&ada)));
    let approved = location(block_on(approve(&server.env(), &pending, &question)).unwrap().unwrap());
    assert!(answer(&approved, "code").is_some());
    assert!(matches!(server.authorize(&app.client, "scope=openid", Some(&ada)), Outcome::Redirect(_)));
}

#[test]
fn a_page_is_answered_once_whichever_the_answer_and_says_so_from_then_on() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let [first, second] = [(); 2].map(|()| interaction(server.authorize(&app.client, "scope=openid", Some(&ada))));
    let asked = server.question(&first, &ada);
    assert!(block_on(approve(&server.env(), &first, &asked)).unwrap().is_some());
    assert!(block_on(approve(&server.env(), &first, &asked)).unwrap().is_none());
    assert!(block_on(deny(&server.env(), &first, &asked)).unwrap().is_none());
    let step = block_on(question(&server.env(), &first, Some(ada.expose()))).unwrap();
    assert!(matches!(step, Step::Answered(client) if client.id == app.client.id));
    // The same request, asked a second time in the same second, is another page.
    assert!(block_on(deny(&server.env(), &second, &server.question(&second, &ada))).unwrap().is_some());
}

#[test]
fn one_users_consent_is_not_anothers() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada, bob) = (server.client(|_| {}), server.user("ada@example.org"), server.user("bob@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    assert!(matches!(server.authorize(&app.client, "scope=openid", Some(&bob)), Outcome::Consent(_)));
}

#[test]
fn nobody_is_asked_who_is_not_signed_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = server.client(|_| {});
    let pending = interaction(server.authorize(&app.client, "scope=openid", None));
    assert!(matches!(block_on(question(&server.env(), &pending, None)).unwrap(), Step::Login));
}

#[test]
fn the_consent_page_is_no_way_around_prompt_login_and_max_age() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.later(100);
    for demand in ["prompt=login", "max_age=10"] {
        let pending = interaction(server.authorize(&app.client, demand, Some(&ada)));
        let step = block_on(question(&server.env(), &pending, Some(ada.expose()))).unwrap();
        assert!(matches!(step, Step::Login), "{demand}: {step:?}");
    }
}

#[test]
fn the_request_is_checked_again_when_the_page_is_asked_for() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    let pending = interaction(server.authorize(&app.client, "scope=email", Some(&ada)));
    let narrowed = "UPDATE clients SET metadata = json_set(metadata, '$.scope', 'openid')";
    block_on(server.store.0.query(narrowed, vec![])).unwrap();
    let Step::Redirect(response) = block_on(question(&server.env(), &pending, Some(ada.expose()))).unwrap() else {
        panic!("the client may not ask for this any more")
    };
    assert_eq!(answer(&location(response), "error").as_deref(), Some("invalid_scope"));
    let renamed = "UPDATE clients SET metadata = json_set(metadata, '$.redirect_uris[0]', 'https://new.example/')";
    block_on(server.store.0.query(renamed, vec![])).unwrap();
    assert!(block_on(question(&server.env(), &pending, Some(ada.expose()))).is_err());
}

#[test]
fn a_code_says_which_sign_in_it_came_from() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (server.client(|_| {}), server.user("ada@example.org"));
    server.code(&app.client, "scope=openid", &ada);
    server.later(500);
    let location = redirect(server.authorize(&app.client, "scope=openid", Some(&ada)));
    let tokens = server.redeem(&app, &answer(&location, "code").unwrap(), None).unwrap();
    let claims = crate::support::claims(&tokens.id_token.unwrap());
    assert_eq!(claims["auth_time"].as_i64(), Some(crate::support::NOW));
}
