//! HTTP/1.1 by hand on one connection, for what a well-behaved client library does not let one send or see.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Duration,
};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::record;

/// One kept-alive connection.
pub struct Connection(BufReader<TcpStream>);

/// A response.
#[derive(Debug)]
pub struct RawAnswer {
    pub status: u16,
    /// Lines of the head, names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl RawAnswer {
    /// The header fields that are as they should be.
    fn fields(&self) -> HeaderMap {
        let field = |(name, value): &(String, String)| Some((name.parse().ok()?, value.parse().ok()?));
        self.headers.iter().filter_map(field).collect::<Vec<(HeaderName, HeaderValue)>>().into_iter().collect()
    }
}

impl Connection {
    /// Connects to a server of this base URL.
    pub fn open(base: &str) -> Self {
        let address = base.trim_start_matches("http://").split('/').next().unwrap();
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends these bytes as they are, in one piece, and reads one response.
    pub fn send(&mut self, request: &[u8]) -> RawAnswer {
        // A server that refuses early may close while the rest is still being sent.
        let _ = self.0.get_mut().write_all(request);
        let answer = self.read().expect("a response");
        let path = request.split(|byte| *byte == b' ').nth(1).map(String::from_utf8_lossy).unwrap_or_default();
        record::answer(
            path.split('?').next().unwrap_or_default(),
            &answer.fields(),
            &String::from_utf8_lossy(&answer.body),
        );
        answer
    }

    /// Sends a request with this head line, more header lines and a body.
    pub fn request(&mut self, line: &str, headers: &[&str], body: &str) -> RawAnswer {
        let mut text = format!("{line} HTTP/1.1\r\n");
        if !headers.iter().any(|header| header.to_lowercase().starts_with("host:")) {
            text.push_str("Host: 127.0.0.1\r\n");
        }
        for header in headers {
            text.push_str(header);
            text.push_str("\r\n");
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        self.send(text.as_bytes())
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        (self.0.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_owned())
    }

    fn read(&mut self) -> Option<RawAnswer> {
        let status = self.line()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let mut answer = RawAnswer { status, headers, body: Vec::new() };
        if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
            while let Some(length) = self.line().and_then(|line| usize::from_str_radix(&line, 16).ok()) {
                let mut chunk = vec![0; length + 2];
                self.0.read_exact(&mut chunk).ok()?;
                answer.body.extend(&chunk[..length]);
                if length == 0 {
                    break;
                }
            }
        } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
            answer.body = vec![0; length];
            self.0.read_exact(&mut answer.body).ok()?;
        }
        Some(answer)
    }
}
