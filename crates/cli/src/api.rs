//! The admin API over HTTP.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use ureq::{Agent, Body, http::Response};

/// What is not percent-encoded in a segment of a path or in a query: the unreserved characters
/// ([RFC 3986 §2.3](https://www.rfc-editor.org/rfc/rfc3986#section-2.3)).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How something is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

/// One request, and how its answer is shown.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    /// Below `/admin/api/`, each segment as it is meant.
    pub(crate) path: Vec<String>,
    /// What the query says.
    pub(crate) query: Vec<(&'static str, String)>,
    /// The JSON body.
    pub(crate) body: Option<Value>,
    /// The columns of the table where the answer is a list.
    pub(crate) columns: &'static [&'static str],
    /// Whether all pages of a list are fetched.
    pub(crate) all: bool,
}

impl Call {
    pub(crate) fn new(method: Method, path: &[&str]) -> Self {
        let path = path.iter().map(|segment| (*segment).to_owned()).collect();
        Self { method, path, query: Vec::new(), body: None, columns: &[], all: false }
    }

    pub(crate) fn columns(mut self, columns: &'static [&'static str]) -> Self {
        self.columns = columns;
        self
    }

    /// With what the query says, as far as it says something.
    pub(crate) fn query(mut self, query: impl IntoIterator<Item = (&'static str, Option<String>)>) -> Self {
        self.query.extend(query.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Value>) -> Self {
        self.body = Some(body.into());
        self
    }
}

/// The admin API of a server.
pub(crate) struct Api {
    agent: Agent,
    base: String,
    authorization: String,
}

impl Api {
    pub(crate) fn new(server: &str, admin_token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // It would take the token to where the server does not say that it is.
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .user_agent("spin-auth-cli");
        Self {
            agent: config.build().into(),
            base: format!("{}/admin/api", server.trim_end_matches('/')),
            authorization: format!("Bearer {admin_token}"),
        }
    }

    /// The answer; `null` where there is nothing to say. All pages of a list become one, and all steps of sealing anew.
    pub(crate) fn call(&self, call: &Call) -> Result<Value> {
        let mut answer = self.once(call, None)?;
        while call.all
            && let Some(cursor) = answer.get("next_cursor").and_then(Value::as_str).map(str::to_owned)
        {
            let mut next = self.once(call, Some(&cursor))?;
            let more = next.get_mut("items").map(Value::take);
            let items = answer.get_mut("items").and_then(Value::as_array_mut);
            if let (Some(items), Some(Value::Array(more))) = (items, more) {
                items.extend(more);
            }
            if let (Some(sum), Some(more)) = (count(&answer), count(&next)) {
                answer.as_object_mut().map(|list: &mut Map<_, _>| list.insert(COUNT.to_owned(), (sum + more).into()));
            }
            let cursor = next.get_mut("next_cursor").map(Value::take).unwrap_or_default();
            answer.as_object_mut().map(|list: &mut Map<_, _>| list.insert("next_cursor".to_owned(), cursor));
        }
        Ok(answer)
    }

    /// The answer, from behind an earlier page where there was one.
    pub(crate) fn once(&self, call: &Call, cursor: Option<&str>) -> Result<Value> {
        let url = self.url(call, cursor);
        let answer = match (call.method, &call.body) {
            (Method::Get, _) => self.agent.get(&url).header("Authorization", &self.authorization).call(),
            (Method::Delete, _) => self.agent.delete(&url).header("Authorization", &self.authorization).call(),
            (Method::Post, None) => self.agent.post(&url).header("Authorization", &self.authorization).send_empty(),
            (Method::Post, Some(body)) => {
                self.agent.post(&url).header("Authorization", &self.authorization).send_json(body)
            }
            (Method::Patch, body) => {
                self.agent.patch(&url).header("Authorization", &self.authorization).send_json(body)
            }
        };
        read(answer.with_context(|| format!("no answer from {}", self.base))?)
    }

    /// What became of lines that are brought.
    pub(crate) fn bring(&self, what: &str, lines: &[u8]) -> Result<Value> {
        let request = self.agent.post(format!("{}/import/{what}", self.base));
        let request = request.header("Authorization", &self.authorization).header("Content-Type", "application/jsonl");
        read(request.send(lines).with_context(|| format!("no answer from {}", self.base))?)
    }

    fn url(&self, call: &Call, cursor: Option<&str>) -> String {
        let encode = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
        let mut url = self.base.clone();
        for segment in &call.path {
            url.push('/');
            url.push_str(&encode(segment));
        }
        let query = call.query.iter().map(|(name, value)| (*name, value.as_str()));
        for (n, (name, value)) in query.chain(cursor.map(|cursor| ("cursor", cursor))).enumerate() {
            url.push(if n == 0 { '?' } else { '&' });
            url.push_str(&format!("{name}={}", encode(value)));
        }
        url
    }
}

/// What the steps of sealing anew add up to.
const COUNT: &str = "resealed";

fn count(answer: &Value) -> Option<u64> {
    answer.get(COUNT).and_then(Value::as_u64)
}

/// The body of a good answer; what the server says is wrong of any other.
fn read(mut answer: Response<Body>) -> Result<Value> {
    let status = answer.status();
    let text = answer.body_mut().read_to_string().context("the answer broke off")?;
    let body = serde_json::from_str::<Value>(&text).unwrap_or_default();
    if status.is_success() {
        return Ok(body);
    }
    let said = body.get("error_description").and_then(Value::as_str).unwrap_or("The server did not say why.");
    bail!("{said} ({})", status.as_u16())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_cannot_leave_its_place_in_the_url() {
        let api = Api::new("https://id.example/tenant/", "token");
        let call = Call::new(Method::Get, &["users", "a/../b?c@d.example"]).query([
            ("q", Some("ä&b=c".to_owned())),
            ("sort", None),
            ("limit", Some("5".to_owned())),
        ]);
        assert_eq!(
            api.url(&call, Some("x y")),
            "https://id.example/tenant/admin/api/users/a%2F..%2Fb%3Fc%40d.example?q=%C3%A4%26b%3Dc&limit=5&cursor=x%20y"
        );
    }
}
