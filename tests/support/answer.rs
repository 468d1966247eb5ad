//! An HTTP response as a test reads it.

use reqwest::{RequestBuilder, Url, header::HeaderMap};
use serde_json::Value;

use super::record;

/// A response, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    pub url: Url,
}

/// Sends a request and reads the whole response.
pub trait Ask {
    async fn ask(self) -> Answer;
}

impl Ask for RequestBuilder {
    async fn ask(self) -> Answer {
        let (client, request) = self.build_split();
        let request = request.expect("a request");
        record::request(&request);
        let response = client.execute(request).await.expect("the server answers");
        let answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            url: response.url().clone(),
            body: response.text().await.expect("the response has the length that it announces"),
        };
        record::answer(answer.url.path(), &answer.headers, &answer.body);
        answer
    }
}

impl Answer {
    /// The value of a header; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Every value of a header.
    pub fn headers_of(&self, name: &str) -> Vec<&str> {
        self.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
    }

    /// The answer itself where it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{} answered: {}", self.url, self.body);
        self
    }

    /// The body, which must be JSON by its content type too.
    #[track_caller]
    pub fn json(&self) -> Value {
        let kind = self.header("content-type");
        assert!(kind.starts_with("application/json"), "{} answered {} {kind}: {}", self.url, self.status, self.body);
        serde_json::from_str(&self.body).expect("valid JSON")
    }

    /// The page, which must be HTML by its content type.
    #[track_caller]
    pub fn html(&self) -> &str {
        let kind = self.header("content-type");
        assert!(kind.starts_with("text/html"), "{} answered {} {kind}: {}", self.url, self.status, self.body);
        &self.body
    }

    /// The JSON error of this status and code, with a description and nothing else of note.
    #[track_caller]
    pub fn expect_error(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{} answered: {}", self.url, self.body);
        let json = self.json();
        assert_eq!(json["error"], code, "{}", self.body);
        let description = json["error_description"].as_str().expect("error_description");
        assert!(!description.is_empty());
        // "Values for the "error_description" parameter MUST NOT include characters outside the set" (RFC 6749 §5.2)
        assert!(
            description.bytes().all(|byte| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e)),
            "{description}"
        );
        assert!(json.get("access_token").is_none());
    }

    /// Whether the browser is sent elsewhere.
    pub fn is_redirect(&self) -> bool {
        matches!(self.status, 301 | 302 | 303 | 307 | 308)
    }

    /// Where the browser is sent, by 302 or 303 alone: 307 would send a password on.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert!(matches!(self.status, 302 | 303), "{} answered {}: {}", self.url, self.status, self.body);
        self.url.join(self.header("location")).expect("a valid Location")
    }

    /// A page with this status that sends the browser nowhere.
    #[track_caller]
    pub fn expect_error_page(&self, status: u16) {
        assert_eq!(self.status, status, "{} answered: {}", self.url, self.body);
        assert!(self.headers.get("location").is_none(), "an error page must not redirect: {:?}", self.headers);
        assert!(self.html().contains("<title>"));
        assert!(!self.body.to_lowercase().contains("http-equiv=\"refresh\""));
    }

    /// The attributes of the cookie that this answer sets, in lower case, and its value.
    pub fn cookie(&self, name: &str) -> Option<(String, Vec<String>)> {
        self.headers_of("set-cookie").into_iter().find_map(|line| {
            let mut parts = line.split(';').map(str::trim);
            let (key, value) = parts.next()?.split_once('=')?;
            (key == name).then(|| (value.to_owned(), parts.map(str::to_lowercase).collect()))
        })
    }
}
