//! The sample protected resource: how any service checks a token, and says what it needs.

use protocol::{
    resource::Resource,
    resource_metadata::ResourceMetadata,
    scope::{EMAIL, OPENID, PROFILE},
    time::Seconds,
};
use serde::Serialize;

use crate::{
    Env, Failure, Insufficient, Settings, dpop,
    grant::{Grants, TokenOwner},
    keys::Keys,
    replay::ReplayMarks,
    sign_in::Acr,
    subject::subject_of,
    token::{Presented, TokenBearer, check_token, ensure_scope},
    userinfo::Claims,
};

/// The scope that a client needs to read the resource for itself.
pub const API_READ: &str = "api:read";

/// The part of the resource that wants to know that the user is there.
const RECENT: &str = "/resource/recent";
/// How long ago the user may have signed in for that.
const RECENT_MAX_AGE: Seconds = Seconds(300);
/// The part of the resource that wants two factors.
const STRONG: &str = "/resource/strong";
/// What is strong enough for that, [`Acr::MultiFactor`] and above.
const STRONG_ACRS: &str = "urn:spin-auth:acr:mfa phr";

/// Whom the resource was read for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    /// A user; the token needs the scope `profile`.
    User(Box<Claims>),
    /// A client of this identifier, by itself; the token needs the scope `api:read`.
    Client(String),
}

/// Checks the token for the resource at this path and reads the data of whom it stands for.
pub async fn read<S: Grants + Keys + ReplayMarks>(
    env: &Env<'_, S>,
    presented: &Presented,
    path: &str,
) -> Result<Reader, Failure> {
    let (token, bearer) = check_token(env, presented, path).await?;
    match bearer {
        TokenBearer::User(owner) => {
            ensure_scope(&token, PROFILE)?;
            ensure_recent(env, path, Some(&owner))?;
            ensure_strong(path, Some(&owner))?;
            let sub = subject_of(env, &owner.client, owner.user.id).await?;
            Ok(Reader::User(Box::new(Claims::of(sub, owner.user, &token.scope, &[]))))
        }
        TokenBearer::Client(id) => {
            ensure_scope(&token, API_READ)?;
            ensure_recent(env, path, None)?;
            ensure_strong(path, None)?;
            Ok(Reader::Client(id))
        }
    }
}

/// Asks for a new sign-in where the path wants a recent one
/// ([RFC 9470 §3](https://www.rfc-editor.org/rfc/rfc9470#section-3)).
fn ensure_recent<S>(env: &Env<'_, S>, path: &str, owner: Option<&TokenOwner>) -> Result<(), Failure> {
    let is_recent = owner.is_some_and(|owner| env.now.0 - owner.auth_time.0 <= RECENT_MAX_AGE.0);
    match path == RECENT && !is_recent {
        true => Err(Failure::Insufficient(Insufficient::SignIn { max_age: RECENT_MAX_AGE })),
        false => Ok(()),
    }
}

/// Asks for a stronger sign-in where the path wants one (RFC 9470 §3).
fn ensure_strong(path: &str, owner: Option<&TokenOwner>) -> Result<(), Failure> {
    let is_strong = owner.is_some_and(|owner| Acr::parse(&owner.acr) >= Some(Acr::MultiFactor));
    match path == STRONG && !is_strong {
        true => Err(Failure::Insufficient(Insufficient::Acr(STRONG_ACRS))),
        false => Ok(()),
    }
}

/// The metadata of the protected resource at this path of the server: the server as a whole, userinfo, or the sample and
/// what is below it ([RFC 9728 §3](https://www.rfc-editor.org/rfc/rfc9728#section-3)). `None` where there is none.
///
/// > The "resource" value returned MUST be identical to the protected resource's resource identifier value into which the
/// > well-known URI path suffix was inserted to create the URL used to retrieve the metadata. (§3.3)
pub fn metadata(settings: &Settings, path: &str) -> Result<Option<ResourceMetadata>, Failure> {
    let issuer = settings.issuer()?;
    let resource = issuer.endpoint(path);
    let is_named = Resource::parse(&resource).is_some();
    let scopes = match path {
        "" => vec![OPENID, PROFILE, EMAIL, API_READ],
        "/userinfo" => vec![OPENID, PROFILE, EMAIL],
        path if is_named && is_sample(path) => vec![PROFILE, API_READ],
        _ => return Ok(None),
    };
    let bearer_methods_supported = if path == "/userinfo" { vec!["header", "body"] } else { vec!["header"] };
    Ok(Some(ResourceMetadata {
        resource,
        authorization_servers: vec![issuer.to_string()],
        scopes_supported: scopes,
        bearer_methods_supported,
        dpop_signing_alg_values_supported: dpop::ALGORITHMS.to_vec(),
    }))
}

/// The URL of that metadata; `None` where there is no such resource.
pub fn metadata_url(settings: &Settings, path: &str) -> Result<Option<String>, Failure> {
    let issuer = settings.issuer()?;
    let url = format!("{}{WELL_KNOWN}{}{path}", issuer.origin(), issuer.path());
    Ok(metadata(settings, path)?.map(|_| url))
}

/// What is put between the host and the path of a resource to get the URL of its metadata.
pub const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

fn is_sample(path: &str) -> bool {
    path.strip_prefix("/resource").is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings::new([("issuer", "https://id.example/tenant".to_owned())])
    }

    #[test]
    fn the_metadata_of_a_resource_names_the_very_resource() {
        for path in ["", "/userinfo", "/resource", "/resource/me", "/resource/a/b"] {
            let metadata = metadata(&settings(), path).unwrap().unwrap();
            assert_eq!(metadata.resource, format!("https://id.example/tenant{path}"));
            assert_eq!(metadata.authorization_servers, ["https://id.example/tenant"]);
            assert_eq!(
                metadata_url(&settings(), path).unwrap().unwrap(),
                format!("https://id.example/.well-known/oauth-protected-resource/tenant{path}")
            );
        }
    }

    #[test]
    fn what_is_strong_enough_is_every_acr_of_two_factors() {
        let strong = Acr::ALL.into_iter().filter(|acr| *acr >= Acr::MultiFactor).map(Acr::as_str);
        assert_eq!(strong.collect::<Vec<_>>().join(" "), STRONG_ACRS);
    }

    #[test]
    fn what_is_no_resource_has_none() {
        for path in ["/", "/resources", "/token", "/resource/a\"b", "/resource/\\", "/userinfo/x"] {
            assert!(metadata(&settings(), path).unwrap().is_none(), "{path}");
            assert!(metadata_url(&settings(), path).unwrap().is_none(), "{path}");
        }
    }
}
