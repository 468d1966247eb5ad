//! One request over plain HTTP/1.1 to the server that we have just started; no more than that.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How long the server may take for an answer: the first one makes the database and the keys.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request with a body.
pub(crate) struct Post<'a> {
    /// `HOST:PORT`.
    pub(crate) address: &'a str,
    /// The absolute path.
    pub(crate) path: &'a str,
    /// The value of `Authorization`.
    pub(crate) authorization: &'a str,
    /// The value of `Content-Type`.
    pub(crate) content_type: &'a str,
    /// The body.
    pub(crate) body: &'a str,
}

impl Post<'_> {
    /// Sends it and gives the status and the body of the answer.
    pub(crate) fn send(&self) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(self.address).with_context(|| format!("no way to {}", self.address))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut request = String::new();
        write!(request, "POST {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.path, self.address)?;
        write!(request, "Authorization: {}\r\nContent-Type: {}\r\n", self.authorization, self.content_type)?;
        write!(request, "Content-Length: {}\r\n\r\n{}", self.body.len(), self.body)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).with_context(|| format!("no answer from {}", self.path))?;
        parse(&String::from_utf8_lossy(&answer))
    }
}

fn parse(answer: &str) -> Result<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n").context("an answer without end of its head")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok());
    let chunked = lines.any(|line| line.eq_ignore_ascii_case("transfer-encoding: chunked"));
    let body = if chunked { dechunk(body)? } else { body.to_owned() };
    Ok((status.context("an answer without status")?, body))
}

/// [RFC 9112 §7.1](https://www.rfc-editor.org/rfc/rfc9112#section-7.1), for text.
fn dechunk(mut rest: &str) -> Result<String> {
    let mut body = String::new();
    loop {
        let (size, after) = rest.split_once("\r\n").context("a chunk without size")?;
        let size = size.split(';').next().unwrap_or(size);
        let size = usize::from_str_radix(size.trim(), 16).context("a chunk with a bad size")?;
        if size == 0 {
            return Ok(body);
        }
        let (Some(chunk), Some(after)) = (after.get(..size), after.get(size..)) else {
            bail!("a chunk that is cut off");
        };
        body.push_str(chunk);
        rest = after.strip_prefix("\r\n").context("a chunk without end")?;
    }
}

/// Base64 with padding, for `Authorization: Basic`.
pub(crate) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, i| bits << 8 | chunk.get(i).copied().map_or(0, usize::from));
        for place in 0..4 {
            let digit = ALPHABET.get(bits >> (18 - 6 * place) & 63).copied().filter(|_| place <= chunk.len());
            encoded.push(digit.map_or('=', char::from));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_follows_the_vectors_of_rfc_4648() {
        let vectors = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, encoded) in vectors {
            assert_eq!(base64(text), encoded);
        }
    }

    #[test]
    fn an_answer_is_read_with_and_without_chunks() {
        let plain = parse("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok").unwrap();
        let chunked =
            parse("HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x\r\nk\r\n0\r\n\r\n");
        assert_eq!(plain, (201, "ok".to_owned()));
        assert_eq!(chunked.unwrap(), plain);
    }

    #[test]
    fn a_broken_answer_is_an_error() {
        for answer in
            ["", "HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\no\r\n0\r\n\r\n"]
        {
            assert!(parse(answer).is_err(), "{answer:?}");
        }
    }
}
