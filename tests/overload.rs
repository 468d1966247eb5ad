//! What costs much leaves room for what costs little, what is too much is refused, and who is slow holds up nobody.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::support::{Answer, App, Ask, Browser, Method, Server, raw::Connection, server::State};

/// So many people sign in at the same time, one after the other at each of their browsers.
const BROWSERS: usize = 24;
const EACH: usize = 2;

const FORM: &str = "Content-Type: application/x-www-form-urlencoded";

/// Sends a sign-in with a wrong password again and again, without reading the page anew.
struct SignIn<'s> {
    server: &'s Server,
    cookies: String,
    csrf: String,
}

impl<'s> SignIn<'s> {
    async fn new(server: &'s Server) -> Self {
        let mut browser = Browser::new(server);
        let page = browser.get("/login").await.expect(200);
        let csrf = browser.form(&page, "/login").value("csrf").to_owned();
        let cookies: Vec<String> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        Self { server, cookies: cookies.join("; "), csrf }
    }

    fn send(&self) -> impl Future<Output = Answer> + Send + 'static {
        let fields = [("csrf", self.csrf.as_str()), ("email", "nobody@example.org"), ("password", "not the password")];
        self.server.request(Method::POST, "/login").header("cookie", &self.cookies).form(&fields).ask()
    }
}

#[tokio::test]
async fn applications_get_tokens_while_many_people_sign_in() {
    let state = State::new();
    let Some(server) = Server::start(&[("bcrypt_rounds", "10"), ("login_throttle", "off")], &state) else { return };
    let app = App::machine(&server).await;
    let sign_in = SignIn::new(&server).await;
    let sign_ins: Vec<_> = (0..BROWSERS)
        .map(|_| {
            let sent: [_; EACH] = std::array::from_fn(|_| sign_in.send());
            tokio::spawn(async {
                for answer in sent {
                    let answer = answer.await;
                    assert!(matches!(answer.status, 401 | 503), "{}", answer.body);
                }
            })
        })
        .collect();
    // They are under way.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut tokens = 0;
    while !sign_ins.iter().all(tokio::task::JoinHandle::is_finished) {
        app.token(&[("grant_type", "client_credentials")]).await.expect(200);
        tokens += 1;
    }
    for sign_in in sign_ins {
        sign_in.await.unwrap();
    }
    assert!(tokens >= BROWSERS, "{tokens} tokens while {} people signed in", BROWSERS * EACH);
    server.stop();
}

#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "this measures the server by the real clock")]
async fn who_signs_in_where_too_many_do_is_told_soon_to_come_again_and_the_others_are_served() {
    let state = State::new();
    let settings = [("bcrypt_rounds", "10"), ("login_throttle", "off")];
    let Some(server) = Server::start_by(&["--max-concurrent-requests", "4"], &settings, &state) else { return };
    let (app, sign_in) = (App::machine(&server).await, SignIn::new(&server).await);
    let sign_ins: Vec<_> = (0..40)
        .map(|_| {
            let sent = sign_in.send();
            tokio::spawn(async {
                let begun = Instant::now();
                (sent.await, begun.elapsed())
            })
        })
        .collect();
    app.token(&[("grant_type", "client_credentials")]).await.expect(200);
    let (mut served, mut refused) = (0, 0);
    for sign_in in sign_ins {
        let (answer, took) = sign_in.await.unwrap();
        if answer.status == 401 {
            served += 1;
            continue;
        }
        refused += 1;
        answer.expect_error(503, "temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), "1");
        assert!(answer.header("cache-control").contains("no-store"));
        // A second of waiting, and what the machine takes for 40 connections.
        assert!(took < Duration::from_secs(5), "refused after {took:?}");
    }
    assert!(served >= 4 && refused > 0, "{served} were served and {refused} refused");
    sign_in.send().await.expect(401);
    server.stop();
}

/// How long the servers of the tests below wait for clients.
const TIMEOUT: Duration = Duration::from_secs(2);

/// A server with fewer places than there are slow clients.
fn impatient(state: &State) -> Option<Server> {
    let arguments = ["--client-timeout", "2s", "--max-concurrent-requests", "4"];
    Server::start_by(&arguments, &[], state)
}

/// Connections on which this is sent and nothing more.
fn stuck(server: &Server, sent: &str) -> Vec<TcpStream> {
    let address = server.base.trim_start_matches("http://");
    let open = |_| {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(sent.as_bytes()).unwrap();
        stream
    };
    (0..40).map(open).collect()
}

/// What comes until the server closes the connection.
fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end, too.
    let closed = stream.read_to_end(&mut bytes);
    assert!(!closed.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "the server holds on to it");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_request_that_does_not_arrive_holds_up_nobody_and_is_given_up() {
    let state = State::new();
    let Some(server) = impatient(&state) else { return };
    let app = App::machine(&server).await;
    let bodies =
        stuck(&server, &format!("POST /token HTTP/1.1\r\nHost: a\r\n{FORM}\r\nContent-Length: 99\r\n\r\ngrant"));
    let heads = stuck(&server, "POST /token HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    let idle = stuck(&server, "");
    for _ in 0..20 {
        app.token(&[("grant_type", "client_credentials")]).await.expect(200);
    }
    for stream in bodies {
        let answer = rest(stream);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains("\"invalid_request\""), "{answer}");
    }
    for stream in heads.into_iter().chain(idle) {
        assert_eq!(rest(stream), "");
    }
    app.token(&[("grant_type", "client_credentials")]).await.expect(200);
    server.stop();
}

#[tokio::test]
async fn connections_beyond_the_most_wait_until_others_are_closed() {
    let state = State::new();
    let arguments = ["--client-timeout", "2s", "--max-connections", "20"];
    let Some(server) = Server::start_by(&arguments, &[], &state) else { return };
    let idle = stuck(&server, "");
    let mut late = stuck(&server, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n").remove(0);
    late.set_read_timeout(Some(TIMEOUT / 2)).unwrap();
    late.read_exact(&mut [0; 1]).expect_err("there are as many as there may be");
    late.set_read_timeout(Some(TIMEOUT * 10)).unwrap();
    let mut answer = [0; 12];
    late.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop(idle);
    server.stop();
}

#[tokio::test]
async fn a_body_that_drips_is_given_up_as_one_that_does_not_come() {
    let state = State::new();
    let Some(server) = impatient(&state) else { return };
    let head = format!("POST /token HTTP/1.1\r\nHost: a\r\n{FORM}\r\nContent-Length: 9999\r\n\r\n");
    let mut stream = stuck(&server, &head).remove(0);
    let mut dripped = 0;
    while stream.write_all(b"x").is_ok() && dripped < 100 {
        tokio::time::sleep(TIMEOUT / 10).await;
        dripped += 1;
    }
    assert!(dripped < 100, "the server goes on reading");
    server.stop();
}

#[tokio::test]
async fn who_does_not_read_the_answers_holds_up_nobody_and_is_sent_away() {
    let state = State::new();
    let Some(server) = impatient(&state) else { return };
    let app = App::machine(&server).await;
    let mut stream = stuck(&server, "").remove(0);
    stream.set_write_timeout(Some(TIMEOUT / 4)).unwrap();
    // Until neither side takes more.
    let requests = "GET /login HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1000);
    while stream.write_all(requests.as_bytes()).is_ok() {}
    app.token(&[("grant_type", "client_credentials")]).await.expect(200);
    app.server.get("/login").await.expect(200);
    tokio::time::sleep(TIMEOUT * 3).await;
    assert!(rest(stream).starts_with("HTTP/1.1 200 "), "what it had before it stopped");
    server.stop();
}

#[tokio::test]
async fn a_connection_that_is_in_use_is_not_closed() {
    let state = State::new();
    let Some(server) = impatient(&state) else { return };
    let mut connection = Connection::open(&server.base);
    for _ in 0..6 {
        assert_eq!(connection.request("GET /health", &[], "").status, 200);
        tokio::time::sleep(TIMEOUT * 9 / 10).await;
    }
    server.stop();
}

#[tokio::test]
async fn more_or_longer_header_fields_than_any_request_has_are_refused_and_the_server_goes_on() {
    let server = Server::shared();
    let many: Vec<String> = (0..120).map(|number| format!("X-Field-{number}: 1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = format!("X-Field: {}", "x".repeat(70_000));
    for headers in [many.as_slice(), &[long.as_str()]] {
        for line in ["POST /token", "GET /authorize", "GET /userinfo"] {
            assert_eq!(Connection::open(&server.base).request(line, headers, "").status, 431, "{line}");
        }
    }
    // Also where it does not end.
    let endless = format!("X-Field: {}", "x".repeat(600_000));
    let status = std::panic::catch_unwind(|| Connection::open(&server.base).request("GET /", &[&endless], "").status);
    assert!(status.is_err() || status.is_ok_and(|status| status == 431));
    // What fits is answered.
    let fits = format!("X-Field: {}", "x".repeat(60_000));
    assert_eq!(Connection::open(&server.base).request("GET /health", &[&fits], "").status, 200);
}

#[tokio::test]
async fn a_huge_body_is_too_large_however_it_comes() {
    let server = Server::shared();
    let app = App::machine(server).await;
    for size in [200_000, 2_000_000] {
        let padding = "x".repeat(size);
        let form = [("grant_type", "client_credentials"), ("padding", &padding)];
        app.token(&form).await.expect_error(413, "invalid_request");
        let chunked = format!(
            "POST /token HTTP/1.1\r\nHost: a\r\n{FORM}\r\nTransfer-Encoding: chunked\r\n\r\n{size:x}\r\n{padding}\r\n0\r\n\r\n"
        );
        assert_eq!(Connection::open(&server.base).send(chunked.as_bytes()).status, 413);
    }
    // It is not read to learn that it is too large.
    let head = format!("POST /token HTTP/1.1\r\nHost: a\r\n{FORM}\r\nContent-Length: 99999999999\r\n\r\nx");
    assert_eq!(Connection::open(&server.base).send(head.as_bytes()).status, 413);
}
