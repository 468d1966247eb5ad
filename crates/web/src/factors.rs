//! `GET` and `POST /account/factors`: where a user adds and removes factors.

use askama::Template;
use domain::{
    Env,
    authorize::Authorizations,
    factors::{Change, Enrolment, FactorsInteraction, MAX_PASSKEYS, Overview, RecoveryCodes},
    session::{SessionKey, Sessions, SignedIn, read_cookie},
};
use http::{Method, StatusCode};
use protocol::{
    Error,
    params::Params,
    secret::{base64url, from_base64url},
};
use qrcodegen::{QrCode, QrCodeEcc};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    authorize::session_cookie,
    cookies::Cookie,
    csrf::{self, Csrf},
    login::Pending,
    page::{AskingClient, Layout, page},
    passkey::creation_options,
    response::redirect,
    texts::factors::{TEXTS, Texts},
    time::date,
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page.
pub struct Parsed {
    pending: Pending,
    params: Params,
    is_form: bool,
}

/// What somebody who is signed in asks of the page.
pub enum Step {
    /// To see what there is.
    Show(Notice),
    /// To add an authenticator app.
    AddTotp,
    /// To confirm it with a code.
    ConfirmTotp {
        /// What the form carries of the enrolment.
        enrolment: String,
        /// The code.
        code: String,
    },
    /// To remove it.
    RemoveTotp,
    /// To call a passkey something else.
    RenamePasskey {
        /// Which.
        id: Vec<u8>,
        /// The new name.
        name: String,
    },
    /// To remove a passkey.
    RemovePasskey {
        /// Which.
        id: Vec<u8>,
    },
    /// To make new recovery codes.
    RenewRecoveryCodes,
}

/// What is to be said beside what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Nothing.
    None,
    /// A form came that is not ours.
    Forged,
    /// A passkey could not be added.
    PasskeyRefused,
    /// There are as many passkeys as there may be.
    TooManyPasskeys,
}

/// Reads a request to the page.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    Ok(Parsed { pending: Pending::read(env, request, &params).await?, params, is_form })
}

impl Parsed {
    /// Who is signed in, and with which session.
    pub async fn signed_in<S: Authorizations + Sessions>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
    ) -> Result<Option<(SignedIn, SessionKey)>> {
        let Some(cookie) = session_cookie(env, request)? else { return Ok(None) };
        let Some(key) = read_cookie(env, cookie).await? else { return Ok(None) };
        let signed_in = env.store.session(&key, env.now).await.map_err(domain::Failure::from)?;
        Ok(signed_in.map(|signed_in| (signed_in, key)))
    }

    /// What is asked.
    pub async fn step<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
    ) -> Result<Step> {
        if !self.is_form {
            return match self.params.get("add")? {
                None => Ok(Step::Show(Notice::None)),
                Some("totp") => Ok(Step::AddTotp),
                Some(_) => Err(UNKNOWN.into()),
            };
        }
        if !self.is_genuine(env, request, signed_in).await? {
            return Ok(Step::Show(Notice::Forged));
        }
        let id =
            || Ok::<_, crate::Failure>(from_base64url(self.params.get("id")?.unwrap_or_default()).unwrap_or_default());
        let text = |name| self.params.get(name).map(|value| value.unwrap_or_default().to_owned());
        match self.params.get("action")? {
            Some("confirm_totp") => Ok(Step::ConfirmTotp { enrolment: text("enrolment")?, code: text("code")? }),
            Some("remove_totp") => Ok(Step::RemoveTotp),
            Some("rename_passkey") => Ok(Step::RenamePasskey { id: id()?, name: text("name")? }),
            Some("remove_passkey") => Ok(Step::RemovePasskey { id: id()? }),
            Some("renew_recovery_codes") => Ok(Step::RenewRecoveryCodes),
            _ => Err(UNKNOWN.into()),
        }
    }

    /// Whether the form is ours, from this browser and this session.
    pub async fn is_genuine<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
    ) -> Result<bool> {
        csrf::is_genuine(env, request, &form_name(signed_in), self.params.get("csrf")?).await
    }

    /// Sends the user to sign in, first or anew, and back to where they were.
    pub async fn login<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        if self.pending.field(env).await?.is_some() {
            return redirect(&self.pending.address_of(env, "/login").await?);
        }
        let interaction = FactorsInteraction::seal(env).await?;
        redirect(&format!("{}/login?interaction={interaction}", env.settings.issuer()?.path()))
    }

    /// Shows what there is.
    pub async fn show<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
        overview: &Overview,
        notice: Notice,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
        let interaction = self.pending.field(env).await?;
        let texts = TEXTS.of(layout.language);
        let options = match overview.passkeys.len() < MAX_PASSKEYS {
            true => creation_options(env, &csrf.field, &signed_in.user, &overview.passkeys).await?,
            false => None,
        };
        let passkeys = overview.passkeys.iter().map(|passkey| ListedPasskey {
            id: base64url(&passkey.id),
            name: &passkey.name,
            added: date(passkey.created_at),
            used: passkey.last_used_at.map(date),
        });
        let layout = if options.is_some() { layout.with_passkeys(env.settings)? } else { layout };
        let (status, problem) = match notice {
            Notice::None => (StatusCode::OK, None),
            Notice::Forged => (StatusCode::FORBIDDEN, Some(layout.texts.form_is_old)),
            Notice::PasskeyRefused => (StatusCode::BAD_REQUEST, Some(texts.passkey_refused)),
            Notice::TooManyPasskeys => (StatusCode::BAD_REQUEST, Some(texts.too_many_passkeys)),
        };
        let template = Factors {
            layout: &layout,
            texts,
            passkeys: passkeys.collect(),
            options,
            needs_passkey: self.pending.needs_passkey && overview.passkeys.is_empty(),
            codes_left: (texts.codes_left)(overview.enrolled.recovery_codes.unwrap_or_default()),
            application: self.pending.application.as_ref(),
            problem,
            overview,
            csrf: &csrf.field,
            interaction: interaction.as_deref(),
        };
        let mut response = page(status, &layout, &template, self.pending.form_target.as_deref())?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }

    /// Shows the secret for an authenticator app and asks for a code of it.
    pub async fn add_totp<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        signed_in: &SignedIn,
        enrolment: &Enrolment,
        is_wrong: bool,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let csrf = Csrf::issue(env, request, &form_name(signed_in)).await?;
        let interaction = self.pending.field(env).await?;
        let uri = enrolment.secret.uri(env.settings.brand_name()?, &signed_in.user.email);
        let secret: Vec<char> = enrolment.secret.base32().chars().collect();
        let texts = TEXTS.of(layout.language);
        let template = AddTotp {
            layout: &layout,
            texts,
            problem: is_wrong.then_some(texts.wrong_code),
            picture: picture(&uri),
            uri: &uri,
            secret: secret.chunks(4).map(String::from_iter).collect::<Vec<_>>().join(" "),
            enrolment: &enrolment.field,
            csrf: &csrf.field,
            interaction: interaction.as_deref(),
        };
        let status = if is_wrong { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        let mut response = page(status, &layout, &template, self.pending.form_target.as_deref())?;
        csrf.remember(env, &mut response)?;
        Ok(response)
    }

    /// After a change: shows the recovery codes that are new, or what there is now.
    pub async fn changed<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, change: &Change) -> Result {
        match change {
            Change::Enrolled { cookie, recovery_codes } => {
                let mut response = match recovery_codes {
                    Some(codes) => self.recovery_codes(env, request, codes).await?,
                    None => redirect(&self.next(env).await?)?,
                };
                if let Some(cookie) = cookie {
                    let max_age = env.settings.session_expires_in()?.0;
                    Cookie::Session.set(&mut response, env.settings.issuer()?, cookie.expose(), max_age);
                }
                Ok(response)
            }
            Change::Done | Change::WrongCode => redirect(&self.pending.address_of(env, "/account/factors").await?),
        }
    }

    /// Shows recovery codes, this one time.
    pub async fn recovery_codes<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        codes: &RecoveryCodes,
    ) -> Result {
        let layout = Layout::new(env.settings, request)?;
        let next = self.next(env).await?;
        let template = Codes {
            layout: &layout,
            texts: TEXTS.of(layout.language),
            application: self.pending.application.as_ref(),
            codes: codes.iter().collect(),
            next: &next,
        };
        page(StatusCode::OK, &layout, &template, None)
    }

    /// Where the user goes from here: on with what was pending, or back to the list.
    async fn next<S: Authorizations>(&self, env: &Env<'_, S>) -> Result<String> {
        match self.pending.field(env).await? {
            Some(_) => self.pending.destination(env).await,
            None => self.pending.address_of(env, "/account/factors").await,
        }
    }
}

const UNKNOWN: Error = Error::invalid_request("The form asks for something that this page does not do.");

fn form_name(signed_in: &SignedIn) -> String {
    format!("factors {}", signed_in.session.id)
}

/// The modules of a QR code as the path of an SVG, and how many there are in a row; `None` where the text is too long.
fn picture(text: &str) -> Option<(String, i32)> {
    const QUIET: i32 = 4;
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let cells = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
    let dark = cells.filter(|(x, y)| code.get_module(*x, *y));
    let path = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    Some((path, code.size() + 2 * QUIET))
}

/// A passkey as the page shows it.
struct ListedPasskey<'a> {
    id: String,
    name: &'a str,
    added: String,
    used: Option<String>,
}

#[derive(Template)]
#[template(path = "factors.html")]
struct Factors<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    codes_left: String,
    application: Option<&'a AskingClient>,
    problem: Option<&'static str>,
    overview: &'a Overview,
    passkeys: Vec<ListedPasskey<'a>>,
    /// For a further passkey.
    options: Option<String>,
    needs_passkey: bool,
    csrf: &'a str,
    interaction: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "factors_totp.html")]
struct AddTotp<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    problem: Option<&'static str>,
    picture: Option<(String, i32)>,
    uri: &'a str,
    secret: String,
    enrolment: &'a str,
    csrf: &'a str,
    interaction: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct Codes<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    application: Option<&'a AskingClient>,
    codes: Vec<&'a str>,
    next: &'a str,
}
