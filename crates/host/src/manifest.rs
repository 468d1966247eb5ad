//! `spin.toml`, [manifest version 2](https://spinframework.dev/manifest-reference), as far as this project uses it.
//!
//! What the host does not implement (files, environment, profiles, other triggers, …) is an error that names it,
//! because running an application without a part of its manifest would hide mistakes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

/// The one label that plain `spin up` gives for key-value stores and for SQLite databases.
pub const DEFAULT_LABEL: &str = "default";

/// A whole manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    spin_manifest_version: u32,
    /// The application itself.
    pub application: Application,
    /// The variables of the application, by name.
    #[serde(default)]
    pub variables: BTreeMap<String, Variable>,
    trigger: Triggers,
    /// The components, by id.
    #[serde(rename = "component", default)]
    pub components: BTreeMap<String, Component>,
}

/// `[application]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Its name, shown by `/.well-known/spin/info`.
    pub name: String,
    /// Its version, or empty.
    #[serde(default)]
    pub version: String,
    /// For people only.
    #[serde(default)]
    pub description: String,
    /// For people only.
    #[serde(default)]
    pub authors: Vec<String>,
}

/// `[variables]`: a variable has a default or is required, never both.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// The value where nothing else gives one.
    pub default: Option<String>,
    /// Something must give a value.
    #[serde(default)]
    pub required: bool,
    /// Not to be shown. The host never shows any.
    #[serde(default)]
    pub secret: bool,
    /// For people only.
    #[serde(default)]
    pub description: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Triggers {
    #[serde(default)]
    http: Vec<Trigger>,
}

/// `[[trigger.http]]`: which component serves a route.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The pattern of the path, or that there is none.
    pub route: Route,
    /// The id of the component.
    pub component: String,
    /// The trigger's own name, which nothing here uses.
    #[serde(default)]
    pub id: String,
}

/// The route of a trigger.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Route {
    /// A pattern such as `/users/:id`, `/static/...`.
    Path(String),
    /// `{ private = true }`: no request from outside reaches it.
    Private {
        /// Always true.
        private: bool,
    },
}

/// `[component.ID]`: a Wasm component and what it may touch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    /// The file, relative to the manifest's directory.
    pub source: PathBuf,
    /// For people only.
    #[serde(default)]
    pub description: String,
    /// Where it may send requests, as `scheme://host:port` with `*` for any; may hold variables.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// The labels of the key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: Vec<String>,
    /// The labels of the databases that it may open.
    #[serde(default)]
    pub sqlite_databases: Vec<String>,
    /// What the component sees as its variables: literal text with `{{ variable }}` in it.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// How to build it, which is not the host's business.
    #[serde(default)]
    pub build: toml::Table,
}

impl Manifest {
    /// Reads the manifest at `path`, which may also be the directory that holds a `spin.toml`; returns it with its
    /// directory.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no manifest of version 2, or uses something that the host does not know.
    pub fn read(path: &Path) -> anyhow::Result<(Self, PathBuf)> {
        let file = if path.is_dir() { path.join("spin.toml") } else { path.to_owned() };
        let text =
            std::fs::read_to_string(&file).with_context(|| format!("cannot read the manifest {}", file.display()))?;
        let manifest = Self::parse(&text).with_context(|| format!("in the manifest {}", file.display()))?;
        let directory = std::path::absolute(&file)?;
        Ok((manifest, directory.parent().unwrap_or(Path::new("/")).to_owned()))
    }

    /// Parses the text of a manifest and checks what its syntax does not.
    ///
    /// # Errors
    ///
    /// As for [`Manifest::read`].
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let manifest: Self = toml::from_str(text)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The HTTP triggers, in the order of the manifest.
    #[must_use]
    pub fn triggers(&self) -> &[Trigger] {
        &self.trigger.http
    }

    fn check(&self) -> anyhow::Result<()> {
        let version = self.spin_manifest_version;
        ensure!(version == 2, "spin_manifest_version is {version}, but only 2 is known");
        for trigger in self.triggers() {
            let component = &trigger.component;
            ensure!(
                self.components.contains_key(component),
                "a trigger names the component {component:?}, which is not in the manifest"
            );
            if let Route::Private { private: false } = trigger.route {
                bail!("the route of {component:?} must be a text or {{ private = true }}");
            }
        }
        for (name, variable) in &self.variables {
            ensure!(
                variable.required != variable.default.is_some(),
                "the variable {name:?} must be `required` or have a `default`, one of the two"
            );
        }
        for (id, component) in &self.components {
            check_labels(id, "key-value store", &component.key_value_stores)?;
            check_labels(id, "SQLite database", &component.sqlite_databases)?;
        }
        Ok(())
    }
}

/// Without a runtime configuration Spin too knows no other label, and refuses to start.
fn check_labels(component: &str, kind: &str, labels: &[String]) -> anyhow::Result<()> {
    match labels.iter().find(|label| *label != DEFAULT_LABEL) {
        None => Ok(()),
        Some(label) => bail!("the component {component:?} uses the {kind} {label:?}, which is not defined"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        spin_manifest_version = 2
        [application]
        name = "app"
        version = "1.2.3"
        [variables]
        issuer = { default = "http://127.0.0.1:3000" }
        token = { required = true, secret = true }
        [[trigger.http]]
        route = "/token"
        component = "token"
        [[trigger.http]]
        route = { private = true }
        component = "token"
        [component.token]
        source = "token.wasm"
        allowed_outbound_hosts = ["https://example.com"]
        key_value_stores = ["default"]
        sqlite_databases = ["default"]
        [component.token.variables]
        issuer = "{{ issuer }}"
        [component.token.build]
        command = "cargo build"
        watch = ["src"]
    "#;

    #[test]
    fn a_manifest_is_read_whole() {
        let manifest = Manifest::parse(MANIFEST).unwrap();

        assert_eq!(manifest.application.name, "app");
        assert!(manifest.variables["token"].required);
        assert_eq!(manifest.triggers()[0].route, Route::Path("/token".to_owned()));
        assert_eq!(manifest.triggers()[1].route, Route::Private { private: true });
        let component = &manifest.components["token"];
        assert_eq!(component.source, Path::new("token.wasm"));
        assert_eq!(component.variables["issuer"], "{{ issuer }}");
    }

    #[test]
    fn a_key_that_the_host_does_not_know_is_named() {
        let text = format!("{MANIFEST}\n[component.other]\nsource = \"a.wasm\"\nfiles = [\"*\"]");

        let error = Manifest::parse(&text).unwrap_err().to_string();

        assert!(error.contains("files"), "{error}");
    }

    #[test]
    fn a_trigger_of_another_kind_is_refused() {
        let error = Manifest::parse(&format!("{MANIFEST}\n[[trigger.redis]]\nchannel = \"a\"")).unwrap_err();

        assert!(error.to_string().contains("redis"), "{error}");
    }

    #[test]
    fn a_trigger_of_an_unknown_component_is_refused() {
        let text = MANIFEST.replace("component = \"token\"", "component = \"tocken\"");

        assert!(Manifest::parse(&text).unwrap_err().to_string().contains("\"tocken\""));
    }

    #[test]
    fn a_variable_is_required_or_has_a_default() {
        for wrong in ["{}", "{ required = true, default = \"a\" }"] {
            let text = MANIFEST.replace("{ required = true, secret = true }", wrong);
            assert!(Manifest::parse(&text).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_the_default_stores_exist() {
        for key in ["key_value_stores", "sqlite_databases"] {
            let text = MANIFEST.replace(&format!("{key} = [\"default\"]"), &format!("{key} = [\"other\"]"));
            assert!(Manifest::parse(&text).unwrap_err().to_string().contains("\"other\""), "{key}");
        }
    }

    #[test]
    fn another_version_of_the_manifest_is_refused() {
        assert!(Manifest::parse(&MANIFEST.replace("version = 2", "version = 3")).is_err());
    }

    #[test]
    fn a_directory_stands_for_its_spin_toml() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("spin.toml"), MANIFEST).unwrap();

        let (_, found) = Manifest::read(directory.path()).unwrap();

        assert_eq!(found, directory.path());
    }
}
