//! Cookies, [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265) and its `__Host-` prefix.

use http::{HeaderValue, header};
use protocol::issuer::Issuer;

use crate::{Field, Fields, Response};

/// A cookie of this server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cookie {
    /// Names the session.
    Session,
    /// Binds forms to the browser.
    Csrf,
}

impl Cookie {
    /// Its name. The prefix makes browsers refuse one that another host or plain http has set; on a plain-http loopback
    /// issuer, where the prefix cannot be had, it is left out.
    pub(crate) fn name(self, issuer: &Issuer) -> &'static str {
        match (self, issuer.is_secure()) {
            (Self::Session, true) => "__Host-session",
            (Self::Session, false) => "session",
            (Self::Csrf, true) => "__Host-csrf",
            (Self::Csrf, false) => "csrf",
        }
    }

    /// Sets it for so many seconds; 0 removes it.
    pub(crate) fn set(self, response: &mut Response, issuer: &Issuer, value: &str, max_age: i64) {
        let secure = if issuer.is_secure() { "; Secure" } else { "" };
        let cookie =
            format!("{}={value}; Path=/; Max-Age={max_age}; HttpOnly; SameSite=Lax{secure}", self.name(issuer));
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

/// The value of the first cookie of this name.
pub(crate) fn find<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let mut pairs =
        fields.all(Field::Cookie).flat_map(|field| field.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let fields = Fields::new(|_| vec![b"xsession=1; session=a=b; csrf=c".to_vec()]);
        assert_eq!(find(&fields, "session"), Some("a=b"));
        assert_eq!(find(&fields, "csrf"), Some("c"));
        assert_eq!(find(&fields, "sess"), None);
    }

    #[test]
    fn cookies_over_https_are_secure_and_host_only() {
        let mut response = Response::new(Vec::new());
        Cookie::Session.set(&mut response, &Issuer::parse("https://id.example").unwrap(), "v", 60);
        Cookie::Session.set(&mut response, &Issuer::parse("http://127.0.0.1:3000").unwrap(), "v", 60);
        let set: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert_eq!(set[0], "__Host-session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set[1], "session=v; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    }
}
