//! What the pages behind one-time links have in common. To open a link uses nothing up; to send its form does.

use domain::{Env, keys::Keys};
use http::{Method, StatusCode};
use protocol::{Secret, params::Params};

use crate::{Request, Result, csrf, texts::layout};

/// A request to such a page.
pub(crate) struct Opened {
    /// The token of the link.
    pub(crate) token: String,
    form: Option<Params>,
}

impl Opened {
    /// Reads a request.
    pub(crate) fn read(request: &Request) -> Result<Self> {
        let is_form = request.method == Method::POST;
        let params = if is_form { request.form()? } else { request.query()? };
        Ok(Self { token: params.get("token")?.unwrap_or_default().to_owned(), form: is_form.then_some(params) })
    }

    /// The password in this field of this form. `None` where none was typed yet: the link was opened, or the form is not ours.
    pub(crate) async fn typed<S: Keys>(
        &self,
        env: &Env<'_, S>,
        request: &Request,
        form_name: &str,
        field: &str,
    ) -> Result<Option<Secret>> {
        let Some(form) = &self.form else { return Ok(None) };
        let is_genuine = csrf::is_genuine(env, request, form_name, form.get("csrf")?).await?;
        let typed = form.get(field)?.unwrap_or_default();
        Ok(is_genuine.then(|| Secret::new(typed)))
    }

    /// How the page is shown where nothing was typed: with a word about a form that is not ours.
    pub(crate) fn start(&self, layout: &layout::Texts) -> (StatusCode, Option<&'static str>) {
        match self.form {
            Some(_) => (StatusCode::FORBIDDEN, Some(layout.form_is_old)),
            None => (StatusCode::OK, None),
        }
    }
}
