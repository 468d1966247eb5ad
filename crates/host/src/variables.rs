//! Variables: where their values come from, and what each component sees of them.
//!
//! The order is Spin's: the command line, then the environment (`SPIN_VARIABLE_NAME`, also from a `.env` file in the
//! working directory), then the manifest's default. As none of them changes while the host runs, all templates
//! are filled in once, at start.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};

use crate::bindings::spin::variables::variables::Error;
use crate::manifest::{Manifest, Variable};

/// One `--variable` of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VariableSource {
    /// `KEY=VALUE`
    Literal(String, String),
    /// `KEY=@FILE`: the value is the file's content.
    File(String, PathBuf),
    /// `@FILE.json`: an object of names and texts.
    Json(PathBuf),
    /// `@FILE.toml`: a table of names and texts.
    Toml(PathBuf),
}

impl FromStr for VariableSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix('@') {
            let path = PathBuf::from(path);
            return match path.extension().and_then(|extension| extension.to_str()) {
                Some("json") => Ok(Self::Json(path)),
                Some("toml") => Ok(Self::Toml(path)),
                _ => Err("a file of variables must end in .json or .toml".to_owned()),
            };
        }
        match text.split_once('=') {
            None => Err("expected KEY=VALUE or @FILE".to_owned()),
            Some((key, value)) => Ok(match value.strip_prefix('@') {
                None => Self::Literal(key.to_owned(), value.to_owned()),
                Some(path) => Self::File(key.to_owned(), path.into()),
            }),
        }
    }
}

impl VariableSource {
    fn read(&self) -> anyhow::Result<HashMap<String, String>> {
        let text =
            |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        match self {
            Self::Literal(key, value) => Ok([(key.clone(), value.clone())].into()),
            Self::File(key, path) => Ok([(key.clone(), text(path)?)].into()),
            Self::Json(path) => {
                serde_json::from_str(&text(path)?).with_context(|| format!("{} holds no texts by name", path.display()))
            }
            Self::Toml(path) => {
                toml::from_str(&text(path)?).with_context(|| format!("{} holds no texts by name", path.display()))
            }
        }
    }
}

/// The values of the application's variables.
#[derive(Debug)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Finds the value of every variable of `manifest`. `environment` looks one environment variable up.
    ///
    /// # Errors
    ///
    /// A name that is none, a source that cannot be read, or a required variable that nothing gives; the error lists
    /// all of these.
    pub fn resolve(
        manifest: &Manifest,
        sources: &[VariableSource],
        environment: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let mut given = HashMap::new();
        for source in sources {
            given.extend(source.read()?);
        }
        let find = |name: &str, variable: &Variable| {
            given
                .get(name)
                .cloned()
                .or_else(|| environment(&format!("SPIN_VARIABLE_{}", name.to_ascii_uppercase())))
                .or_else(|| variable.default.clone())
        };
        let mut values = BTreeMap::new();
        let mut missing = Vec::new();
        for (name, variable) in &manifest.variables {
            check_name(name).map_err(anyhow::Error::msg)?;
            match find(name, variable) {
                Some(value) => drop(values.insert(name.clone(), value)),
                None => missing.push(name.as_str()),
            }
        }
        if missing.is_empty() {
            Ok(Self(values))
        } else {
            bail!(
                "these required variables have no value: {} (give --variable NAME=VALUE or SPIN_VARIABLE_NAME)",
                missing.join(", ")
            )
        }
    }

    /// Puts the values in the place of `{{ name }}` in `template`.
    ///
    /// # Errors
    ///
    /// Braces that are not closed, or a name that the manifest does not have.
    pub fn fill(&self, template: &str) -> anyhow::Result<String> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").with_context(|| format!("unmatched '{{{{' in {template:?}"))?;
            let name = name.trim();
            let value = self.0.get(name).with_context(|| format!("unknown variable {name:?} in {template:?}"))?;
            text.push_str(literal);
            text.push_str(value);
            rest = after;
        }
        text.push_str(rest);
        Ok(text)
    }
}

/// What one component sees: its own names, filled in.
#[derive(Debug, Default)]
pub struct ComponentVariables {
    component: String,
    values: HashMap<String, String>,
}

impl ComponentVariables {
    /// Fills in the `[component.ID.variables]` of `component`.
    ///
    /// # Errors
    ///
    /// A name that is none, or a template that [`Variables::fill`] refuses.
    pub fn new(component: &str, templates: &BTreeMap<String, String>, variables: &Variables) -> anyhow::Result<Self> {
        let mut values = HashMap::new();
        for (name, template) in templates {
            check_name(name).map_err(anyhow::Error::msg)?;
            let value =
                variables.fill(template).with_context(|| format!("in the variable {name:?} of {component:?}"))?;
            values.insert(name.clone(), value);
        }
        Ok(Self { component: component.to_owned(), values })
    }

    /// What `spin:variables` `get` answers.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidName`], or [`Error::Undefined`] for a name that the manifest does not list for the component.
    pub fn get(&self, name: &str) -> Result<String, Error> {
        check_name(name).map_err(Error::InvalidName)?;
        let undefined = || Error::Undefined(format!("no variable for {:?}.{name:?}", self.component));
        self.values.get(name).cloned().ok_or_else(undefined)
    }
}

/// A name can become an environment variable and a file name: `[a-z]`, then `[a-z0-9]` with single `_` between them.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let correct = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(allowed)
        && !name.ends_with('_')
        && !name.contains("__");
    if correct {
        Ok(())
    } else {
        Err(format!("{name:?}: a variable's name has lower-case letters, digits and single underscores between them"))
    }
}

/// Looks a variable up in the process's environment, then in the `.env` file of the working directory.
///
/// # Errors
///
/// There is such a file, but it is malformed.
pub fn environment() -> anyhow::Result<impl Fn(&str) -> Option<String>> {
    let file = std::path::Path::new(".env");
    let mut values = HashMap::new();
    if file.exists() {
        for entry in dotenvy::from_path_iter(file).context("cannot read .env")? {
            let (name, value) = entry.context("cannot read .env")?;
            ensure!(!name.is_empty(), "a name in .env is empty");
            values.insert(name, value);
        }
    }
    Ok(move |name: &str| std::env::var(name).ok().or_else(|| values.get(name).cloned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(variables: &str) -> Manifest {
        Manifest::parse(&format!(
            "spin_manifest_version = 2\n[application]\nname = \"a\"\n[trigger]\n[variables]\n{variables}"
        ))
        .unwrap()
    }

    fn resolve(variables: &str, sources: &[&str], environment: &[(&str, &str)]) -> anyhow::Result<Variables> {
        let sources: Vec<VariableSource> = sources.iter().map(|source| source.parse().unwrap()).collect();
        Variables::resolve(&manifest(variables), &sources, |name| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_command_line_beats_the_environment_which_beats_the_default() {
        let text = "a = { default = \"default\" }";
        let environment = [("SPIN_VARIABLE_A", "environment")];

        let fill = |variables: anyhow::Result<Variables>| variables.unwrap().fill("{{ a }}").unwrap();

        assert_eq!(fill(resolve(text, &[], &[])), "default");
        assert_eq!(fill(resolve(text, &[], &environment)), "environment");
        assert_eq!(fill(resolve(text, &["a=first", "a=last"], &environment)), "last");
    }

    #[test]
    fn required_variables_without_a_value_are_all_listed() {
        let text = "a = { required = true }\nb = { required = true }\nc = { required = true }";

        let error = resolve(text, &["b=1"], &[]).unwrap_err().to_string();

        assert!(error.contains("a, c"), "{error}");
    }

    #[test]
    fn a_template_mixes_text_and_variables() {
        let variables = resolve("host = { default = \"h\" }\nport = { default = \"1\" }", &[], &[]).unwrap();

        assert_eq!(variables.fill("http://{{host}}:{{ port }}/").unwrap(), "http://h:1/");
        assert_eq!(variables.fill("plain").unwrap(), "plain");
    }

    #[test]
    fn a_wrong_template_is_refused() {
        let variables = resolve("a = { default = \"b\" }", &[], &[]).unwrap();

        assert!(variables.fill("{{ a").is_err());
        assert!(variables.fill("{{ other }}").is_err());
    }

    #[test]
    fn a_component_sees_only_what_it_lists() {
        let variables = resolve("a = { default = \"1\" }\nb = { default = \"2\" }", &[], &[]).unwrap();
        let templates = [("own".to_owned(), "<{{ a }}>".to_owned())].into();

        let component = ComponentVariables::new("c", &templates, &variables).unwrap();

        assert_eq!(component.get("own").unwrap(), "<1>");
        assert!(matches!(component.get("a"), Err(Error::Undefined(_))));
        assert!(matches!(component.get("b"), Err(Error::Undefined(_))));
    }

    #[test]
    fn a_name_has_lower_case_letters_digits_and_single_underscores() {
        for name in ["a", "a1", "a_b_2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_source_is_a_text_or_a_file() {
        let parse = |text: &str| text.parse::<VariableSource>();

        assert_eq!(parse("k=v=w"), Ok(VariableSource::Literal("k".into(), "v=w".into())));
        assert_eq!(parse("k=@v.txt"), Ok(VariableSource::File("k".into(), "v.txt".into())));
        assert_eq!(parse("@v.json"), Ok(VariableSource::Json("v.json".into())));
        assert_eq!(parse("@v.toml"), Ok(VariableSource::Toml("v.toml".into())));
        assert!(parse("@v.txt").is_err());
        assert!(parse("k").is_err());
    }

    #[test]
    fn files_give_values() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, text).unwrap();
            path.display().to_string()
        };
        let sources = [
            format!("@{}", write("v.json", r#"{"a": "json"}"#)),
            format!("@{}", write("v.toml", "b = \"toml\"")),
            format!("c=@{}", write("v.txt", "text")),
        ];
        let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
        let text = "a = { required = true }\nb = { required = true }\nc = { required = true }";

        let variables = resolve(text, &sources, &[]).unwrap();

        assert_eq!(variables.fill("{{a}} {{b}} {{c}}").unwrap(), "json toml text");
    }
}
