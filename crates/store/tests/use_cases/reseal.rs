//! A new key-encryption key: everything goes on, and the one before can be thrown away when it is sealed anew.

use domain::{
    Id,
    factors::{Enrolment, Factors, TotpSecret},
    keys::{Keys, Resealed, Sealed as _, reseal},
    session::current,
    userinfo::userinfo,
};
use protocol::client_metadata::SigningAlgorithm::ES256;

use crate::{
    support::{Instance, Memory, bearer, furnished},
    testing::{File, block_on, race},
};

const OLD: (&str, &str) = ("key_encryption_key", "a key of more than thirty-two characters");
const NEW: (&str, &str) = ("key_encryption_key", "another key of more than thirty-two characters");
const PREVIOUS: &str = "key_encryption_key_previous";

/// What only who has the keys can say.
fn works(server: &Instance) -> (String, [u8; 32]) {
    let ring = block_on(server.env().complete_key_ring()).unwrap();
    let kid = block_on(server.env().signing_key(ES256)).unwrap().kid().unwrap();
    (kid, ring.mac("x").tag(&[b"y"]))
}

/// Seals anew, all of it; how much that was.
fn reseal_all(server: &Instance) -> usize {
    let (mut count, mut after) = (0, None);
    loop {
        let Resealed { count: more, next } = block_on(reseal(&server.env(), after)).unwrap();
        count += more;
        match next {
            Some(next) => after = Some(next),
            None => return count,
        }
    }
}

/// Gives so many users an authenticator app; their identifiers and what their apps have.
fn with_apps(server: &Instance, users: usize) -> Vec<(Id, String)> {
    (0..users)
        .map(|number| {
            let cookie = server.user(&format!("{number}@example.org"));
            let user = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap().user.id;
            let enrolment = block_on(Enrolment::begin(&server.env(), user)).unwrap();
            let sealed = block_on(enrolment.secret.seal(&server.env(), user)).unwrap();
            let by = domain::By::user(&server.env(), "192.0.2.1").unwrap();
            assert!(block_on(server.store.add_totp(user, &sealed, 1, &by)).unwrap());
            (user, enrolment.secret.base32())
        })
        .collect()
}

/// What the server knows of the app of this user.
fn app(server: &Instance, user: Id) -> Option<String> {
    let sealed = block_on(server.store.totp(user)).unwrap().unwrap();
    block_on(TotpSecret::unseal(&server.env(), user, &sealed)).ok().map(|secret| secret.base32())
}

#[test]
fn under_a_new_key_all_goes_on_and_the_one_before_may_go_once_all_is_sealed_anew() {
    let file = furnished();
    let old = Instance::with(&file, &[OLD]);
    let client = old.client(|_| ());
    let ada = old.user("ada@example.org");
    let tokens = old.tokens(&client, "openid", &ada);
    let (before, apps) = (works(&old), with_apps(&old, 3));

    assert!(block_on(Instance::with(&file, &[NEW]).env().key_ring()).is_err(), "the new key alone opens nothing");
    let both = Instance::with(&file, &[NEW, (PREVIOUS, OLD.1)]);
    assert_eq!(works(&both), before);
    assert!(apps.iter().all(|(user, secret)| app(&both, *user).as_ref() == Some(secret)));
    assert_eq!(works(&Instance::with(&file, &[OLD])), before, "nothing has changed yet");

    assert_eq!(reseal_all(&both), 4 + 3, "a MAC key, three that sign, three apps");
    assert_eq!(reseal_all(&both), 0);
    let new = Instance::with(&file, &[NEW]);
    assert_eq!(works(&new), before);
    assert!(apps.iter().all(|(user, secret)| app(&new, *user).as_ref() == Some(secret)));
    let access = bearer(tokens.access_token);
    assert!(block_on(userinfo(&new.env(), &Memory::default(), &access)).is_ok(), "tokens stay good");
    assert!(new.refresh(&client, &tokens.refresh_token.unwrap(), None).is_ok());
    let left_behind = Instance::with(&file, &[OLD]);
    assert!(block_on(left_behind.env().key_ring()).is_err() && app(&left_behind, apps[0].0).is_none());
}

#[test]
fn the_key_that_the_server_made_gives_way_to_one_that_is_given_and_is_forgotten() {
    let file = File::new();
    let made = Instance::with(&file, &[("key_encryption_key", "")]);
    let before = works(&made);
    let apps = with_apps(&made, 1);
    let kept = || block_on(file.store().kept_secret("key_encryption_key")).unwrap();
    assert!(kept().is_some());
    let given = Instance::with(&file, &[NEW, (PREVIOUS, "kept")]);
    assert_eq!(works(&given), before);
    assert_eq!(reseal_all(&given), 5);
    assert_eq!(kept(), None);
    assert_eq!(reseal_all(&given), 0, "without it, too");
    let new = Instance::with(&file, &[NEW]);
    assert_eq!(works(&new), before);
    assert_eq!(app(&new, apps[0].0).as_ref(), Some(&apps[0].1));
}

#[test]
fn a_kept_key_opens_nothing_unless_the_operator_says_so() {
    let file = File::new();
    let made = Instance::with(&file, &[("key_encryption_key", "")]);
    block_on(made.env().key_ring()).unwrap();
    // Whoever can write the database could have put both there.
    assert!(block_on(Instance::with(&file, &[NEW]).env().key_ring()).is_err());
    assert!(block_on(Instance::with(&file, &[NEW, (PREVIOUS, OLD.1)]).env().key_ring()).is_err());
}

#[test]
fn a_secret_that_neither_key_opens_stops_it_and_nothing_is_lost() {
    let file = furnished();
    let stored = || block_on(file.store().keys()).unwrap().into_iter().map(|key| key.sealed).collect::<Vec<_>>();
    let before = stored();
    let wrong = Instance::with(&file, &[NEW, (PREVIOUS, "a third key of more than thirty-two characters")]);
    assert!(block_on(reseal(&wrong.env(), None)).is_err());
    assert_eq!(stored(), before);
}

#[test]
fn many_apps_are_sealed_anew_in_steps() {
    let file = furnished();
    let old = Instance::with(&file, &[OLD]);
    let (user, _) = with_apps(&old, 1)[0].clone();
    let sealed = block_on(old.store.totp(user)).unwrap().unwrap();
    let pages = |limit| {
        let (mut after, mut seen) = (None, Vec::new());
        loop {
            let page = block_on(old.store.sealed_totps(after, limit)).unwrap();
            let Some((last, _)) = page.last() else { return seen };
            assert!(page.len() <= limit as usize);
            after = Some(*last);
            seen.extend(page);
        }
    };
    assert_eq!(pages(10), [(user, sealed)]);
    with_apps_of_others(&old, 4);
    assert_eq!((pages(2).len(), pages(2)), (5, pages(100)));
}

fn with_apps_of_others(server: &Instance, users: usize) {
    for number in 0..users {
        let cookie = server.user(&format!("other{number}@example.org"));
        let user = block_on(current(&server.env(), Some(cookie.expose()))).unwrap().unwrap().user.id;
        let by = domain::By::user(&server.env(), "192.0.2.1").unwrap();
        assert!(block_on(server.store.add_totp(user, b"sealed", 1, &by)).unwrap());
    }
}

#[test]
fn instances_that_seal_anew_at_once_agree() {
    let file = furnished();
    let before = works(&Instance::with(&file, &[OLD]));
    let counts = race(&file, 4, |_, _| reseal_all(&Instance::with(&file, &[NEW, (PREVIOUS, OLD.1)])));
    assert_eq!(counts.iter().sum::<usize>(), 4, "each key once: {counts:?}");
    assert_eq!(works(&Instance::with(&file, &[NEW])), before);
}
