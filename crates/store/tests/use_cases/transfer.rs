//! Users who come from another system.

use std::collections::BTreeSet;

use domain::{
    Failure,
    login::Outcome as LoginOutcome,
    transfer::{Line, Outcome, Report, UserLine, import_users},
    user::{Email, Users},
};

use crate::{
    new_password::log_in,
    support::{Instance, PASSWORD, furnished},
    testing::{block_on, race},
};

fn line(number: usize, change: impl FnOnce(&mut UserLine)) -> Line<UserLine> {
    let mut user = UserLine {
        email: Some(format!("{number}@example.org")),
        given_name: Some("Jane".to_owned()),
        family_name: Some("Doe".to_owned()),
        password_hash: Some("$2y$04$abcdefghijklmnopqrstuuPp7HPfoAs8I2dCQCQ/fW7zEJv8I8C8e".to_owned()),
        ..UserLine::default()
    };
    change(&mut user);
    Line { number, content: Ok(user) }
}

fn import(server: &Instance, lines: Vec<Line<UserLine>>) -> Vec<Report> {
    block_on(import_users(&server.env(), &server.administrator(), lines)).unwrap()
}

fn created(reports: &[Report]) -> usize {
    reports.iter().filter(|report| matches!(report.outcome, Outcome::Created(_))).count()
}

#[test]
fn initials_that_many_share_run_out_for_nobody_and_no_line_is_about_another() {
    let file = furnished();
    let server = Instance::of(&file);
    let mut ids = BTreeSet::new();
    for batch in 0..6 {
        let lines = (0..500).map(|n| line(batch * 500 + n + 1, |_| {})).collect();
        let reports = import(&server, lines);
        assert_eq!(created(&reports), 500, "batch {batch}");
        assert!(reports.iter().zip(batch * 500 + 1..).all(|(report, number)| report.line == number));
    }
    for number in [1, 1500, 3000] {
        let email = Email::parse(&format!("{number}@example.org")).unwrap();
        ids.insert(block_on(server.store.user_by_email(&email)).unwrap().unwrap().0.user_id);
    }
    assert!(ids.len() == 3 && ids.iter().all(|id| id.starts_with("JD-")), "{ids:?}");
}

#[test]
fn of_parallel_imports_each_says_what_it_made_and_together_they_make_each_user_once() {
    let file = furnished();
    let reports = race(&file, 4, |_, _| {
        let server = Instance::of(&file);
        import(&server, (1..=200).map(|number| line(number, |_| {})).collect())
    });
    assert_eq!(reports.iter().map(|reports| created(reports)).sum::<usize>(), 200);
    for report in reports.iter().flatten() {
        assert!(!matches!(report.outcome, Outcome::Refused(_)), "{report:?}");
    }
}

#[test]
fn a_suspended_user_comes_suspended_and_a_temporary_password_is_replaced_at_sign_in() {
    let file = furnished();
    let server = Instance::of(&file);
    let ada = server.user("ada@example.org");
    assert!(!ada.expose().is_empty());
    let hash = |server: &Instance| {
        let ada = Email::parse("ada@example.org").unwrap();
        block_on(server.store.user_by_email(&ada)).unwrap().unwrap().1.as_str().to_owned()
    };
    // The hash of a password that is known here.
    let elsewhere = furnished();
    let new = Instance::of(&elsewhere);
    let brought = |change: fn(&mut UserLine)| {
        let hash = hash(&server);
        line(1, |user| {
            user.email = Some("ada@example.org".to_owned());
            user.password_hash = Some(hash);
            change(user);
        })
    };
    assert_eq!(created(&import(&new, vec![brought(|user| user.password_is_temporary = true)])), 1);
    assert!(matches!(log_in(&new, PASSWORD), LoginOutcome::NewPassword(_)));
    let elsewhere = furnished();
    let new = Instance::of(&elsewhere);
    let suspended = brought(|user| user.access_level = Some("suspended".to_owned()));
    assert_eq!(created(&import(&new, vec![suspended])), 1);
    assert!(matches!(log_in(&new, PASSWORD), LoginOutcome::Refused));
}

#[test]
fn a_setting_that_is_wrong_is_no_fault_of_a_line() {
    let file = furnished();
    let server = Instance::with(&file, &[("bcrypt_rounds", "many")]);
    let lines = vec![line(1, |user| user.password_hash = None)];
    let failure = block_on(import_users(&server.env(), &server.administrator(), lines));
    assert!(matches!(failure, Err(Failure::Setting(_))));
}
