//! The paths of the API.

use domain::{Id, admin::Who};
use protocol::params::form_decode;

use crate::{Audience, Cors, Endpoint};

/// What a path names.
#[derive(Debug, Clone)]
pub enum Route {
    /// `/admin/api/users`
    Users,
    /// `/admin/api/users/<sub or email address>`
    User(Who),
    /// `/admin/api/users/<user>/reset-password`
    ResetPassword(Who),
    /// `/admin/api/users/<user>/factors`
    FactorsOf(Who),
    /// `/admin/api/users/<user>/reset-link`
    ResetLink(Who),
    /// `/admin/api/users/<user>/sessions`
    SessionsOf(Who),
    /// `/admin/api/users/<user>/grants`
    GrantsOfUser(Who),
    /// `/admin/api/sessions/<id>`
    Session(Id),
    /// `/admin/api/grants/<id>`
    Grant(Id),
    /// `/admin/api/clients`
    Clients,
    /// `/admin/api/clients/<client_id>`
    Client(String),
    /// `/admin/api/clients/<client_id>/rotate-secret`
    RotateSecret(String),
    /// `/admin/api/clients/<client_id>/grants`
    GrantsOfClient(String),
    /// `/admin/api/keys`
    Keys,
    /// `/admin/api/keys/rotate`
    RotateKeys,
    /// `/admin/api/keys/reseal`
    ResealKeys,
    /// `/admin/api/audit`
    Audit,
    /// `/admin/api/purge`
    Purge,
    /// `/admin/api/logouts/deliver`
    DeliverLogouts,
    /// `/admin/api/settings`
    Settings,
    /// `/admin/api/migrate`
    Migrate,
    /// There is nothing.
    Nothing,
}

impl Route {
    /// Reads a path.
    pub fn of(path: &str) -> Self {
        // A plus is a plus in a path.
        let decode = |segment: &str| form_decode(segment.replace('+', "%2B").as_bytes()).ok();
        let segments = path.strip_prefix("/admin/api/").unwrap_or_default().split('/').map(decode);
        let segments: Option<Vec<String>> = segments.collect();
        let segments: Vec<&str> = segments.iter().flatten().map(String::as_str).collect();
        let user = |who: &str, route: fn(Who) -> Self| Who::parse(who).map_or(Self::Nothing, route);
        let by_id = |id: &str, route: fn(Id) -> Self| Id::parse(id).map_or(Self::Nothing, route);
        match segments.as_slice() {
            ["users"] => Self::Users,
            ["users", who] => user(who, Self::User),
            ["users", who, "reset-password"] => user(who, Self::ResetPassword),
            ["users", who, "factors"] => user(who, Self::FactorsOf),
            ["users", who, "reset-link"] => user(who, Self::ResetLink),
            ["users", who, "sessions"] => user(who, Self::SessionsOf),
            ["users", who, "grants"] => user(who, Self::GrantsOfUser),
            ["sessions", id] => by_id(id, Self::Session),
            ["grants", id] => by_id(id, Self::Grant),
            ["clients"] => Self::Clients,
            ["clients", id] => Self::Client((*id).to_owned()),
            ["clients", id, "rotate-secret"] => Self::RotateSecret((*id).to_owned()),
            ["clients", id, "grants"] => Self::GrantsOfClient((*id).to_owned()),
            ["keys"] => Self::Keys,
            ["keys", "rotate"] => Self::RotateKeys,
            ["keys", "reseal"] => Self::ResealKeys,
            ["audit"] => Self::Audit,
            ["purge"] => Self::Purge,
            ["logouts", "deliver"] => Self::DeliverLogouts,
            ["settings"] => Self::Settings,
            ["migrate"] => Self::Migrate,
            _ => Self::Nothing,
        }
    }
}

const LIST: Endpoint = Endpoint { methods: "GET", audience: Audience::Client, cors: Cors::Never };
const COLLECTION: Endpoint = Endpoint { methods: "GET, POST", ..LIST };
const ITEM: Endpoint = Endpoint { methods: "GET, PATCH, DELETE", ..LIST };
const SESSIONS: Endpoint = Endpoint { methods: "GET, DELETE", ..LIST };
const ENDED: Endpoint = Endpoint { methods: "DELETE", ..LIST };
const ACTION: Endpoint = Endpoint { methods: "POST", ..LIST };
const NOTHING: Endpoint = Endpoint { methods: "GET, POST, PUT, PATCH, DELETE", ..LIST };

/// The fixed properties of the endpoint at this path. Its methods are its own: "The origin server MUST generate an Allow
/// header field in a 405 response containing a list of the target resource's currently supported methods."
/// ([RFC 9110 §15.5.6](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6))
pub fn endpoint(path: &str) -> &'static Endpoint {
    let segments: Vec<&str> = path.strip_prefix("/admin/api/").unwrap_or_default().split('/').collect();
    match segments.as_slice() {
        ["users" | "clients"] => &COLLECTION,
        ["users" | "clients", _] => &ITEM,
        ["users", _, "sessions"] => &SESSIONS,
        ["sessions" | "grants", _] | ["users", _, "factors"] => &ENDED,
        ["users" | "clients", _, "grants"] | ["keys" | "audit" | "settings"] => &LIST,
        ["users", _, "reset-password" | "reset-link"] | ["clients", _, "rotate-secret"] => &ACTION,
        ["keys", "rotate" | "reseal"] | ["logouts", "deliver"] | ["purge" | "migrate"] => &ACTION,
        _ => &NOTHING,
    }
}
