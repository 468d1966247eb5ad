//! For which protected resources a token is good ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707)).

use protocol::{
    Error, ErrorCode,
    issuer::Issuer,
    resource::{Resource, Resources},
};

use crate::{Failure, Settings};

/// The resources that a request asks for, as they may be asked for: any that can be named, or those of the setting
/// `protected_resources` beside this server's own.
///
/// > invalid_target: The requested resource is invalid, missing, unknown, or malformed. (§2)
pub(crate) fn permitted(settings: &Settings, asked: Resources) -> Result<Resources, Failure> {
    const REFUSED: Error = Error::new(ErrorCode::InvalidTarget, "This resource is not known here.");
    let listed = settings.protected_resources()?;
    if listed.is_empty() || asked.is_empty() {
        return Ok(asked);
    }
    let issuer = settings.issuer()?;
    let permitted = asked.iter().map(|asked| {
        // Where URL parsers have added a slash, the token gets the name that its resource knows.
        let known = listed.iter().find(|known| known.is_same(asked));
        known.or_else(|| is_under(issuer, asked).then_some(asked)).cloned()
    });
    Ok(permitted.collect::<Option<Resources>>().ok_or(REFUSED)?)
}

/// The resources that tokens can be asked for, as far as they are known: the sample, and those of the setting.
pub(crate) fn listed(settings: &Settings) -> Result<Resources, Failure> {
    let listed = settings.protected_resources()?;
    let sample = Resource::parse(&settings.issuer()?.endpoint("/resource"));
    Ok(sample.into_iter().chain(listed.iter().cloned()).collect())
}

/// Whether a resource is this server or part of it.
fn is_under(issuer: &Issuer, resource: &Resource) -> bool {
    let below = Resource::parse(issuer.as_str()).and_then(|issuer| resource.as_str().strip_prefix(issuer.as_str()));
    below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
}

/// Whether a token for these resources is good at this path of this server: one for that very URL, for what it is part
/// of, such as the whole server, or one for which nothing was asked.
pub(crate) fn admits(settings: &Settings, audience: &Resources, path: &str) -> Result<bool, Failure> {
    let issuer = settings.issuer()?;
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    let here = ends.filter_map(|end| Resource::parse(&issuer.endpoint(path.get(..end)?)));
    let here: Vec<Resource> = here.collect();
    Ok(audience.is_empty() || audience.iter().any(|resource| here.iter().any(|here| here.is_same(resource))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(listed: &str) -> Settings {
        let issuer = "https://id.example/tenant".to_owned();
        Settings::new([("issuer", issuer), ("protected_resources", listed.to_owned())])
    }

    fn asked(resources: &str) -> Resources {
        Resources::parse(resources).unwrap()
    }

    #[test]
    fn without_a_list_anything_may_be_asked_for() {
        let resources = permitted(&settings(""), asked("https://rs.example/a urn:b")).unwrap();
        assert_eq!(resources.to_string(), "https://rs.example/a urn:b");
    }

    #[test]
    fn with_a_list_its_resources_and_those_of_this_server_may_be_asked_for_by_their_listed_names() {
        let settings = settings("https://rs.example https://mcp.example/mcp");
        let permitted = |resources: &str| permitted(&settings, asked(resources)).map(|resources| resources.to_string());
        assert_eq!(permitted("https://RS.example/").unwrap(), "https://rs.example");
        let own = "https://id.example/tenant https://id.example/tenant/userinfo";
        assert_eq!(permitted(own).unwrap(), own);
        assert_eq!(permitted("").unwrap(), "");
        for unknown in
            ["https://rs.example/a", "https://mcp.example/mcp/", "https://mcp.example", "https://id.example/tenants"]
        {
            assert!(permitted(unknown).is_err(), "{unknown}");
            assert!(permitted(&format!("https://rs.example {unknown}")).is_err(), "{unknown}");
        }
    }

    #[test]
    fn a_token_for_another_resource_is_not_good_here() {
        let admits = |audience: &str, path| admits(&settings(""), &asked(audience), path).unwrap();
        let issuer = "https://id.example/tenant";
        for good in ["", issuer, "urn:b https://id.example/tenant/a", "https://id.example/tenant/a/b"] {
            assert!(admits(good, "/a/b"), "{good}");
        }
        for bad in ["https://id.example", "https://id.example/tenant/a/b/c", "https://id.example/tenant/A", "urn:b"] {
            assert!(!admits(bad, "/a/b"), "{bad}");
        }
    }
}
