//! Applications are told that a session has ended, or are told later.

use std::cell::{Cell, RefCell};

use domain::{
    backchannel_logout::{Delivered, Due, MAX_ATTEMPTS, deliver_due, tell_clients},
    outbound::{Fetched, Outbound, OutboundError},
    session::{Which, current, end},
};
use protocol::{Secret, outbound_url::OutboundUrl};

use crate::{
    Database,
    support::{App, Instance, furnished},
    testing::block_on,
};

/// Applications that all answer in one way, and what they were told.
#[derive(Default)]
struct Applications {
    problem: Cell<Option<&'static str>>,
    told: RefCell<Vec<String>>,
}

impl Outbound for Applications {
    async fn fetch(&self, _: &OutboundUrl, _: usize) -> Result<Fetched, OutboundError> {
        Err("nothing is fetched".into())
    }

    async fn post(&self, url: &OutboundUrl, form: &str) -> Result<(), OutboundError> {
        assert!(form.starts_with("logout_token=eyJ"), "{form}");
        self.told.borrow_mut().push(url.as_str().to_owned());
        self.problem.get().map_or(Ok(()), |problem| Err(problem.into()))
    }
}

impl Applications {
    fn deliver(&self, server: &Instance) -> (usize, usize) {
        let Delivered { told, failed } = block_on(deliver_due(&server.env(), self)).unwrap();
        (told, failed)
    }
}

fn listening(server: &Instance) -> App {
    let uri = OutboundUrl::parse("https://app.example/logout").unwrap();
    server.client(|metadata| metadata.backchannel_logout_uri = Some(uri.clone()))
}

/// Ends the session of this cookie, as an administrator does.
fn end_session(server: &Instance, cookie: &Secret) {
    let signed_in = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap();
    assert_eq!(block_on(end(&server.env(), Which::One(signed_in.session.id))).unwrap().len(), 1);
}

#[test]
fn what_could_not_be_told_is_told_later_and_what_was_refused_is_not() {
    for (problem, is_told_later) in [("the connection failed", true), (OutboundError::REFUSED, false)] {
        let file = furnished();
        let server = Instance::of(&file);
        let (app, ada) = (listening(&server), server.user("ada@example.org"));
        server.tokens(&app, "openid", &ada);
        end_session(&server, &ada);
        let applications = Applications { problem: Cell::new(Some(problem)), ..Applications::default() };
        assert_eq!(applications.deliver(&server), (0, 1));
        assert!(server.log.take().iter().any(|note| note.contains(problem)));
        server.later(59);
        assert_eq!(applications.deliver(&server), (0, 0));
        server.later(1);
        applications.problem.set(None);
        assert_eq!(applications.deliver(&server), (usize::from(is_told_later), 0), "{problem}");
        server.later(100_000);
        assert_eq!(applications.deliver(&server), (0, 0), "it has been settled");
    }
}

#[test]
fn an_application_that_is_never_there_is_given_up() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (listening(&server), server.user("ada@example.org"));
    server.tokens(&app, "openid", &ada);
    end_session(&server, &ada);
    let applications = Applications { problem: Cell::new(Some("no answer in time")), ..Applications::default() };
    for _ in 0..2 * MAX_ATTEMPTS {
        applications.deliver(&server);
        server.later(70_000);
    }
    assert_eq!(applications.told.borrow().len(), MAX_ATTEMPTS as usize);
}

#[test]
fn a_sign_out_tells_its_own_clients_and_a_few_that_others_could_not_tell() {
    let file = furnished();
    let server = Instance::of(&file);
    let app = listening(&server);
    let people = ["a@example.org", "b@example.org"].map(|email| server.user(email));
    for cookie in &people {
        server.tokens(&app, "openid", cookie);
        end_session(&server, cookie);
    }
    let applications = Applications::default();
    let ada = server.user("ada@example.org");
    let session = block_on(current(&server.env(), Some(ada.expose()))).unwrap().unwrap().session.id;
    block_on(tell_clients(&server.env(), &applications, Due::Of(session)));
    assert_eq!(applications.told.borrow().len(), 2);
}

#[test]
fn a_client_that_is_not_interested_any_more_is_left_alone() {
    let file = furnished();
    let server = Instance::of(&file);
    let (app, ada) = (listening(&server), server.user("ada@example.org"));
    server.tokens(&app, "openid", &ada);
    end_session(&server, &ada);
    let forget = "UPDATE clients SET metadata = json_remove(metadata, '$.backchannel_logout_uri')";
    block_on(server.store.0.query(forget, vec![])).unwrap();
    let applications = Applications::default();
    applications.deliver(&server);
    assert!(applications.told.borrow().is_empty());
}
