//! `GET` and `POST /account/profile`: what a user says of themselves.

use askama::Template;
use domain::{
    Env,
    account::{AccountPage, Field, Profile},
    keys::Keys,
    session::SignedIn,
};
use http::{Method, StatusCode};

use super::form_name;
use crate::{
    Request, Result,
    csrf::{self, Csrf},
    page::{Layout, page},
    texts::account::{PROFILE, ProfileTexts},
};

/// What somebody typed.
pub struct Typed {
    /// A text for each field.
    pub profile: Profile,
    /// Whether the form is one of ours.
    pub is_genuine: bool,
}

/// Reads the form; `None` where the page was merely opened. What a form lacks stays as it is.
pub async fn typed<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn) -> Result<Option<Typed>> {
    if request.method != Method::POST {
        return Ok(None);
    }
    let form = request.form()?;
    let form_name = form_name(AccountPage::Profile, signed_in);
    let is_genuine = csrf::is_genuine(env, request, &form_name, form.get("csrf")?).await?;
    let mut profile = Vec::new();
    for field in Field::ALL {
        // "CRLF newlines" are what browsers send of a text area (HTML, form submission).
        let text = form.get(field.name())?.map(|text| text.replace("\r\n", "\n"));
        profile.push((field, text.unwrap_or_else(|| field.of(&signed_in.user).to_owned())));
    }
    Ok(Some(Typed { profile: Profile(profile), is_genuine }))
}

/// What the page says of the form before.
pub enum Said<'a> {
    /// Nothing: there was none.
    Nothing,
    /// It is saved.
    Saved,
    /// It is not one of ours.
    Forged(&'a Profile),
    /// These are not as they must be; nothing is saved.
    Wrong(&'a Profile, &'a [Field]),
}

struct Line<'a> {
    name: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    autocomplete: &'static str,
    value: &'a str,
    is_wrong: bool,
    is_required: bool,
    is_long: bool,
}

#[derive(Template)]
#[template(path = "profile.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static ProfileTexts,
    problem: Option<&'static str>,
    is_saved: bool,
    csrf: &'a str,
    lines: Vec<Line<'a>>,
    signed_in: &'a SignedIn,
}

/// Shows the page; what was typed is kept where it is not saved.
pub async fn show<S: Keys>(env: &Env<'_, S>, request: &Request, signed_in: &SignedIn, said: Said<'_>) -> Result {
    let layout = Layout::new(env.settings, request)?;
    let texts = PROFILE.of(layout.language);
    let csrf = Csrf::issue(env, request, &form_name(AccountPage::Profile, signed_in)).await?;
    let (status, problem, typed, wrong): (_, _, Option<&Profile>, &[Field]) = match said {
        Said::Nothing | Said::Saved => (StatusCode::OK, None, None, &[]),
        Said::Forged(typed) => (StatusCode::FORBIDDEN, Some(layout.texts.form_is_old), Some(typed), &[]),
        Said::Wrong(typed, wrong) => (StatusCode::BAD_REQUEST, Some(texts.wrong), Some(typed), wrong),
    };
    let lines = Field::ALL.into_iter().enumerate().map(|(index, field)| {
        let words = texts.fields.get(index).copied().unwrap_or_default();
        let typed = typed.and_then(|typed| typed.0.iter().find(|(other, _)| *other == field));
        Line {
            name: field.name(),
            label: words.0,
            hint: Some(words.1).filter(|hint| !hint.is_empty()),
            autocomplete: autocomplete(field),
            value: typed.map_or_else(|| field.of(&signed_in.user), |(_, text)| text),
            is_wrong: wrong.contains(&field),
            is_required: field == Field::GivenName,
            is_long: field == Field::Address("street_address"),
        }
    });
    let template = Page {
        layout: &layout,
        texts,
        problem,
        is_saved: matches!(said, Said::Saved),
        csrf: &csrf.field,
        lines: lines.collect(),
        signed_in,
    };
    let mut response = page(status, &layout, &template, None)?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}

/// What browsers know a field by ([HTML, autofill](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill)).
fn autocomplete(field: Field) -> &'static str {
    match field.name() {
        "given_name" => "given-name",
        "middle_name" => "additional-name",
        "family_name" => "family-name",
        "nickname" => "nickname",
        "birthdate" => "bday",
        "gender" => "sex",
        "phone_number" => "tel",
        "street_address" => "street-address",
        "postal_code" => "postal-code",
        "locality" => "address-level2",
        "region" => "address-level1",
        "country" => "country-name",
        "website" => "url",
        "picture" => "photo",
        _ => "off",
    }
}
