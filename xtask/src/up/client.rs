//! Clients that are registered with the running server: the ready one, so that the first `curl` works, and the sample
//! application of `cargo xtask demo`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::http::{self, Post};
use super::secrets;

/// Where an application on this machine would wait for the code.
pub(crate) const REDIRECT_URI: &str = "http://127.0.0.1:8080/callback";

/// A client that the server knows.
pub(crate) struct Client {
    /// Its identifier.
    pub(crate) id: String,
    /// Its secret.
    pub(crate) secret: String,
    /// The file that holds `client_id:client_secret`, just as `curl --user` wants it.
    pub(crate) file: PathBuf,
}

/// Finds the ready client that an earlier start registered, or registers it.
pub(crate) fn ready(address: &str, admin_token: &str, state_dir: &Path) -> Result<Client> {
    let metadata = json!({
        "client_name": "Ready client of cargo xtask up",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code"],
        "scope": "openid profile email api:read",
        "token_endpoint_auth_method": "client_secret_basic",
    });
    kept(address, admin_token, state_dir.join("ready-client"), &metadata)
}

/// Finds the client whose credentials are in this file, or registers it.
pub(crate) fn kept(address: &str, admin_token: &str, file: PathBuf, metadata: &Value) -> Result<Client> {
    let credentials = match secrets::read(&file)? {
        Some(credentials) if works(address, &credentials)? => credentials,
        _ => {
            let credentials = register(address, admin_token, metadata)?;
            secrets::write(&file, &credentials)?;
            credentials
        }
    };
    let (id, secret) = credentials.split_once(':').context("the client has no secret")?;
    Ok(Client { id: id.to_owned(), secret: secret.to_owned(), file })
}

/// Whether the server takes these credentials: it answers their question about a token that there is not.
fn works(address: &str, credentials: &str) -> Result<bool> {
    let authorization = format!("Basic {}", http::base64(credentials));
    let content_type = "application/x-www-form-urlencoded";
    let body = "token=unknown";
    let (status, _) =
        Post { address, path: "/introspect", authorization: &authorization, content_type, body }.send()?;
    Ok(status == 200)
}

/// [RFC 7591 §3.1](https://www.rfc-editor.org/rfc/rfc7591#section-3.1); gives `client_id:client_secret`.
fn register(address: &str, admin_token: &str, metadata: &Value) -> Result<String> {
    let authorization = format!("Bearer {admin_token}");
    let (content_type, body) = ("application/json", metadata.to_string());
    let request = Post { address, path: "/register", authorization: &authorization, content_type, body: &body };
    let (status, answer) = request.send()?;
    if status != 201 {
        bail!("the server refused to register it: {status} {answer}");
    }
    let answer: Value = serde_json::from_str(&answer).context("the answer to the registration is not JSON")?;
    let member = |name: &str| answer.get(name).and_then(Value::as_str).with_context(|| format!("no {name}"));
    Ok(format!("{}:{}", member("client_id")?, member("client_secret")?))
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;
    use std::thread::{self, JoinHandle};

    use super::*;

    const REGISTERED: &str = r#"{"client_id":"abc","client_secret":"scs_1"}"#;

    /// A server that gives these answers, one a connection, and hands back what it was asked.
    fn server(answers: Vec<(u16, &'static str)>) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let serve = move |(status, body): (u16, &str)| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let head: Vec<_> = reader.by_ref().lines().map(Result::unwrap).take_while(|l| !l.is_empty()).collect();
            let length = head.iter().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap().parse().unwrap();
            let mut asked = vec![0; length];
            reader.read_exact(&mut asked).unwrap();
            write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
            format!("{} {}", head.join("\n"), String::from_utf8(asked).unwrap())
        };
        (address, thread::spawn(move || answers.into_iter().map(serve).collect()))
    }

    #[test]
    fn a_first_start_registers_a_client_with_the_admin_token() {
        let folder = tempfile::tempdir().unwrap();
        let (address, asked) = server(vec![(201, REGISTERED)]);
        let client = ready(&address, "admin", folder.path()).unwrap();
        assert_eq!(client.id, "abc");
        assert_eq!(std::fs::read_to_string(client.file).unwrap(), "abc:scs_1\n");
        let asked = asked.join().unwrap().concat();
        assert!(asked.starts_with("POST /register ") && asked.contains("Authorization: Bearer admin"), "{asked}");
    }

    #[test]
    fn a_restart_keeps_the_client_that_still_works() {
        let folder = tempfile::tempdir().unwrap();
        secrets::write(&folder.path().join("ready-client"), "old:secret").unwrap();
        let (address, asked) = server(vec![(200, "{}")]);
        assert_eq!(ready(&address, "admin", folder.path()).unwrap().id, "old");
        assert!(asked.join().unwrap().concat().starts_with("POST /introspect "));
    }

    #[test]
    fn a_client_that_the_server_forgot_is_registered_anew() {
        let folder = tempfile::tempdir().unwrap();
        secrets::write(&folder.path().join("ready-client"), "old:secret").unwrap();
        let (address, _) = server(vec![(401, "{}"), (201, REGISTERED)]);
        assert_eq!(ready(&address, "admin", folder.path()).unwrap().id, "abc");
    }

    #[test]
    fn a_refused_registration_is_an_error_with_the_servers_words() {
        let folder = tempfile::tempdir().unwrap();
        let (address, _) = server(vec![(403, "closed")]);
        let error = ready(&address, "admin", folder.path()).err().unwrap();
        assert!(error.to_string().contains("403 closed"));
    }
}
