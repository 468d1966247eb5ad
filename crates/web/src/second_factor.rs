//! `GET` and `POST /login/factor`: the second step of a sign-in, and the one that makes a session stronger.

use askama::Template;
use domain::{
    Env,
    authorize::Authorizations,
    factors::{Claimant, Passkey, Passkeys},
    session::{Sessions, SignedIn, read_cookie},
    sign_in::PendingSignIn,
    user::Users,
};
use http::{Method, StatusCode};
use protocol::{Secret, params::Params};

use crate::{
    Audience, Cors, Endpoint, Request, Result,
    authorize::session_cookie,
    csrf::{self, Csrf},
    login::Pending,
    page::{AskingClient, Layout, page},
    passkey::PasskeyForm,
    password,
    response::{self, redirect},
    texts::{
        language, layout, passkey,
        second_factor::{TEXTS, Texts},
    },
};

/// The endpoint's fixed properties.
pub const ENDPOINT: Endpoint = Endpoint { methods: "GET, HEAD, POST", audience: Audience::User, cors: Cors::Never };

/// A request to the page.
pub struct Parsed {
    pending: Pending,
    form: Option<Params>,
}

/// Who is asked for a further factor, as the page needs it after a wrong code, too.
pub struct Asked {
    form_name: String,
    sign_in: Option<String>,
    passkeys: Vec<Passkey>,
}

impl Asked {
    async fn of<S: Authorizations + Passkeys>(env: &Env<'_, S>, claimant: &Claimant) -> Result<Self> {
        let sign_in = match claimant {
            Claimant::Pending(pending) => Some(pending.seal(env).await?),
            Claimant::SignedIn(..) => None,
        };
        let passkeys = env.store.passkeys(claimant.user().id).await.map_err(domain::Failure::from)?;
        Ok(Self { form_name: form_name(claimant), sign_in, passkeys })
    }
}

/// Reads a request to the page.
pub async fn parse<S: Authorizations>(env: &Env<'_, S>, request: &Request) -> Result<Parsed> {
    let is_form = request.method == Method::POST;
    let params = if is_form { request.form()? } else { request.query()? };
    Ok(Parsed { pending: Pending::read(env, request, &params).await?, form: is_form.then_some(params) })
}

impl Parsed {
    /// Who is asked for a further factor: whoever is signing in, by the form, else whoever is signed in. `None` where
    /// nobody is, or the sign-in has taken too long.
    pub async fn claimant<S: Authorizations + Sessions + Users>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
    ) -> Result<Option<Claimant>> {
        if let Some(text) = self.form.as_ref().map(|form| form.get("sign_in")).transpose()?.flatten() {
            let pending = PendingSignIn::open(env, text).await?;
            return Ok(pending.map(|pending| Claimant::Pending(Box::new(pending))));
        }
        let Some(cookie) = session_cookie(env, request)? else { return Ok(None) };
        let Some(key) = read_cookie(env, cookie).await? else { return Ok(None) };
        let signed_in: Option<SignedIn> = env.store.session(&key, env.now).await.map_err(domain::Failure::from)?;
        Ok(signed_in.map(|signed_in| Claimant::SignedIn(Box::new(signed_in), key)))
    }

    /// The code that was typed, and for whom the page is shown again where it is wrong. `None` where there is none yet: the
    /// page was opened, or the form is not ours.
    pub async fn code<S: Authorizations + Passkeys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        claimant: &Claimant,
    ) -> Result<Option<(&str, Asked)>> {
        let Some(form) = &self.form else { return Ok(None) };
        let asked = self.asked(env, request, claimant).await?;
        Ok(asked.zip(Some(form.get("code")?.unwrap_or_default())).map(|(asked, code)| (code, asked)))
    }

    /// For whom the page is shown again where what came is wrong. `None` as for [`Self::code`].
    pub async fn asked<S: Authorizations + Passkeys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        claimant: &Claimant,
    ) -> Result<Option<Asked>> {
        let Some(form) = &self.form else { return Ok(None) };
        if !csrf::is_genuine(env, request, &form_name(claimant), form.get("csrf")?).await? {
            return Ok(None);
        }
        Asked::of(env, claimant).await.map(Some)
    }

    /// Whether nothing but a passkey will do.
    pub fn needs_passkey(&self) -> bool {
        self.pending.needs_passkey
    }

    /// Sends the user to sign in from the beginning.
    pub async fn login<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        redirect(&self.pending.address_of(env, "/login").await?)
    }

    /// Sends the user to add a factor, where there is none.
    pub async fn enrol<S: Authorizations>(&self, env: &Env<'_, S>) -> Result {
        redirect(&self.pending.address_of(env, "/account/factors").await?)
    }

    /// The page as it is first shown.
    pub async fn start<S: Authorizations + Passkeys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        claimant: &Claimant,
    ) -> Result {
        let asked = Asked::of(env, claimant).await?;
        let is_old = |_: &Texts, layout: &layout::Texts| Some(layout.form_is_old);
        match self.form {
            Some(_) => show(env, request, &self.pending, &asked, StatusCode::FORBIDDEN, is_old).await,
            None => show(env, request, &self.pending, &asked, StatusCode::OK, |_, _| None).await,
        }
    }

    /// Signed in: goes on with what was pending.
    pub async fn signed_in<S: Authorizations>(&self, env: &Env<'_, S>, cookie: &Secret) -> Result {
        self.pending.resume(env, cookie).await
    }

    /// The code was right, but the password is temporary: asks for another one.
    pub async fn new_password<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        sign_in: PendingSignIn,
    ) -> Result {
        password::instead_of_temporary(env, request, &self.pending, sign_in).await
    }

    /// A wrong code, or one that was used before.
    pub async fn refused<S: Authorizations>(&self, env: &Env<'_, S>, request: &Request, asked: &Asked) -> Result {
        show(env, request, &self.pending, asked, StatusCode::UNAUTHORIZED, |texts, _| Some(texts.wrong)).await
    }

    /// A passkey that was not right.
    pub async fn passkey_refused<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        asked: &Asked,
    ) -> Result {
        let texts = passkey::TEXTS.of(language(env.settings, request)?);
        show(env, request, &self.pending, asked, StatusCode::UNAUTHORIZED, |_, _| Some(texts.refused)).await
    }

    /// Too many wrong codes.
    pub async fn throttled<S: Authorizations>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        asked: &Asked,
        retry_after: i64,
    ) -> Result {
        let problem = |_: &Texts, layout: &layout::Texts| Some(layout.too_many_attempts);
        let response = show(env, request, &self.pending, asked, StatusCode::TOO_MANY_REQUESTS, problem).await?;
        Ok(response::retry_after(response, retry_after))
    }
}

/// The page that follows the right password.
pub(crate) async fn after_password<S: Authorizations + Passkeys>(
    env: &Env<'_, S>,
    request: &Request,
    pending: &Pending,
    sign_in: PendingSignIn,
) -> Result {
    let asked = Asked::of(env, &Claimant::Pending(Box::new(sign_in))).await?;
    show(env, request, pending, &asked, StatusCode::OK, |_, _| None).await
}

/// The form is one of this user: it does not pass for another's.
fn form_name(claimant: &Claimant) -> String {
    format!("second factor {}", claimant.user().id)
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page<'a> {
    layout: &'a Layout<'a>,
    texts: &'static Texts,
    application: Option<&'a AskingClient>,
    problem: Option<&'static str>,
    csrf: &'a str,
    interaction: Option<&'a str>,
    sign_in: Option<&'a str>,
    passkey: Option<PasskeyForm>,
    /// What is said where a code will not do.
    only_passkey: Option<&'static str>,
}

async fn show<S: Authorizations>(
    env: &Env<'_, S>,
    request: &Request,
    pending: &Pending,
    asked: &Asked,
    status: StatusCode,
    problem: impl FnOnce(&Texts, &layout::Texts) -> Option<&'static str>,
) -> Result {
    let layout = Layout { image: pending.logo_uri(), ..Layout::new(env.settings, request)? };
    let csrf = Csrf::issue(env, request, &asked.form_name).await?;
    let passkey = PasskeyForm::for_one(env, &layout, &csrf.field, &asked.passkeys, asked.sign_in.clone()).await?;
    let layout = if passkey.is_some() { layout.with_passkeys(env.settings)? } else { layout };
    let only_passkey = pending.needs_passkey.then_some(passkey::TEXTS.of(layout.language).needed);
    let interaction = pending.field(env).await?;
    let texts = TEXTS.of(layout.language);
    let template = Page {
        layout: &layout,
        texts,
        application: pending.application.as_ref(),
        problem: problem(texts, layout.texts),
        csrf: &csrf.field,
        interaction: interaction.as_deref(),
        sign_in: asked.sign_in.as_deref(),
        only_passkey: only_passkey.filter(|_| passkey.is_some()),
        passkey,
    };
    let mut response = page(status, &layout, &template, pending.form_target.as_deref())?;
    csrf.remember(env, &mut response)?;
    Ok(response)
}
