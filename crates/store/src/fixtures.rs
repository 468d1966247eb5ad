//! A user, two clients and their grants, all with fixed times, identifiers and secrets.

use domain::{
    By, Id, StorageError,
    admin::{Accounts, Administrator, Change, Who},
    client::{Client, Clients},
    grant::{Code, Grant, Grants, NewGrant, Presentation, Redeemed, Redemption, RefreshStart, Rotation},
    session::{Session, SessionKey, SignedIn},
    user::{AccessLevel, Email, PasswordHash, User, Users},
};
use protocol::{
    Timestamp,
    claims::AskedClaims,
    client_metadata::ClientMetadata,
    redirect_uri::{RedirectUri, VerifiedRedirect},
    resource::Resources,
    scope::Scope,
    secret::SecretHash,
    standard_claims::StandardClaims,
};

use crate::{
    Database, Store, Value,
    testing::{File, Sqlite, block_on},
};

/// Where the client `app` gets its codes.
pub(crate) const REDIRECT: &str = "https://app.example/callback";
/// How long the previous refresh token gets the same successor again.
pub(crate) const REUSE_INTERVAL: i64 = 30;

/// So many seconds after the time at which every test begins.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp(1_700_000_000 + seconds)
}

/// The identifier of this number.
pub(crate) fn id(number: u64) -> Id {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Id::from_bytes(&bytes).unwrap()
}

/// The hash of the secret of this number.
pub(crate) fn hash(number: u64) -> SecretHash {
    SecretHash::of(&number.to_be_bytes())
}

/// The scope of these tokens.
pub(crate) fn scope(tokens: &str) -> Scope {
    Scope::parse(tokens).unwrap()
}

/// The email address of the user of this number.
pub(crate) fn email(number: u64) -> Email {
    Email::parse(&format!("user{number}@example.org")).unwrap()
}

/// The user of this number.
pub(crate) fn user(number: u64) -> User {
    User {
        id: id(number),
        user_id: format!("UX-{number:04}"),
        email: email(number).to_string(),
        email_verified: false,
        given_name: "Ada".to_owned(),
        family_name: "Lovelace".to_owned(),
        access_level: AccessLevel::User,
        created_at: at(0),
        updated_at: at(0),
        claims: StandardClaims::default(),
    }
}

/// What is stored as a password.
pub(crate) fn password() -> PasswordHash {
    PasswordHash::from_stored("$2b$04$".to_owned())
}

/// The confidential client of this identifier.
pub(crate) fn client(id: &str) -> Client {
    Client {
        id: id.to_owned(),
        secret_hash: Some(hash(1)),
        metadata: ClientMetadata {
            redirect_uris: vec![RedirectUri::parse(REDIRECT).unwrap()],
            client_name: Some(format!("The {id}")),
            scope: scope("openid email profile"),
            ..ClientMetadata::default()
        }
        .into(),
        on_launchpad: false,
        created_at: at(0),
    }
}

/// How often a race is run: as usual, or as often as the environment says, which `cargo xtask torture` sets.
pub(crate) fn rounds(usual: u64) -> u64 {
    std::env::var("SPIN_AUTH_RACE_ROUNDS").map_or(usual, |rounds| rounds.parse().unwrap())
}

/// A session of the user of this number, which lives for a day.
pub(crate) fn session(number: u64) -> Session {
    Session { id: id(number), auth_time: at(0), acr: "urn:a".to_owned(), amr: "pwd".to_owned(), expires_at: at(86_400) }
}

/// The key to the session of this number.
pub(crate) fn session_key(number: u64) -> SessionKey {
    SessionKey { id: id(number), secret_hash: hash(number) }
}

/// A store with the users 1 and 2 and the clients `app` and `other`, and an empty audit log.
pub(crate) fn peopled(file: &File) -> Store<Sqlite> {
    let store = file.store();
    for number in [1, 2] {
        assert!(block_on(store.add_user(&by(at(0)), &user(number), &password())).unwrap());
    }
    for id in ["app", "other"] {
        block_on(store.add_client(&client(id), &hash(9), None)).unwrap();
    }
    block_on(store.0.query("DELETE FROM audit_log", vec![])).unwrap();
    store
}

/// Where the client `app` gets its codes, verified.
pub(crate) fn redirect() -> VerifiedRedirect {
    VerifiedRedirect::verify(Some(REDIRECT), &[RedirectUri::parse(REDIRECT).unwrap()]).unwrap()
}

/// A user, who acts at this time.
pub(crate) fn by(now: Timestamp) -> By {
    let (actor, address) = ("user".to_owned(), "192.0.2.1".to_owned());
    By { actor, address, at: now, log_expires_at: Timestamp(now.0 + 495) }
}

/// The holder of the admin token, who acts at this time.
pub(crate) fn administrator(now: Timestamp) -> Administrator {
    Administrator { by: By { actor: "admin_token".to_owned(), ..by(now) }, holds_token: true }
}

impl Store<Sqlite> {
    /// Sets the access level of the user of this address.
    pub(crate) async fn set_access_level(
        &self,
        email: &Email,
        level: AccessLevel,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let Some(known) = self.account(&Who::Email(email.clone())).await? else { return Ok(false) };
        let change = Change { access_level: Some(level), ..Change::default() };
        self.change_account(&administrator(now), known.user.id, &change).await
    }

    /// Deletes the user of this address.
    pub(crate) async fn delete_user(&self, email: &Email) -> Result<bool, StorageError> {
        let Some(known) = self.account(&Who::Email(email.clone())).await? else { return Ok(false) };
        self.delete_account(&administrator(at(1)), known.user.id).await
    }
}

/// Starts the grant of this number: of user 1 for `app`, with a code that lives for 600 s.
pub(crate) fn start(store: &Store<Sqlite>, number: u64, change: impl FnOnce(&mut NewGrant<'_>), now: Timestamp) {
    have_session(store);
    start_in(store, number, 1, "openid email", change, now);
}

/// Session 1 of user 1, without a sign-in where it is there already.
pub(crate) fn have_session(store: &Store<Sqlite>) {
    let add = "INSERT INTO sessions SELECT ?1, ?2, ?1, ?3, '', '', ?3, ?3 + 86400, '', NULL WHERE true ON CONFLICT DO NOTHING";
    block_on(store.0.query(add, vec![id(1).into(), (&hash(1)).into(), at(0).into()])).unwrap();
}

/// Starts the grant of this number in this session of user 1, with this scope.
pub(crate) fn start_in(
    store: &Store<Sqlite>,
    number: u64,
    in_session: u64,
    tokens: &str,
    change: impl FnOnce(&mut NewGrant<'_>),
    now: Timestamp,
) {
    let signed_in = SignedIn { session: session(in_session), user: user(1) };
    let scope = scope(tokens);
    let (claims, resource) = (AskedClaims::default(), Resources::default());
    let redirect = redirect();
    let mut grant = NewGrant {
        id: id(number),
        client_id: "app",
        signed_in: &signed_in,
        scope: &scope,
        resource: &resource,
        claims: &claims,
        redirect: &redirect,
        redirect_uri_was_sent: true,
        code_challenge: None,
        dpop_jkt: None,
        nonce: Some("a nonce"),
        code_hash: hash(number),
        code_expires_at: Timestamp(now.0 + 600),
    };
    change(&mut grant);
    block_on(store.start_grant(&grant, now)).unwrap();
}

/// The request that redeems the code of this grant.
pub(crate) fn redemption(number: u64) -> Redemption<'static> {
    Redemption {
        grant: id(number),
        code_hash: hash(number),
        client_id: "app",
        redirect_uri: Some(REDIRECT),
        resource: Resources::default(),
        code_challenge: None,
        key: None,
        binds: false,
        refresh: Some(RefreshStart { secret_hash: hash(number), expires_at: at(2_592_000) }),
        access_expires_at: at(900),
        until_session_ends: false,
    }
}

/// Redeems a code now.
pub(crate) fn redeem(store: &Store<Sqlite>, redemption: &Redemption<'_>) -> Option<Grant> {
    match block_on(store.redeem_code(redemption, at(1))).unwrap() {
        Redeemed::Grant(grant) => Some(*grant),
        Redeemed::WrongTarget | Redeemed::Unknown => None,
    }
}

/// The code of this grant as it is presented.
pub(crate) fn code(number: u64) -> Code {
    Code { grant: id(number), hash: hash(number) }
}

/// A store with the grant 1, whose code has been redeemed.
pub(crate) fn redeemed(file: &File) -> Store<Sqlite> {
    let store = peopled(file);
    start(&store, 1, |_| {}, at(0));
    assert!(redeem(&store, &redemption(1)).is_some());
    store
}

/// This generation of the refresh token of grant 1.
pub(crate) fn presentation(generation: u32) -> Presentation<'static> {
    Presentation {
        grant: id(1),
        generation,
        secret_hash: hash(1),
        client_id: "app",
        key: None,
        binds: false,
        rotates: true,
        reuse_interval: REUSE_INTERVAL,
        expires_at: at(2_592_000),
        access_expires_at: at(900),
    }
}

/// Presents a refresh token: the generation of its successor, or why there is none.
pub(crate) fn refresh(store: &Store<Sqlite>, presentation: &Presentation<'_>, now: Timestamp) -> Result<u32, Refused> {
    match block_on(store.rotate_refresh_token(presentation, now)).unwrap() {
        Rotation::Rotated { generation, .. } => Ok(generation),
        Rotation::Reused => Err(Refused::Reused),
        Rotation::Unknown => Err(Refused::Unknown),
    }
}

/// Why a refresh token has no successor.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Refused {
    Reused,
    Unknown,
}

/// Whether an access token of this grant is good.
pub(crate) fn is_live(store: &Store<Sqlite>, number: u64) -> bool {
    block_on(store.owner_of_user_token(id(9999), id(number))).unwrap().is_some()
}

/// The first column of the only row of a query.
pub(crate) fn value(store: &Store<Sqlite>, sql: &'static str) -> Value {
    let mut rows = block_on(store.0.query(sql, vec![])).unwrap();
    assert_eq!(rows.len(), 1, "{sql}");
    match rows.remove(0).optional_integer() {
        Ok(integer) => integer.into(),
        Err(_) => block_on(store.0.query(sql, vec![])).unwrap().remove(0).text().unwrap().into(),
    }
}

/// How many rows a query counts.
pub(crate) fn count(store: &Store<Sqlite>, sql: &'static str) -> i64 {
    block_on(store.0.query(sql, vec![])).unwrap().remove(0).integer().unwrap()
}

/// Everything that the only grant says about its refresh token and its end.
pub(crate) fn state(store: &Store<Sqlite>) -> Value {
    value(
        store,
        "SELECT json_array(redeemed_at, hex(refresh_secret_hash), refresh_generation, refresh_previous, refresh_rotated_at, \
             refresh_expires_at, revoked_at, revoked_reason, expires_at) FROM grants",
    )
}
