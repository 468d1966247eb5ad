//! No input makes a component panic (rauthy 0.36.2): the host would answer 500 for it and log the trap.

use crate::support::{App, Ask, Method, Server, server::State};

/// Text from a small generator with a fixed seed: the same in every run.
struct Junk(u64);

impl Junk {
    fn next(&mut self, below: usize) -> usize {
        // Knuth's MMIX
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % below
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.next(of.len())]
    }

    /// A value that some parser has stumbled over.
    fn value(&mut self) -> String {
        const PARTS: [&str; 32] = [
            "",
            "a",
            "%",
            "%zz",
            "%00",
            "%f0%9f%92%a9",
            "%ff",
            "+",
            "&",
            "=",
            "é",
            "\u{202e}",
            ".",
            "..",
            "-1",
            "0",
            "1e999",
            "9223372036854775808",
            "null",
            "{}",
            "[[[[",
            "\"",
            "sat_",
            "srt_AAAA",
            "eyJhbGciOiJub25lIn0",
            "eyJ.eyJ.",
            ":",
            "//",
            "https://[",
            "urn:ietf:params:oauth:request_uri:",
            "openid",
            "\\",
        ];
        (0..=self.next(4)).map(|_| self.one(&PARTS)).collect()
    }

    fn form(&mut self) -> String {
        const NAMES: [&str; 28] = [
            "client_id",
            "client_secret",
            "grant_type",
            "code",
            "redirect_uri",
            "code_verifier",
            "refresh_token",
            "scope",
            "token",
            "resource",
            "client_assertion",
            "client_assertion_type",
            "device_code",
            "user_code",
            "request_uri",
            "request",
            "response_type",
            "state",
            "nonce",
            "prompt",
            "max_age",
            "claims",
            "id_token_hint",
            "interaction",
            "csrf",
            "decision",
            "email",
            "dpop_jkt",
        ];
        const GRANTS: [&str; 4] = [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ];
        let mut form = format!("grant_type={}", self.one(&GRANTS));
        for _ in 0..self.next(9) {
            form.push_str(&format!("&{}={}", self.one(&NAMES), self.value()));
        }
        form
    }
}

#[tokio::test]
async fn no_input_makes_a_component_panic() {
    const PATHS: [&str; 16] = [
        "/token",
        "/revoke",
        "/introspect",
        "/par",
        "/register",
        "/register/x",
        "/device_authorization",
        "/userinfo",
        "/authorize",
        "/login",
        "/signup",
        "/consent",
        "/device",
        "/logout",
        "/resource/me",
        "/.well-known/oauth-protected-resource/x",
    ];
    const TYPES: [&str; 4] =
        ["application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data"];
    // Settings that let strangers get as far as they can.
    let state = State::new();
    let more = [("registration", "open"), ("login_throttle", "off"), ("client_id_metadata_documents", "on")];
    let Some(server) = Server::start(&more, &state) else { return };
    let app = App::confidential(&server).await;
    let mut junk = Junk(42);
    for round in 0..600 {
        let path = junk.one(&PATHS);
        let method = [Method::GET, Method::POST, Method::POST, Method::PUT, Method::DELETE][junk.next(5)].clone();
        let mut request = match junk.next(3) {
            0 => server.request(method, &format!("{path}?{}", junk.form())),
            1 => server.request(method, path).header("content-type", junk.one(&TYPES)).body(junk.form()),
            _ => server.request(method, path).header("content-type", junk.one(&TYPES)).body(junk.value()),
        };
        match junk.next(5) {
            0 => request = request.basic_auth(&app.id, app.secret.as_ref()),
            1 => request = request.bearer_auth(junk.one(&["sat_x", "eyJ.eyJ.x", "x y", ""])),
            2 => request = request.header("dpop", junk.one(&["", "x", "e30.e30.", "eyJ0eXAiOiJkcG9wK2p3dCJ9.e30.AA"])),
            3 => request = request.header("cookie", junk.one(&["session=x", "session=a.b.c; csrf=", "=", "csrf=\"\""])),
            _ => {}
        }
        let answer = request.ask().await;
        assert!(answer.status < 500, "round {round}: {path} answered {}: {}", answer.status, answer.body);
    }
    let log = server.log();
    assert!(!log.contains("panicked") && !log.contains("wasm trap"), "{log}");
    server.stop();
}
