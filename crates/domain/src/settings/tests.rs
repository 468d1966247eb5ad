use super::*;

fn settings(name: &'static str, value: &str) -> Settings {
    Settings::new([(name, value.to_owned())])
}

#[test]
fn a_variable_that_the_component_was_not_given_is_named() {
    let error = Settings::new([]).issuer().unwrap_err();
    assert_eq!(error.to_string(), "setting issuer: is not given to this component in spin.toml");
}

#[test]
fn bad_values_are_errors_and_never_defaults() {
    assert!(settings("access_token_expires_in", "0").access_token_expires_in().is_err());
    assert!(settings("access_token_expires_in", "15m").access_token_expires_in().is_err());
    assert!(settings("bcrypt_rounds", "31").bcrypt_rounds().is_err());
    assert!(settings("signup", "opne").signup().is_err());
    assert!(settings("login_throttle", "true").login_throttle().is_err());
    assert!(settings("access_log", "yes").access_log().is_err());
    assert!(settings("pkce_methods", "S256 none").pkce_methods().is_err());
    assert!(settings("pkce_methods", "").pkce_methods().is_err());
    assert!(settings("allowed_origins", "https://a.example/").allowed_origins().is_err());
    assert!(settings("protected_resources", "https://rs.example, /api").protected_resources().is_err());
    assert!(settings("default_language", "deutsch").default_language().is_err());
    assert!(settings("terms_uri", "javascript:x").terms_uri().is_err());
    assert!(settings("privacy_uri", "/privacy").privacy_uri().is_err());
    assert!(settings("brand_color", "red; background:url(x)").brand_color().is_err());
}

#[test]
fn short_secrets_are_refused_without_being_shown() {
    let error = settings("admin_token", "hunter2").admin_token().unwrap_err();
    assert!(!error.to_string().contains("hunter2"));
    assert!(settings("admin_token", "").admin_token().unwrap().is_none());
    assert!(settings("key_encryption_key", "short").key_encryption_key().is_err());
}

#[test]
fn the_secrets_are_those_that_the_manifest_marks_and_are_not_shown() {
    let manifest = include_str!("../../../../spin.toml");
    let marked = manifest.lines().filter(|line| line.contains("secret = true"));
    let mut marked: Vec<_> = marked.filter_map(|line| line.split(' ').next()).collect();
    let mut known = SECRETS.to_vec();
    marked.sort_unstable();
    known.sort_unstable();
    assert_eq!(marked, known);
    assert_eq!(
        settings("admin_token", "hunter2hunter2hunter2").in_force().collect::<Vec<_>>(),
        [("admin_token", "set")]
    );
    assert_eq!(settings("invite_code", "").in_force().collect::<Vec<_>>(), [("invite_code", "not set")]);
    assert_eq!(settings("signup", "open").in_force().collect::<Vec<_>>(), [("signup", "open")]);
}

#[test]
fn a_limit_of_zero_is_no_limit() {
    assert_eq!(settings("token_rate_limit", "0").token_rate_limit(), Ok(None));
    assert_eq!(settings("token_rate_limit", "10").token_rate_limit(), Ok(Some(10)));
}
