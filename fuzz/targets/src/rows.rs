//! Rows as a broken or foreign database could answer them: each reader of the store reads them or says that they are
//! broken, never panics, and never tells what was stored. The first octet chooses the reader, the rest are the columns.

use std::{cell::RefCell, fmt::Debug};

use domain::{
    Id, StorageError,
    account::{Applications as _, Devices as _},
    admin::{self, Access as _, Accounts as _, AuditFilter, AuditLog as _, Counting as _, GrantsOf, Who},
    authorize::Authorizations as _,
    backchannel_logout::{Due, LogoutNotices as _},
    client::Clients as _,
    client_configuration::{ClientConfigurations as _, ConfigurationKey},
    device_authorization::DeviceAuthorizations as _,
    document::Documents as _,
    email::Emails as _,
    factors::{Factors as _, Passkeys as _},
    grant::{Code, Grants as _, Lineage, Presentation, Redemption, RefreshTokenOfGrant},
    home::Launchpad as _,
    keys::Keys as _,
    link::Links as _,
    par::PushedRequests as _,
    session::{SessionKey, Sessions as _},
    signup_mail::SignUps as _,
    transfer::{ClientTransfer as _, UserTransfer as _},
    user::{Email, Users as _},
};
use protocol::{Timestamp, resource::Resources, secret::SecretHash};

use crate::{Database, Row, Store, Value, testing::block_on};

/// Texts that columns have, for those which the fuzzer need not find.
const TEXTS: [&str; 12] = [
    "user",
    "admin",
    "openid profile",
    "ES256",
    "HS256",
    "approved",
    "denied",
    "{}",
    "[]",
    r#"{"redirect_uris":["https://app.example/cb"],"scope":"openid"}"#,
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    "https://app.example/api",
];

/// Octets that are taken one after the other; zeros where none are left.
struct Octets<'a>(&'a [u8]);

impl Octets<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next()).collect()
    }

    fn value(&mut self) -> Value {
        match self.next() % 10 {
            0 => Value::Null,
            1 => Value::Integer(self.next().into()),
            2 => Value::Integer(i64::from_be_bytes(self.take(8).try_into().unwrap())),
            3 => {
                let length = usize::from(self.next());
                Value::Text(String::from_utf8_lossy(&self.take(length)).into_owned())
            }
            4 => {
                let length = usize::from(self.next());
                Value::Blob(self.take(length))
            }
            5 => Value::Blob(vec![self.next(); 16]),
            6 => Value::Blob(vec![self.next(); 32]),
            7 => Value::Integer(1_700_000_000),
            _ => Value::Text(TEXTS[usize::from(self.next()) % TEXTS.len()].to_owned()),
        }
    }
}

/// A database that answers every statement with these rows.
struct Answers {
    rows: Vec<Vec<Value>>,
    asked: RefCell<usize>,
}

impl Database for Answers {
    async fn query(&self, _: &'static str, _: Vec<Value>) -> Result<Vec<Row>, StorageError> {
        *self.asked.borrow_mut() += 1;
        Ok(self.rows.iter().cloned().map(Row::new).collect())
    }
}

pub(crate) fn check(data: &[u8]) {
    let Some((&reader, columns)) = data.split_first() else { return };
    let mut octets = Octets(columns);
    let rows = usize::from(octets.next() % 3);
    let rows: Vec<Vec<Value>> = (0..rows)
        .map(|_| {
            let columns = octets.next() % 33;
            (0..columns).map(|_| octets.value()).collect()
        })
        .collect();
    let answer = read(&Store(Answers { rows: rows.clone(), asked: RefCell::default() }), reader);
    // It depends on the rows alone.
    assert_eq!(answer, read(&Store(Answers { rows: rows.clone(), asked: RefCell::default() }), reader));
    let Err(error) = answer else { return };
    assert!(error.starts_with("stored data is broken: "), "{error}");
    let is_word = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic() || " ':,.".contains(c));
    for value in rows.iter().flatten() {
        if let Value::Text(text) = value {
            assert!(text.len() <= 8 || is_word(text) || !error.contains(text.as_str()), "{error}");
        }
    }
}

/// What a reader makes of the rows, or its complaint.
fn read(store: &Store<Answers>, reader: u8) -> Result<String, String> {
    let id = Id::v4([7; 16]);
    let hash = SecretHash::of(b"x");
    let now = Timestamp(1_700_000_000);
    let asked = admin::Asked { after: None, limit: 2 };
    let key = SessionKey { id, secret_hash: hash };
    let email = Email::parse("ada@example.org").unwrap();
    block_on(async {
        let read = match reader % 34 {
            0 => text(store.client("app").await),
            1 => text(store.configured_client(&ConfigurationKey { client_id: "app", token_hash: hash }).await),
            2 => text(store.applications(id).await),
            3 => text(store.user_by_email(&email).await),
            4 => text(store.user_by_id(id).await),
            5 => text(store.session(&key, now).await),
            6 => text(store.circumstances("app", Some(&key), now).await),
            7 => text(store.keys().await),
            8 => text(store.document(&hash, now).await),
            9 => text(store.passkeys(id).await),
            10 => text(store.passkey(b"id").await),
            11 => text(store.enrolled(id).await),
            12 => text(store.totp(id).await),
            13 => text(store.owner_of_user_token(id, id).await),
            14 => {
                let lineage = Lineage { tokens: vec![id], grants: vec![id], clients: vec!["app".to_owned()] };
                text(store.owner_of_exchanged_token(&lineage).await)
            }
            15 => {
                let token = RefreshTokenOfGrant { grant: id, generation: 1, secret_hash: hash, client_id: "app" };
                text(store.live_refresh_token(&token, now).await)
            }
            16 => text(store.redeem_code(&redemption(id, hash, now), now).await),
            17 => text(store.rotate_refresh_token(&presentation(id, hash, now), now).await),
            18 => text(store.poll_device_code(&Code { grant: id, hash }, "app", now).await),
            19 => text(store.claim_user_code(&hash, id, now).await),
            20 => text(store.reset_link(&hash, now).await),
            21 => text(store.email_link(&hash, now).await),
            22 => text(store.sign_up(&hash, now).await),
            23 => text(store.pushed_request(&hash, "app", now).await),
            24 => text(store.claim_logout_notices(Due::Latest, 2, now).await),
            25 => text(store.devices(id, id, now).await),
            26 => text(store.connected(id, now).await),
            27 => text(store.account(&Who::parse("ada@example.org").unwrap()).await),
            28 => text(store.all_sessions(&asked, now).await),
            29 => text(store.grants_of(&GrantsOf::Everybody, &asked, now).await),
            30 => {
                let filter = AuditFilter { subject: None, action: None, since: None, until: None, asked };
                text(store.audit_log(&filter).await)
            }
            31 => text(store.counts(10, now, now).await),
            32 => text(store.exported_users(&asked).await),
            _ => text(store.exported_clients(&asked).await),
        };
        assert!(*store.0.asked.borrow() > 0, "no statement was run");
        read
    })
}

fn text<T: Debug>(read: Result<T, StorageError>) -> Result<String, String> {
    read.map(|value| format!("{value:?}")).map_err(|error| error.0)
}

fn redemption(grant: Id, code_hash: SecretHash, access_expires_at: Timestamp) -> Redemption<'static> {
    Redemption {
        grant,
        code_hash,
        client_id: "app",
        redirect_uri: None,
        resource: Resources::default(),
        code_challenge: None,
        key: None,
        binds: false,
        refresh: None,
        access_expires_at,
        until_session_ends: false,
    }
}

fn presentation(grant: Id, secret_hash: SecretHash, expires_at: Timestamp) -> Presentation<'static> {
    Presentation {
        grant,
        generation: 1,
        secret_hash,
        client_id: "app",
        key: None,
        binds: false,
        rotates: true,
        reuse_interval: 30,
        expires_at,
        access_expires_at: expires_at,
    }
}
