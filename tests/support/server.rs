//! Servers under test: the shared one, those with settings of their own, and those that are stopped and started.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Mutex, OnceLock},
    time::Duration,
};

use reqwest::{Method, RequestBuilder, redirect::Policy};

use super::{Answer, Ask, raw::Connection, record, unique};

/// Settings that several tests share, so that they share a server.
pub mod profile {
    type Variables = &'static [(&'static str, &'static str)];

    /// The defaults, the login throttle among them.
    pub const DEFAULT: Variables = &[];
    /// Everything an operator may tighten, without shutting anybody out.
    pub const STRICT: Variables = &[
        ("signup", "invite"),
        ("invite_code", "an-invite-code-of-the-suite"),
        ("registration", "open"),
        ("allowed_origins", "https://spa.example http://localhost:5173"),
        ("pkce_methods", "S256"),
        ("protected_resources", "https://api.example"),
        ("dpop_nonce", "on"),
        ("refresh_reuse_interval", "0"),
        ("brand_name", "Suite & Sons"),
        ("brand_color", "#aa0011"),
        ("support_uri", "https://help.example/stuck"),
    ];
    /// Registration is open, and who registers must be quick.
    pub const STRANGERS: Variables = &[
        ("registration", "open"),
        ("registration_scopes", "openid profile mcp:tools"),
        ("unused_client_expires_in", "2"),
        ("login_throttle", "off"),
    ];
    /// Other servers may be on this machine.
    pub const NEIGHBOURS: Variables = &[("outbound_private_addresses", "on"), ("login_throttle", "off")];
    /// Accounts are made by others.
    pub const NO_SIGNUP: Variables = &[("signup", "closed")];
    /// Short lives.
    pub const SHORT: Variables = &[
        ("access_token_expires_in", "3"),
        ("auth_code_expires_in", "3"),
        ("device_code_expires_in", "3"),
        ("refresh_token_expires_in", "6"),
        ("refresh_reuse_interval", "1"),
        ("login_throttle", "off"),
    ];
    /// Sessions that end soon.
    pub const SHORT_SESSION: Variables = &[("session_expires_in", "2")];
    /// The same, and other servers may be on this machine.
    pub const SHORT_SESSION_OUTBOUND: Variables =
        &[("session_expires_in", "2"), ("outbound_private_addresses", "on"), ("login_throttle", "off")];
    /// Nobody new, any origin, and an issuer with a path, behind a proxy that takes the path away.
    pub const CLOSED: Variables =
        &[("issuer", "{base}/tenant"), ("signup", "closed"), ("registration", "closed"), ("allowed_origins", "*")];
    /// Every authorization request is pushed, and soon forgotten.
    pub const PUSHED: Variables = &[("require_pushed_authorization_requests", "on"), ("par_expires_in", "5")];
    /// Limits of what one client and one token may ask for in a minute.
    pub const LIMITED: Variables = &[("token_rate_limit", "3"), ("userinfo_rate_limit", "3")];
    /// A limit of what may come from one address in a minute.
    pub const CROWDED: Variables = &[("authorize_rate_limit", "20")];
    /// Clients publish themselves, and other servers may be on this machine.
    pub const OUTBOUND: Variables = &[("client_id_metadata_documents", "on"), ("outbound_private_addresses", "on")];
    /// Clients publish themselves, on public hosts.
    pub const DOCUMENTS: Variables = &[("client_id_metadata_documents", "on")];
    /// Reached over https, behind a proxy that ends TLS.
    pub const SECURE: Variables = &[("issuer", "https://id.example.com")];
    /// The same, for people with passkeys.
    pub const NAMED: Variables = &[("issuer", "https://id.example.com"), ("login_throttle", "off")];
    /// Each request has a line in the log.
    pub const LOGGED: Variables = &[("access_log", "on"), ("login_throttle", "off")];
    /// Settings that are wrong.
    pub const BAD: Variables = &[
        ("access_token_expires_in", "15m"),
        ("signup", "opne"),
        ("pkce_methods", "S256 none"),
        ("allowed_origins", "https://spa.example/"),
    ];
}

/// Stops the host when the test process ends, however it ends: its end closes our end of the pipe. The exit status is
/// the host's.
const WATCHDOG: &str = r#"
"$@" 2>"$LOG" & host=$!
echo "$host" >"$PID"
read -r _
kill -TERM "$host" 2>/dev/null
wait "$host"; status=$?
exit $status
"#;

/// Signing keys that everybody knows: RFC 7515 appendices A.2 and A.3, RFC 8037 appendix A.1.
pub const PUBLISHED_KEYS: &str = include_str!("published_keys.json");

/// A server under test.
pub struct Server {
    pub base: String,
    pub issuer: String,
    pub admin_token: String,
    process: Option<Process>,
}

struct Process {
    watchdog: Child,
    log: PathBuf,
}

impl Server {
    /// The server that most tests share. Failed logins are not throttled: they all come from one address. Every request has
    /// its line in the log, so that what must not be in it is looked for in the lines of them all.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("SPIN_AUTH_BASE_URL") {
            Ok(base) => Self::remote(base.trim_end_matches('/')),
            Err(_) => Self::launch(&[], profile::LOGGED, &state_dir(), "first"),
        })
    }

    /// The server with these settings, shared with every test that asks for the same; `None`, with a note, where the
    /// suite is aimed at a server that runs already.
    pub fn with(variables: &'static [(&'static str, &'static str)]) -> Option<&'static Self> {
        static STARTED: Mutex<BTreeMap<&'static [(&'static str, &'static str)], &'static Server>> =
            Mutex::new(BTreeMap::new());
        if is_remote() {
            return None;
        }
        // Making keys takes seconds; the shared server and those of `Server::start` do it.
        let settings = [&[("signing_keys", PUBLISHED_KEYS)], variables].concat();
        let mut started = STARTED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Some(
            started
                .entry(variables)
                .or_insert_with(|| Box::leak(Box::new(Self::launch(&[], &settings, &state_dir(), "first")))),
        )
    }

    /// A server of this test's own on this state; `None` as above.
    pub fn start(variables: &[(&str, &str)], state: &State) -> Option<Self> {
        Self::start_by(&[], variables, state)
    }

    /// The same, with these arguments for the host.
    pub fn start_by(arguments: &[&str], variables: &[(&str, &str)], state: &State) -> Option<Self> {
        (!is_remote()).then(|| Self::launch(arguments, variables, &state.0, "first"))
    }

    /// Another host of the same server: the same issuer and the same state.
    pub fn start_beside(&self, variables: &[(&str, &str)], state: &State) -> Self {
        let variables = [variables, &[("issuer", &self.issuer)]].concat();
        Self::launch(&[], &variables, &state.0, "second")
    }

    /// Ends the server as an operator would, with SIGTERM.
    pub fn stop(mut self) -> ExitStatus {
        let mut process = self.process.take().expect("a server that this test started");
        drop(process.watchdog.stdin.take());
        process.watchdog.wait().unwrap()
    }

    /// Ends the server as a power cut would, with SIGKILL.
    pub fn kill(self) {
        let process = self.process.as_ref().expect("a server that this test started");
        let pid = std::fs::read_to_string(process.log.with_extension("pid")).unwrap();
        assert!(Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap().success());
        self.stop();
    }

    /// What the server wrote for its operator.
    pub fn log(&self) -> String {
        let process = self.process.as_ref().expect("a server that this suite started");
        std::fs::read_to_string(&process.log).unwrap_or_default()
    }

    fn remote(base: &str) -> Self {
        let metadata = Connection::open(base).request("GET /.well-known/openid-configuration", &[], "");
        let metadata: serde_json::Value =
            serde_json::from_slice(&metadata.body).expect("discovery of the given server");
        Self {
            base: base.to_owned(),
            issuer: metadata["issuer"].as_str().expect("issuer").to_owned(),
            admin_token: std::env::var("SPIN_AUTH_ADMIN_TOKEN")
                .expect("SPIN_AUTH_ADMIN_TOKEN goes with SPIN_AUTH_BASE_URL"),
            process: None,
        }
    }

    fn launch(arguments: &[&str], variables: &[(&str, &str)], state: &Path, name: &str) -> Self {
        // A server that is started again on its state keeps its address and its administrator.
        let port = remembered(state, &format!("{name}.port"), || {
            TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string()
        });
        let base = format!("http://127.0.0.1:{port}");
        let mut settings = BTreeMap::from([("issuer", base.clone()), ("bcrypt_rounds", "4".to_owned())]);
        settings.extend(variables.iter().map(|(name, value)| (*name, value.replace("{base}", &base))));
        let admin_token = remembered(state, "admin-token", || format!("adm_{}{}", unique(), unique()));
        let all = settings.iter().map(|(name, value)| (*name, value.as_str()));
        record::settings(all.chain([("admin_token", admin_token.as_str())]));
        let log = state.join(format!("{name}.log"));
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "sh"]).arg(host()).arg("--from").arg(manifest());
        command
            .args(["--listen", &format!("127.0.0.1:{port}"), "--state-dir"])
            .arg(state.join("state"))
            .args(arguments);
        for (name, value) in &settings {
            command.args(["--variable", &format!("{name}={value}")]);
        }
        command.env("SPIN_VARIABLE_ADMIN_TOKEN", &admin_token).env("SPIN_AUTH_HOST_FAULTS", state.join("faults"));
        command.env("LOG", &log).env("PID", log.with_extension("pid"));
        let mut watchdog =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("sh starts");
        let mut stdout = BufReader::new(watchdog.stdout.take().unwrap());
        let mut said = String::new();
        while !said.lines().any(|line| line.starts_with("Serving ")) {
            let more = stdout.read_line(&mut said).unwrap();
            let reason = || std::fs::read_to_string(&log).unwrap_or_default();
            assert!(more > 0, "the host {} did not start: {said}{}", host().display(), reason());
        }
        std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        let issuer = settings["issuer"].clone();
        Self { base, issuer, admin_token, process: Some(Process { watchdog, log }) }
    }

    /// The URL of a path of this server; a URL is left as it is.
    pub fn url(&self, path: &str) -> String {
        if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) }
    }

    /// Where a URL is really reached; `None` where it leads away from this server. A test server may name itself by an
    /// issuer that only a proxy would serve.
    pub fn own(&self, url: &str) -> Option<String> {
        let rest = url.strip_prefix(&self.issuer).or_else(|| url.strip_prefix(&self.base))?;
        (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| format!("{}{rest}", self.base))
    }

    /// A request to a path of this server, on a new connection, without cookies, redirects not followed.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        client().request(method, self.url(path))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path).ask().await
    }

    /// A GET with a bearer token.
    pub async fn get_as(&self, path: &str, token: &str) -> Answer {
        self.request(Method::GET, path).bearer_auth(token).ask().await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.request(Method::POST, path).form(form).ask().await
    }

    /// A request of the administrator with a JSON body.
    pub async fn administer(&self, method: Method, path: &str, body: serde_json::Value) -> Answer {
        self.request(method, path).bearer_auth(&self.admin_token).json(&body).ask().await
    }

    /// Sets what a user may do.
    pub async fn set_access_level(&self, email: &str, level: &str) -> Answer {
        let body = serde_json::json!({"access_level": level});
        self.administer(Method::PATCH, &format!("/admin/api/users/{email}"), body).await.expect(200)
    }

    /// Whether this access token still opens userinfo.
    pub async fn accepts(&self, access_token: &str) -> bool {
        let answer = self.get_as("/userinfo", access_token).await;
        assert!(matches!(answer.status, 200 | 401), "userinfo answered {}: {}", answer.status, answer.body);
        answer.status == 200
    }

    /// The name of a cookie: on https it is bound to the host.
    pub fn cookie_name(&self, name: &str) -> String {
        if self.issuer.starts_with("https:") { format!("__Host-{name}") } else { name.to_owned() }
    }
}

/// State that outlives a server.
pub struct State(PathBuf);

impl State {
    pub fn new() -> Self {
        Self(state_dir())
    }
}

impl State {
    /// Where the server keeps the file of this name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join("state").join(name)
    }

    /// Has the storage fail as `--faults` of the host says, until it is told otherwise.
    pub fn fail(&self, faults: &str) {
        std::fs::write(self.0.join("faults"), faults).unwrap();
    }

    /// Puts a file where the server keeps its own.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), contents).unwrap();
    }

    /// Every byte that the server has stored.
    pub fn bytes(&self) -> Vec<u8> {
        fn collect(dir: &Path, bytes: &mut Vec<u8>) {
            for entry in std::fs::read_dir(dir).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { collect(&path, bytes) } else { bytes.extend(std::fs::read(path).unwrap()) }
            }
        }
        let mut bytes = Vec::new();
        collect(&self.0.join("state"), &mut bytes);
        bytes
    }
}

/// An HTTP client without redirects, cookies and proxies. Each test has its own runtime, so nothing is shared.
pub fn client() -> reqwest::Client {
    let builder = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_secs(60));
    builder.build().unwrap()
}

fn is_remote() -> bool {
    let is_remote = std::env::var_os("SPIN_AUTH_BASE_URL").is_some();
    if is_remote {
        println!("skipped: this test needs a server with settings of its own, and SPIN_AUTH_BASE_URL is set");
    }
    is_remote
}

fn state_dir() -> PathBuf {
    // What is in it stays until the next run: `suite_secrets.rs` looks it through.
    let dir = record::folder().join(unique());
    std::fs::create_dir_all(dir.join("state")).unwrap();
    dir
}

fn remembered(state: &Path, name: &str, make: impl FnOnce() -> String) -> String {
    let file = state.join(name);
    std::fs::read_to_string(&file).unwrap_or_else(|_| {
        let value = make();
        std::fs::write(&file, &value).unwrap();
        value
    })
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn host() -> PathBuf {
    std::env::var_os("SPIN_AUTH_HOST_BIN").map_or_else(|| workspace().join("target/host/spin-auth-host"), PathBuf::from)
}

fn manifest() -> PathBuf {
    std::env::var_os("SPIN_AUTH_MANIFEST").map_or_else(|| workspace().join("spin.toml"), PathBuf::from)
}
