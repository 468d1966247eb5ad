//! The form of an application: what most have is a field, and the rest of the metadata is JSON.

use askama::Template;
use domain::{Env, admin::NewApplication, client::Client, keys::Keys};
use http::StatusCode;
use protocol::{
    client_metadata::{GrantType, SigningAlgorithm, SubjectType, TokenEndpointAuthMethod},
    params::Params,
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{Frame, Visitor, client_query, english};
use crate::{Failure, Request, Result, admin::clients::application, page::Layout, time::utc};

/// Members that are one line, with their labels.
const LINES: [(&str, &str); 10] = [
    ("client_name", "Name"),
    ("description", "Description"),
    ("client_uri", "Home page: where the launchpad leads"),
    ("logo_uri", "Logo"),
    ("scope", "Scopes, separated by spaces"),
    ("initiate_login_uri", "Where a sign-in can be begun"),
    ("policy_uri", "Privacy policy"),
    ("tos_uri", "Terms of service"),
    ("backchannel_logout_uri", "Where it is told of sign-outs"),
    ("jwks_uri", "Where its public keys are"),
];

/// Members that are several lines, one for each value.
const LISTS: [(&str, &str); 3] = [
    ("redirect_uris", "Redirect URIs, one a line"),
    ("post_logout_redirect_uris", "Redirect URIs after sign-out, one a line"),
    ("contacts", "Contacts, one a line"),
];

/// Members that are yes or no; `launchpad` is none of the metadata.
const BOXES: [(&str, &str); 4] = [
    ("launchpad", "Everybody sees it on the launchpad"),
    ("require_multi_factor", "Its users must sign in with two factors"),
    ("dpop_bound_access_tokens", "Its tokens must be bound to a key (DPoP)"),
    ("require_pushed_authorization_requests", "It must push its authorization requests (PAR)"),
];

/// Members of which one of several values is chosen.
const CHOICES: [(&str, &str); 3] = [
    ("token_endpoint_auth_method", "How it authenticates; none: it is public, and must use PKCE"),
    ("id_token_signed_response_alg", "How its ID tokens are signed"),
    ("subject_type", "How it knows users"),
];

/// What somebody typed of an application.
pub struct Typed {
    members: Map<String, Value>,
    further: String,
    problem: Option<&'static str>,
}

/// The name of a value, as metadata has it.
fn name(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn values(member: &str) -> Vec<String> {
    match member {
        "token_endpoint_auth_method" => TokenEndpointAuthMethod::ALL.into_iter().map(name).collect(),
        "id_token_signed_response_alg" => SigningAlgorithm::ALL.into_iter().map(name).collect(),
        _ => SubjectType::ALL.into_iter().map(name).collect(),
    }
}

fn has_field(member: &str) -> bool {
    let fields = LINES.iter().chain(&LISTS).chain(&BOXES).chain(&CHOICES);
    // The response types follow from the grant types.
    ["grant_types", "response_types"].contains(&member) || fields.into_iter().any(|(name, _)| *name == member)
}

impl Typed {
    /// Nothing yet: an ordinary web application.
    pub fn nothing() -> Self {
        let grants = [GrantType::AuthorizationCode, GrantType::RefreshToken].map(name);
        let members = Map::from_iter([("grant_types".to_owned(), grants.to_vec().into())]);
        Self { members, further: String::new(), problem: None }
    }

    /// What is registered.
    pub fn known(client: &Client) -> Self {
        let mut members = match serde_json::to_value(&*client.metadata) {
            Ok(Value::Object(members)) => members,
            _ => Map::new(),
        };
        members.insert("launchpad".to_owned(), client.on_launchpad.into());
        let further: Map<String, Value> = members
            .iter()
            .filter(|(name, _)| !has_field(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Self { members, further: serde_json::to_string_pretty(&further).unwrap_or_default(), problem: None }
    }

    /// Reads a posted form.
    pub fn of(form: &Params) -> Result<Self> {
        let further = form.get("further")?.unwrap_or_default().trim().to_owned();
        let (mut members, problem) = match serde_json::from_str(if further.is_empty() { "{}" } else { &further }) {
            Ok(Value::Object(members)) => (members, None),
            _ => (Map::new(), Some("The further metadata is no JSON object.")),
        };
        members.retain(|name, _| !has_field(name));
        for (name, _) in LINES.iter().chain(&CHOICES) {
            if let Some(text) = form.get(name)?.map(str::trim).filter(|text| !text.is_empty()) {
                members.insert((*name).to_owned(), text.into());
            }
        }
        for (name, _) in LISTS {
            let lines: Vec<&str> = form.get(name)?.unwrap_or_default().split_whitespace().collect();
            if !lines.is_empty() {
                members.insert(name.to_owned(), lines.into());
            }
        }
        for (name, _) in BOXES {
            members.insert(name.to_owned(), form.get(name)?.is_some().into());
        }
        let mut grants = Vec::new();
        for grant in GrantType::ALL.into_iter().map(name) {
            if form.get(&format!("grant_type {grant}"))?.is_some() {
                grants.push(grant);
            }
        }
        members.insert("grant_types".to_owned(), grants.into());
        Ok(Self { members, further, problem })
    }

    /// The application that was typed, or what is wrong with it.
    pub fn application(&self) -> Result<std::result::Result<NewApplication, &'static str>> {
        if let Some(problem) = self.problem {
            return Ok(Err(problem));
        }
        match application(self.members.clone(), false) {
            Ok(new) => Ok(Ok(new)),
            Err(Failure::Domain(domain::Failure::Refused(error))) => Ok(Err(error.description)),
            Err(failure) => Err(failure),
        }
    }

    fn text(&self, name: &str) -> &str {
        self.members.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn lines(&self, name: &str) -> Vec<&str> {
        self.members.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn fields(&self) -> Fields<'_> {
        let grants = self.lines("grant_types");
        let choice = |(name, label): &(&'static str, &'static str)| {
            let chosen = self.text(name);
            (*name, *label, values(name).into_iter().map(|value| (value == chosen, value)).collect())
        };
        Fields {
            lines: LINES.map(|(name, label)| (name, label, self.text(name))),
            lists: LISTS.map(|(name, label)| (name, label, self.lines(name).join("\n"))),
            choices: CHOICES.iter().map(choice).collect(),
            grants: GrantType::ALL.map(name).map(|grant| (grants.contains(&grant.as_str()), grant)).to_vec(),
            boxes: BOXES.map(|(name, label)| (name, label, self.members.get(name) == Some(&Value::Bool(true)))),
            further: &self.further,
        }
    }
}

/// A member, its label, and its values with whether each is chosen.
type Choice = (&'static str, &'static str, Vec<(bool, String)>);

struct Fields<'a> {
    lines: [(&'static str, &'static str, &'a str); 10],
    lists: [(&'static str, &'static str, String); 3],
    choices: Vec<Choice>,
    grants: Vec<(bool, String)>,
    boxes: [(&'static str, &'static str, bool); 4],
    further: &'a str,
}

struct Known<'a> {
    client: &'a Client,
    query: String,
    created: String,
}

#[derive(Template)]
#[template(path = "dashboard/application.html")]
struct Form<'a> {
    layout: &'a Layout<'a>,
    frame: &'a Frame<'a>,
    problem: Option<&'static str>,
    /// The one that is changed; `None`: a new one.
    known: Option<Known<'a>>,
    fields: Fields<'a>,
}

/// Shows an application, or asks for a new one; `problem` where what was typed could not be saved.
pub async fn show<S: Keys>(
    env: &Env<'_, S>,
    request: &Request,
    visitor: &Visitor,
    known: Option<&Client>,
    typed: &Typed,
    problem: Option<&'static str>,
) -> Result {
    let (layout, frame) = (english(env, request)?, visitor.frame(env, request, "applications").await?);
    let known = known.map(|client| Known { client, query: client_query(&client.id), created: utc(client.created_at) });
    let template = Form { layout: &layout, frame: &frame, problem, known, fields: typed.fields() };
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    visitor.show(env, status, &layout, &template)
}

#[cfg(test)]
mod tests {
    use protocol::client_metadata::ClientMetadata;

    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Params {
        Params::from_iter(pairs.iter().copied())
    }

    #[test]
    fn what_is_registered_comes_back_from_the_form_as_it_was() {
        let metadata = serde_json::json!({
            "redirect_uris": ["https://a.example/cb", "https://a.example/other"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "client_name": "Wiki",
            "default_max_age": 60,
            "client_name#de": "Das Wiki",
        });
        let client = Client {
            id: "app".to_owned(),
            secret_hash: None,
            metadata: std::sync::Arc::new(serde_json::from_value(metadata).unwrap()),
            on_launchpad: true,
            created_at: protocol::Timestamp(0),
        };
        let typed = Typed::known(&client);
        let Fields { lines, lists, choices, grants, boxes, further } = typed.fields();
        let mut pairs: Vec<(String, String)> = vec![("further".to_owned(), further.to_owned())];
        pairs.extend(lines.map(|(name, _, value)| (name.to_owned(), value.to_owned())));
        pairs.extend(lists.map(|(name, _, value)| (name.to_owned(), value)));
        let chosen = |values: Vec<(bool, String)>| values.into_iter().find(|(is_chosen, _)| *is_chosen).unwrap().1;
        pairs.extend(choices.into_iter().map(|(name, _, values)| (name.to_owned(), chosen(values))));
        let ticked = |is_ticked: bool, name: String| is_ticked.then(|| (name, "yes".to_owned()));
        pairs.extend(grants.into_iter().filter_map(|(is, grant)| ticked(is, format!("grant_type {grant}"))));
        pairs.extend(boxes.into_iter().filter_map(|(name, _, is)| ticked(is, name.to_owned())));
        let read = Typed::of(&Params::from_iter(pairs)).unwrap().application().unwrap().unwrap();
        assert!(read.on_launchpad);
        // The response types follow from the grant types.
        assert!(read.metadata.response_types.is_empty());
        let metadata = ClientMetadata { response_types: client.metadata.response_types.clone(), ..read.metadata };
        assert_eq!(metadata, *client.metadata);
    }

    #[test]
    fn what_is_wrong_is_said_and_kept() {
        for (name, value) in [("further", "{"), ("further", "[1]"), ("redirect_uris", "javascript:alert(1)")] {
            let typed = Typed::of(&form(&[(name, value), ("client_name", "Wiki")])).unwrap();
            assert!(typed.application().unwrap().is_err(), "{value}");
            assert_eq!(typed.text("client_name"), "Wiki");
        }
    }
}
