//! The words of the pages, each page's in its own file, in every language side by side. A language that lacks one does not
//! compile, and a component has the words of its own pages only.
//!
//! A pair of texts stands before and after a name or an address, which a page marks and isolates.

pub(crate) mod account;
pub(crate) mod consent;
pub(crate) mod device;
pub(crate) mod email;
pub(crate) mod factors;
pub(crate) mod failure;
pub(crate) mod forgot;
pub(crate) mod form_post;
pub(crate) mod home;
pub(crate) mod layout;
pub(crate) mod login;
pub(crate) mod logout;
pub(crate) mod passkey;
pub(crate) mod password;
pub(crate) mod reset;
pub(crate) mod second_factor;
pub(crate) mod signup;
pub(crate) mod verify;

use domain::{Settings, sealed};
use http::Method;
use protocol::{language::Language, params::Params};

use crate::{Field, Request, Result};

/// What stands before and after a value.
pub(crate) type Around = (&'static str, &'static str);

/// Texts in each language.
pub(crate) struct InLanguages<T: 'static> {
    pub(crate) en: T,
    pub(crate) de: T,
    pub(crate) ar: T,
}

impl<T> InLanguages<T> {
    /// The texts in this language.
    pub(crate) fn of(&'static self, language: Language) -> &'static T {
        match language {
            Language::En => &self.en,
            Language::De => &self.de,
            Language::Ar => &self.ar,
        }
    }
}

/// The language of the answer to a request: what the application asks for, else what the browser does, else the setting.
pub(crate) fn language(settings: &Settings, request: &Request) -> Result<Language> {
    let default = settings.default_language()?;
    let asked = ui_locales(request).and_then(|locales| Language::of_ui_locales(&locales));
    let accepted = || {
        let fields: Vec<_> = request.fields.all(Field::AcceptLanguage).collect();
        Language::of_accept_language(&fields.join(","), default)
    };
    Ok(asked.or_else(accepted).unwrap_or(default))
}

/// The parameter `ui_locales` of a request, or of the request that waits while this page is shown. Its signature does not
/// matter here: the language stays the same where the page says that it is too old.
fn ui_locales(request: &Request) -> Option<String> {
    let params = if request.method == Method::POST { request.form() } else { request.query() }.ok()?;
    let of = |params: &Params| params.all("ui_locales").next().map(str::to_owned);
    let waiting = || ["interaction", "request"].iter().find_map(|name| sealed::unverified(params.all(name).next()?));
    of(&params).or_else(|| of(&waiting()?))
}

#[cfg(test)]
mod tests;
