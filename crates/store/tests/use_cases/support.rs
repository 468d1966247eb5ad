//! An instance of the server without HTTP: settings, a clock that stands still, deterministic randomness.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    Env, Failure, Log, Random, Settings, StorageError,
    admin::{self, Account, Administrator, Change, Who},
    authorize::{Outcome, authorize},
    client::{Client, ClientCredentials},
    consent::{Question, Step, approve, question},
    interaction::Interaction,
    keys::{KeyCache, Keys, StoredKey},
    login::{Attempt, Outcome as LoginOutcome, login},
    outbound::{Fetched, Outbound, OutboundError},
    register::{RegistrationRequest, register},
    settings::NAMES,
    signup::{Application, signup},
    throttle::{Counter, Counters},
    token::{CodeRequest, GrantRequest, Presented, RefreshRequest, TokenRequest, token},
    user::AccessLevel,
    userinfo::{Claims, UserInfo},
};
use protocol::{
    ErrorCode, Secret, Timestamp,
    client_metadata::{ClientMetadata, SigningAlgorithm},
    outbound_url::OutboundUrl,
    params::Params,
    redirect_uri::RedirectUri,
    resource::Resources,
    response_mode::AuthorizationResponse,
    scope::Scope,
    secret::from_base64url,
    token::TokenResponse,
};

use crate::{
    Store,
    testing::{File, Sqlite, block_on},
};

/// When every test begins.
pub(crate) const NOW: i64 = 1_700_000_000;
/// Where the clients get their codes.
pub(crate) const REDIRECT: &str = "https://app.example/callback";
/// RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str =
    "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
pub(crate) const ADMIN_TOKEN: &str = "the-token-of-the-administrator";
pub(crate) const PASSWORD: &str = "correct horse battery";

/// What differs from the defaults in `spin.toml`.
const SETTINGS: [(&str, &str); 6] = [
    ("issuer", "https://id.example"),
    ("bcrypt_rounds", "4"),
    ("invite_code", "let-me-in"),
    ("registration", "open"),
    ("admin_token", ADMIN_TOKEN),
    ("key_encryption_key", "a key of more than thirty-two characters"),
];

/// The default of a setting.
fn default(name: &'static str) -> (&'static str, String) {
    let start = format!("{name} = {{ default = \"");
    let line = include_str!("../../../../spin.toml").lines().find_map(|line| line.strip_prefix(&start));
    (name, line.unwrap_or_else(|| panic!("{name} has no default")).split('"').next().unwrap().to_owned())
}

/// Octets that look random and are the same in every run.
struct Seeded(Cell<u64>);

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            // SplitMix64
            self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
            let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 56) as u8;
        }
    }
}

/// What the operator was told.
#[derive(Default)]
pub(crate) struct Notes(RefCell<Vec<String>>);

impl Notes {
    /// Takes what was noted since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

impl Log for Notes {
    fn warn(&self, event: &str) {
        self.0.borrow_mut().push(event.to_owned());
    }
}

/// One instance of the server.
pub(crate) struct Instance {
    pub(crate) store: Store<Sqlite>,
    pub(crate) now: Cell<i64>,
    pub(crate) log: Notes,
    settings: Settings,
    keys: KeyCache,
    random: Seeded,
}

impl Instance {
    pub(crate) fn of(file: &File) -> Self {
        Self::with(file, &[])
    }

    /// An instance with some settings changed.
    pub(crate) fn with(file: &File, changes: &[(&'static str, &str)]) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let changes = SETTINGS.iter().chain(changes).map(|(name, value)| (*name, (*value).to_owned()));
        Self {
            store: file.store(),
            now: Cell::new(NOW),
            log: Notes::default(),
            settings: Settings::new(NAMES.into_iter().map(default).chain(changes)),
            keys: KeyCache::default(),
            random: Seeded(Cell::new(COUNT.fetch_add(1, Ordering::Relaxed) << 40)),
        }
    }

    pub(crate) fn env(&self) -> Env<'_, Store<Sqlite>> {
        self.node(&self.store, &self.keys, self.now.get())
    }

    /// Another instance of the same server: it shares the settings, and has its own store, keys and clock.
    pub(crate) fn node<'a, S>(&'a self, store: &'a S, keys: &'a KeyCache, now: i64) -> Env<'a, S> {
        Env {
            store,
            settings: &self.settings,
            keys,
            now: Timestamp(now),
            user_agent: "",
            random: &self.random,
            log: &self.log,
        }
    }

    /// Lets so many seconds pass.
    pub(crate) fn later(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    /// Registers a confidential client, which signs by ES256.
    pub(crate) fn client(&self, change: impl FnOnce(&mut ClientMetadata)) -> App {
        let mut metadata = ClientMetadata {
            redirect_uris: vec![RedirectUri::parse(REDIRECT).unwrap()],
            scope: Scope::parse("openid profile email api:read").unwrap(),
            id_token_signed_response_alg: SigningAlgorithm::ES256,
            ..ClientMetadata::default()
        };
        change(&mut metadata);
        let request = RegistrationRequest {
            metadata,
            on_launchpad: false,
            initial_access_token: Some(Secret::new(ADMIN_TOKEN)),
            client_address: "192.0.2.1".to_owned(),
        };
        let registered = block_on(register(&self.env(), &Elsewhere::default(), request)).unwrap();
        App { client: registered.client, secret: registered.secret }
    }

    /// Signs a user up and in; answers the session cookie.
    pub(crate) fn user(&self, email: &str) -> Secret {
        block_on(signup(&self.env(), application(email))).unwrap().unwrap()
    }

    /// Signs a user in anew; answers the session cookie.
    pub(crate) fn sign_in(&self, email: &str) -> Secret {
        let attempt = Attempt {
            email: email.to_owned(),
            password: Secret::new(PASSWORD),
            client_address: "192.0.2.1".to_owned(),
        };
        match block_on(login(&self.env(), &Memory::default(), attempt)).unwrap() {
            LoginOutcome::SignedIn(cookie) => cookie,
            other => panic!("{other:?}"),
        }
    }

    /// What becomes of an authorization request with these further parameters.
    pub(crate) fn authorize(&self, client: &Client, more: &str, cookie: Option<&Secret>) -> Outcome {
        self.resume(authorization(client, more), None, cookie)
    }

    /// What becomes of an authorization request that went through an interaction.
    pub(crate) fn resume(&self, params: Params, resumed: Option<Interaction>, cookie: Option<&Secret>) -> Outcome {
        block_on(authorize(&self.env(), params, resumed, cookie.map(Secret::expose))).unwrap()
    }

    /// The question of the consent page of an interaction.
    pub(crate) fn question(&self, interaction: &Interaction, cookie: &Secret) -> Box<Question> {
        match block_on(question(&self.env(), interaction, Some(cookie.expose()))).unwrap() {
            Step::Ask(question) => question,
            other => panic!("{other:?}"),
        }
    }

    /// A code for this client, after the user's consent where it is asked for.
    pub(crate) fn code(&self, client: &Client, more: &str, cookie: &Secret) -> String {
        let location = match self.authorize(client, more, Some(cookie)) {
            Outcome::Redirect(response) => location(response),
            Outcome::Consent(interaction) => location(
                block_on(approve(&self.env(), &interaction, &self.question(&interaction, cookie))).unwrap().unwrap(),
            ),
            other => panic!("{other:?}"),
        };
        answer(&location, "code").unwrap_or_else(|| panic!("no code in {location}"))
    }

    /// Redeems a code as this client does.
    pub(crate) fn redeem(&self, by: &App, code: &str, verifier: Option<&str>) -> Result<TokenResponse, Failure> {
        let grant = GrantRequest::AuthorizationCode(CodeRequest {
            code: Secret::new(code),
            redirect_uri: Some(REDIRECT.to_owned()),
            code_verifier: verifier.map(Secret::new),
            resource: Resources::default(),
        });
        block_on(token(&self.env(), TokenRequest { client: by.credentials(), dpop: None, grant }))
    }

    /// Refreshes as this client does.
    pub(crate) fn refresh(&self, by: &App, refresh_token: &str, scope: Option<&str>) -> Result<TokenResponse, Failure> {
        let grant = GrantRequest::RefreshToken(RefreshRequest {
            refresh_token: Secret::new(refresh_token),
            scope: scope.map(|scope| Scope::parse(scope).unwrap()),
            resource: Resources::default(),
        });
        block_on(token(&self.env(), TokenRequest { client: by.credentials(), dpop: None, grant }))
    }

    /// The tokens of this client and this user.
    pub(crate) fn tokens(&self, by: &App, scope: &str, cookie: &Secret) -> TokenResponse {
        let code = self.code(&by.client, &format!("scope={}", scope.replace(' ', "+")), cookie);
        self.redeem(by, &code, None).unwrap()
    }
}

/// A registered client with its secret.
pub(crate) struct App {
    pub(crate) client: Client,
    pub(crate) secret: Option<Secret>,
}

impl App {
    pub(crate) fn credentials(&self) -> ClientCredentials {
        ClientCredentials { client_id: self.client.id.clone(), proof: self.secret.clone().into() }
    }
}

/// An access token as a bearer token.
pub(crate) fn bearer(token: impl Into<String>) -> Presented {
    Presented { token: Secret::new(token), proof: None }
}

/// An authorization request of this client.
pub(crate) fn authorization(client: &Client, more: &str) -> Params {
    let encoded = format!("client_id={}&response_type=code&redirect_uri={REDIRECT}&state=s&{more}", client.id);
    Params::parse(encoded.as_bytes()).unwrap()
}

/// What somebody types to sign up.
pub(crate) fn application(email: &str) -> Application {
    Application {
        given_name: "Ada".to_owned(),
        family_name: "Lovelace".to_owned(),
        email: email.to_owned(),
        password: Secret::new(PASSWORD),
        invite_code: None,
        client_address: "192.0.2.1".to_owned(),
    }
}

/// A parameter of the answer that a redirect takes to the client.
pub(crate) fn answer(location: &str, name: &str) -> Option<String> {
    let (uri, query) = location.split_once('?').unwrap();
    assert_eq!(uri, REDIRECT);
    Params::parse(query.as_bytes()).unwrap().get(name).unwrap().map(str::to_owned)
}

/// The URL that takes an answer to the client.
#[track_caller]
pub(crate) fn location(response: AuthorizationResponse) -> String {
    match response {
        AuthorizationResponse::Query(location) => location,
        other => panic!("{other:?}"),
    }
}

/// The redirect that an authorization request led to at once.
#[track_caller]
pub(crate) fn redirect(outcome: Outcome) -> String {
    match outcome {
        Outcome::Redirect(response) => location(response),
        other => panic!("{other:?}"),
    }
}

/// The claims of an answer of userinfo that is not signed.
#[track_caller]
pub(crate) fn plain(info: UserInfo) -> Claims {
    match info {
        UserInfo::Json(claims) => *claims,
        UserInfo::Jwt(jwt) => panic!("{jwt}"),
    }
}

/// The code of a refusal.
#[track_caller]
pub(crate) fn refusal<T>(result: Result<T, Failure>) -> ErrorCode {
    match result {
        Err(Failure::Refused(error)) => error.code,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(jwt: &str) -> serde_json::Value {
    serde_json::from_slice(&from_base64url(jwt.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// A migrated file with a key of each algorithm. They are made once: an RSA key takes its time.
pub(crate) fn furnished() -> File {
    static MADE: OnceLock<Vec<StoredKey>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let file = File::new();
        let instance = Instance::of(&file);
        block_on(instance.env().complete_key_ring()).unwrap();
        block_on(instance.store.keys()).unwrap()
    });
    let file = File::new();
    let store = file.store();
    for key in made {
        block_on(store.add_key(key)).unwrap();
    }
    file
}

/// Other servers: none but these documents.
#[derive(Default)]
pub(crate) struct Elsewhere(pub(crate) BTreeMap<&'static str, &'static str>);

impl Outbound for Elsewhere {
    async fn fetch(&self, url: &OutboundUrl, max_octets: usize) -> Result<Fetched, OutboundError> {
        let body = self.0.get(url.as_str()).filter(|body| body.len() <= max_octets);
        body.map(|body| Fetched { body: body.as_bytes().to_vec(), max_age: None }).ok_or("nothing is there".into())
    }

    async fn post(&self, _: &OutboundUrl, _: &str) -> Result<(), OutboundError> {
        Err("nobody is there".into())
    }
}

/// Counters in memory.
#[derive(Default)]
pub(crate) struct Memory(RefCell<BTreeMap<String, Counter>>);

impl Memory {
    /// How many buckets there are.
    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl Counters for Memory {
    async fn update_counter(
        &self,
        bucket: &str,
        next: &dyn Fn(Option<Counter>) -> Counter,
    ) -> Result<Counter, StorageError> {
        let counter = next(self.0.borrow().get(bucket).copied());
        self.0.borrow_mut().insert(bucket.to_owned(), counter);
        Ok(counter)
    }
}

impl Instance {
    /// The holder of the admin token.
    pub(crate) fn administrator(&self) -> Administrator {
        admin::by_token(&self.env(), Some(Secret::new(ADMIN_TOKEN)), "192.0.2.1").unwrap()
    }
}

/// Sets what the user of this address may do.
pub(crate) async fn set_access_level(
    env: &Env<'_, Store<Sqlite>>,
    email: &str,
    level: &str,
) -> Result<Option<Account>, Failure> {
    let by = admin::by_token(env, Some(Secret::new(ADMIN_TOKEN)), "192.0.2.1")?;
    let change = Change { access_level: AccessLevel::parse(level), ..Change::default() };
    admin::change_account(env, &by, &Who::parse(email).unwrap(), change).await
}

/// Deletes the user of this address; whether there was one.
pub(crate) async fn delete_user(env: &Env<'_, Store<Sqlite>>, email: &str) -> Result<bool, Failure> {
    let by = admin::by_token(env, Some(Secret::new(ADMIN_TOKEN)), "192.0.2.1")?;
    admin::delete_account(env, &by, &Who::parse(email).unwrap()).await
}
