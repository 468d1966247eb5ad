//! A browser: it has cookies, and sends the forms of pages.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, Result};
use http::header;

use crate::{
    app::App,
    client::{Answer, Connection, Request, get, post},
};

/// What those who sign up here choose.
pub const PASSWORD: &str = "correct horse battery staple";

/// A browser.
pub struct Browser {
    /// Its connection.
    pub connection: Connection,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// One without cookies.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        Ok(Self { connection: Connection::open(address).await?, cookies: BTreeMap::new() })
    }

    /// Signs somebody up, who is signed in then.
    pub async fn sign_up(&mut self, email: &str) -> Result<()> {
        let page = self.get("/signup").await?.expect(200)?;
        let person = [("given_name", "Jane"), ("family_name", "Doe"), ("email", email), ("password", PASSWORD)];
        self.submit("/signup", &page, &person).await?.location().context("cannot sign up")?;
        Ok(())
    }

    /// Signs somebody in who has signed up.
    pub async fn sign_in(&mut self, email: &str) -> Result<()> {
        let page = self.get("/login").await?.expect(200)?;
        let person = [("email", email), ("password", PASSWORD)];
        self.submit("/login", &page, &person).await?.location().context("cannot sign in")?;
        Ok(())
    }

    /// Allows an application what it asks for, unless it is allowed already.
    pub async fn allow(&mut self, app: &App) -> Result<()> {
        let asked = self.send(app.authorize(&self.cookie())?).await?;
        if asked.redirected_with("code").is_ok() {
            return Ok(());
        }
        let page = self.get(asked.location()?).await?.expect(200)?;
        self.submit("/consent", &page, &[("decision", "approve")]).await?.redirected_with("code")?;
        Ok(())
    }

    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        let cookie = self.cookie();
        self.send(get(path, &[("cookie", &cookie)])?).await
    }

    /// Sends the form of a page, with its hidden inputs.
    pub async fn submit(&mut self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Result<Answer> {
        self.send(self.form(path, page, fields)?).await
    }

    /// The request that sends the form of a page.
    pub fn form(&self, path: &str, page: &Answer, fields: &[(&str, &str)]) -> Result<Request> {
        let text = page.text();
        let form: Vec<_> = hidden(&text).into_iter().chain(fields.iter().copied()).collect();
        post(path, &[("cookie", &self.cookie())], &form)
    }

    async fn send(&mut self, request: Request) -> Result<Answer> {
        let answer = self.connection.send(request).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str()?.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without =")?;
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        Ok(answer)
    }

    /// Its cookies, as it sends them.
    pub fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// The hidden inputs of our own pages, whose values need no unescaping.
fn hidden(page: &str) -> Vec<(&str, &str)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    inputs
        .filter_map(|rest| rest.split_once("\" value=\""))
        .map(|(n, rest)| (n, rest.split('"').next().unwrap_or("")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hidden_inputs_of_a_page_are_found() {
        let page = r#"<input type="hidden" name="csrf" value="a"> <input id="x"><input type="hidden" name="interaction" value="b.c">"#;
        assert_eq!(hidden(page), [("csrf", "a"), ("interaction", "b.c")]);
    }
}
