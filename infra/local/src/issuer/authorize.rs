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
use super::request::{self, Prompt, Request, RequestError};
use super::{Issuer, seconds, secret};

/// The error for a request that repeats a parameter.
const REPEATED_PARAMETER: RequestError =
    RequestError::Page("This request repeats a parameter. Start from Rally's own site.");

/// `GET /oidc/authorize`: shows the page with a field for a name, or redirects at once if the request forbids a page.
pub(super) async fn show(
    State(issuer): State<Issuer>,
    Extension(origin): Extension<RequestOrigin>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let (fields, request) = match read(uri.query().unwrap_or_default().as_bytes(), &origin) {
        Ok(read) => read,
        Err(error) => return error_response(&issuer, error),
    };
    match (request.prompt, session_user(&issuer, &origin, &headers)) {
        (Prompt::None, Some(user)) => redirect_with_code(&issuer, &request, user),
        (Prompt::None, None) => {
            let (error, description) = ("login_required", "no user is signed in");
            error_response(
                &issuer,
                RequestError::Redirect { redirect: request.redirect, state: request.state, error, description },
            )
        }
        (prompt, signed_in) => {
            let name = signed_in.as_ref().map(|user| user.name.as_str());
            let form = Form {
                known: name.filter(|_| prompt != Prompt::Login),
                name: name.unwrap_or_default(),
                group: signed_in.as_ref().and_then(|user| user.group.as_deref()),
                offers_groups: origin.is_local,
                error: None,
            };
            Html(page::form(&fields, &form)).into_response()
        }
    }
}

/// `POST /oidc/authorize`: signs in under the typed name, or continues under the current one.
pub(super) async fn sign_in(
    State(issuer): State<Issuer>,
    Extension(origin): Extension<RequestOrigin>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A page of another site must not be able to sign a user in.
    if headers.get(ORIGIN).is_some_and(|header| header.as_bytes() != origin.origin.as_bytes()) {
        return forms::error_page(StatusCode::FORBIDDEN, "This form came from another site.");
    }
    let (fields, request) = match read(&body, &origin) {
        Ok(read) => read,
        Err(error) => return error_response(&issuer, error),
    };
    let continues_session = fields.contains_key("known");
    if continues_session
        && request.prompt != Prompt::Login
        && let Some(user) = session_user(&issuer, &origin, &headers)
    {
        return redirect_with_code(&issuer, &request, user);
    }
    let typed = fields.get("name").map(String::as_str).unwrap_or_default();
    let offered = page::GROUPS.iter().map(|(name, _)| *name);
    let group = offered.filter(|_| origin.is_local).find(|name| fields.get("group").is_some_and(|group| group == name));
    let name = if continues_session {
        Err("You are not signed in here any more. Type a name.".to_owned())
    } else {
        request::name(typed)
    };
    let name = match name {
        Ok(name) => name,
        Err(error) => {
            let form = Form { known: None, name: typed, group, offers_groups: origin.is_local, error: Some(&error) };
            return (StatusCode::BAD_REQUEST, Html(page::form(&fields, &form))).into_response();
        }
    };
    let user = User { name, group: group.map(str::to_owned), since: seconds() };
    let cookie = match secret() {
        Ok(cookie) => cookie,
        Err(error) => return forms::internal_error(&error),
    };
    issuer.grants().begin_session(&cookie, user.clone(), seconds());
    let mut response = redirect_with_code(&issuer, &request, user);
    forms::set_cookie(&mut response, &cookie);
    response
}

fn read(form: &[u8], origin: &RequestOrigin) -> Result<(Fields, Request), RequestError> {
    let fields = forms::read(form).ok_or(REPEATED_PARAMETER)?;
    let request = request::read(&fields, &origin.origin)?;
    Ok((fields, request))
}

/// The person signed in at the issuer. A person's groups are known only at this machine.
fn session_user(issuer: &Issuer, origin: &RequestOrigin, headers: &HeaderMap) -> Option<User> {
    let user = issuer.grants().session(&forms::cookie(headers)?).cloned()?;
    (origin.is_local || user.group.is_none()).then_some(user)
}

fn redirect_with_code(issuer: &Issuer, request: &Request, user: User) -> Response {
    let code = match secret() {
        Ok(code) => code,
        Err(error) => return forms::internal_error(&error),
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

fn error_response(issuer: &Issuer, error: RequestError) -> Response {
    match error {
        RequestError::Page(message) => forms::error_page(StatusCode::BAD_REQUEST, message),
        RequestError::Redirect { redirect, state, error, description } => {
            let parameters =
                [("error", error), ("error_description", description), ("state", &state), ("iss", issuer.name())];
            forms::redirect(&redirect, &parameters)
        }
    }
}
