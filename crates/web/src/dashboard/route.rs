//! The pages of the dashboard.

use domain::Id;

/// What a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `/admin/`
    Overview,
    /// `/admin/users`
    Users,
    /// `/admin/users/new`
    NewUser,
    /// `/admin/users/<sub>`
    User(Id),
    /// `/admin/sessions`
    Sessions,
    /// `/admin/grants`
    Grants,
    /// `/admin/audit`
    Audit,
    /// `/admin/settings`
    Settings,
    /// `/admin/purge`
    Purge,
    /// `/admin/applications`
    Applications,
    /// `/admin/applications/new`
    NewApplication,
    /// `/admin/applications/one?client_id=…`: an identifier may be a URL.
    Application,
    /// `/admin/keys`
    Keys,
    /// There is nothing.
    Nothing,
}

impl Route {
    /// Reads a path.
    pub fn of(path: &str) -> Self {
        let segments: Vec<&str> = path.split('/').collect();
        let ["", "admin", page @ ..] = segments.as_slice() else { return Self::Nothing };
        match page {
            [] | [""] => Self::Overview,
            ["users"] => Self::Users,
            ["users", "new"] => Self::NewUser,
            ["users", id] => Id::parse(id).map_or(Self::Nothing, Self::User),
            ["sessions"] => Self::Sessions,
            ["grants"] => Self::Grants,
            ["keys"] => Self::Keys,
            ["audit"] => Self::Audit,
            ["settings"] => Self::Settings,
            ["purge"] => Self::Purge,
            ["applications"] => Self::Applications,
            ["applications", "new"] => Self::NewApplication,
            ["applications", "one"] => Self::Application,
            _ => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_names_one_page() {
        assert_eq!(Route::of("/admin"), Route::Overview);
        assert_eq!(Route::of("/admin/"), Route::Overview);
        assert!(matches!(Route::of("/admin/users/abababab-abab-4bab-abab-abababababab"), Route::User(_)));
        for path in ["/admin/user", "/admin/users/", "/admin/users/x", "/admin/users/new/x", "/", "/administrator"] {
            assert_eq!(Route::of(path), Route::Nothing, "{path}");
        }
    }
}
