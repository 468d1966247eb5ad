//! The page that `up` ends with: what runs where, and the first things to try.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use super::client::{Client, REDIRECT_URI};

/// The page.
pub(crate) fn page(base_url: &str, client: &Client, admin_token: &str) -> String {
    let credentials = shell_word(&client.file);
    let first_admin = first_admin_hint(base_url, admin_token);
    format!(
        r#"
  Open          {base_url}/            sign up at {base_url}/signup
  Discovery     {base_url}/.well-known/openid-configuration

  Ready client  client_id      {id}
                client_secret  after the colon in {credentials}
                redirect_uri   {REDIRECT_URI}

  A token:
    curl --user "$(cat {credentials})" {base_url}/token -d grant_type=client_credentials -d scope=api:read

  The first admin, after signing up (put your address in):
    {first_admin}

  Ctrl-C stops the server; its state stays.
"#,
        id = client.id,
    )
}

/// How to become the first admin in one step: the only place that knows.
fn first_admin_hint(base_url: &str, admin_token: &str) -> String {
    format!(
        r#"curl -X PATCH {base_url}/admin/api/users/you@example.com -H "Authorization: Bearer {admin_token}" --json '{{"access_level":"admin"}}'"#
    )
}

/// The address under which a server that listens here is reached from this machine.
pub(crate) fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// A path as one word of a shell command.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(plain) { text.into_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_client_and_shows_no_secret() {
        let client = Client { id: "abc".into(), secret: "scs_1".into(), file: "state/ready-client".into() };
        let page = page("http://127.0.0.1:3000", &client, "$(cat state/admin-token)");
        assert!(page.contains("client_id      abc") && !page.contains("scs_1"));
        assert!(page.contains("curl --user \"$(cat state/ready-client)\" http://127.0.0.1:3000/token"));
    }

    #[test]
    fn a_server_on_every_address_is_reached_on_loopback() {
        assert_eq!(reachable("0.0.0.0:80".parse().unwrap()).to_string(), "127.0.0.1:80");
        assert_eq!(reachable("[::]:80".parse().unwrap()).to_string(), "[::1]:80");
        assert_eq!(reachable("192.0.2.1:80".parse().unwrap()).to_string(), "192.0.2.1:80");
    }

    #[test]
    fn a_path_with_blanks_is_quoted_for_the_shell() {
        assert_eq!(shell_word(Path::new("my state/it's")), r"'my state/it'\''s'");
    }
}
