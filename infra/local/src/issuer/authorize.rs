//! `/oidc/authorize`: the sign-in page, and the response to its form. Never issues a token.

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use http::header::ORIGIN;
use http::{HeaderMap, StatusCode, Uri};

use super::forms::{self, Fields};
use super::grants::{Code, User};
use super::origin::RequestOrigin;
use super::page::{self, Form};
use super::request::{self, Prompt, Request, Unfit};
use super::{Issuer, seconds, secret};

/// The error for a request that repeats a parameter.
const TWICE: Unfit = Unfit::Stay("This request says something twice. Start from Rally's own site.");

/// `GET /oidc/authorize`: shows the page with a field for a name, or redirects at once if the request forbids a page.
pub(super) async fn show(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<RequestOrigin>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let (fields, request) = match read(uri.query().unwrap_or_default().as_bytes(), &asked) {
        Ok(read) => read,
        Err(unfit) => return refuse(&issuer, unfit),
    };
    match (request.prompt, known(&issuer, &asked, &headers)) {
        (Prompt::None, Some(user)) => lead_back(&issuer, &request, user),
        (Prompt::None, None) => {
            let (error, description) = ("login_required", "nobody is signed in");
            refuse(&issuer, Unfit::Back { redirect: request.redirect, state: request.state, error, description })
        }
        (prompt, known) => {
            let name = known.as_ref().map(|user| user.name.as_str());
            let form = Form {
                known: name.filter(|_| prompt != Prompt::Login),
                name: name.unwrap_or_default(),
                group: known.as_ref().and_then(|user| user.group.as_deref()),
                offers_groups: asked.is_here,
                wrong: None,
            };
            Html(page::form(&fields, &form)).into_response()
        }
    }
}

/// `POST /oidc/authorize`: signs in under the typed name, or continues under the current one.
pub(super) async fn sign_in(
    State(issuer): State<Issuer>,
    Extension(asked): Extension<RequestOrigin>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A page of another site must not be able to sign a user in.
    if headers.get(ORIGIN).is_some_and(|origin| origin.as_bytes() != asked.origin.as_bytes()) {
        return forms::stay(StatusCode::FORBIDDEN, "This form came from another site.");
    }
    let (fields, request) = match read(&body, &asked) {
        Ok(read) => read,
        Err(unfit) => return refuse(&issuer, unfit),
    };
    let goes_on = fields.contains_key("known");
    if goes_on
        && request.prompt != Prompt::Login
        && let Some(user) = known(&issuer, &asked, &headers)
    {
        return lead_back(&issuer, &request, user);
    }
    let typed = fields.get("name").map(String::as_str).unwrap_or_default();
    let offered = page::GROUPS.iter().map(|(name, _)| *name);
    let group = offered.filter(|_| asked.is_here).find(|name| fields.get("group").is_some_and(|group| group == name));
    let name = if goes_on {
        Err("You are not signed in here any more. Type a name.".to_owned())
    } else {
        request::name(typed)
    };
    let name = match name {
        Ok(name) => name,
        Err(wrong) => {
            let form = Form { known: None, name: typed, group, offers_groups: asked.is_here, wrong: Some(&wrong) };
            return (StatusCode::BAD_REQUEST, Html(page::form(&fields, &form))).into_response();
        }
    };
    let user = User { name, group: group.map(str::to_owned), since: seconds() };
    let cookie = match secret() {
        Ok(cookie) => cookie,
        Err(error) => return forms::fault(&error),
    };
    issuer.grants().begin_session(&cookie, user.clone(), seconds());
    let mut response = lead_back(&issuer, &request, user);
    forms::set_cookie(&mut response, &cookie);
    response
}

fn read(form: &[u8], asked: &RequestOrigin) -> Result<(Fields, Request), Unfit> {
    let fields = forms::read(form).ok_or(TWICE)?;
    let request = request::read(&fields, &asked.origin)?;
    Ok((fields, request))
}

/// The person signed in at the issuer. A person's groups are known only at this machine.
fn known(issuer: &Issuer, asked: &RequestOrigin, headers: &HeaderMap) -> Option<User> {
    let user = issuer.grants().session(&forms::cookie(headers)?).cloned()?;
    (asked.is_here || user.group.is_none()).then_some(user)
}

fn lead_back(issuer: &Issuer, request: &Request, user: User) -> Response {
    let code = match secret() {
        Ok(code) => code,
        Err(error) => return forms::fault(&error),
    };
    let granted = Code {
        user,
        redirect: request.redirect.clone(),
        challenge: request.challenge.clone(),
        nonce: request.nonce.clone(),
    };
    issuer.grants().issue(&code, granted, seconds());
    forms::redirect(&request.redirect, &[("code", &code), ("state", &request.state), ("iss", issuer.name())])
}

fn refuse(issuer: &Issuer, unfit: Unfit) -> Response {
    match unfit {
        Unfit::Stay(message) => forms::stay(StatusCode::BAD_REQUEST, message),
        Unfit::Back { redirect, state, error, description } => {
            let parameters =
                [("error", error), ("error_description", description), ("state", &state), ("iss", issuer.name())];
            forms::redirect(&redirect, &parameters)
        }
    }
}
