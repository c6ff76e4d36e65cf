//! An authorization request (OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3): parsed and validated. Makes no response.

use std::collections::HashMap;

use super::CLIENT_ID;

/// The allowed redirect paths, on the site's own host.
const REDIRECT_PATH: &str = "/signed-in";

/// The maximum length of state and nonce, in bytes.
const LENGTH_LIMIT: usize = 512;

/// Whether the sign-in page may be shown (`prompt`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    /// It may not.
    None,
    /// It must, even if a person is signed in here.
    Login,
    /// It may; a person who is signed in here can continue.
    Any,
}

/// A valid request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) redirect: String,
    pub(super) state: String,
    pub(super) challenge: String,
    pub(super) nonce: String,
    pub(super) prompt: Prompt,
}

/// An invalid request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RequestError {
    /// Its origin is unknown: no redirect.
    Page(&'static str),
    /// It is redirected with an error (RFC 6749, section 4.1.2.1).
    Redirect { redirect: String, state: String, error: &'static str, description: &'static str },
}

/// Parses a request to the host at `origin`.
pub(super) fn read(query: &HashMap<String, String>, origin: &str) -> Result<Request, RequestError> {
    let value = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if value("client_id") != CLIENT_ID {
        return Err(RequestError::Page("This sign-in page is for Rally's own site. Start from there."));
    }
    let redirect = value("redirect_uri");
    if redirect != format!("{origin}{REDIRECT_PATH}") {
        return Err(RequestError::Page(
            "This request leads to another site than the one that it came from. Start from Rally's own site.",
        ));
    }
    let sent = value("state");
    let state = if sent.len() > LENGTH_LIMIT { "" } else { sent };
    let redirect_error = |error, description| {
        Err(RequestError::Redirect { redirect: redirect.to_owned(), state: state.to_owned(), error, description })
    };
    if state != sent {
        return redirect_error("invalid_request", "state is too long");
    }
    if value("response_type") != "code" {
        return redirect_error("unsupported_response_type", "response_type must be code");
    }
    if !value("scope").split(' ').any(|scope| scope == "openid") {
        return redirect_error("invalid_scope", "scope must name openid");
    }
    if !is_challenge(value("code_challenge")) || value("code_challenge_method") != "S256" {
        return redirect_error("invalid_request", "code_challenge with the method S256 is needed");
    }
    if value("nonce").len() > LENGTH_LIMIT {
        return redirect_error("invalid_request", "nonce is too long");
    }
    let Some(prompt) = prompt(value("prompt")) else {
        return redirect_error("invalid_request", "prompt contains none and another value");
    };
    Ok(Request {
        redirect: redirect.to_owned(),
        state: state.to_owned(),
        challenge: value("code_challenge").to_owned(),
        nonce: value("nonce").to_owned(),
        prompt,
    })
}

/// A SHA-256 in base64url without padding.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The meaning of `prompt`; `None` if it contradicts itself. Unknown values are ignored.
fn prompt(words: &str) -> Option<Prompt> {
    let words: Vec<&str> = words.split_ascii_whitespace().collect();
    match words.as_slice() {
        ["none"] => Some(Prompt::None),
        words if words.contains(&"none") => None,
        words if words.contains(&"login") => Some(Prompt::Login),
        _ => Some(Prompt::Any),
    }
}

/// Whether a post-logout address is on this host.
pub(super) fn is_same_origin(address: &str, origin: &str) -> bool {
    address == origin || address.strip_prefix(origin).is_some_and(|rest| rest.starts_with('/'))
}

/// A typed name, if it is valid: one line of 1 to 80 characters.
pub(super) fn name(typed: &str) -> Result<String, String> {
    let trimmed = typed.trim();
    let length = trimmed.chars().count();
    match length {
        0 => Err("Type a name.".to_owned()),
        81.. => Err(format!("A name has at most 80 characters; this one has {length}.")),
        _ if trimmed.chars().any(char::is_control) => Err("A name is one line without control characters.".to_owned()),
        _ => Ok(trimmed.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://localhost:8080";

    fn query(changes: &[(&str, &str)]) -> HashMap<String, String> {
        let mut query: HashMap<String, String> = [
            ("client_id", "rally"),
            ("redirect_uri", "http://localhost:8080/signed-in"),
            ("response_type", "code"),
            ("scope", "openid profile"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        query.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        query
    }

    #[test]
    fn a_request_of_another_site_is_not_redirected() {
        assert!(read(&query(&[]), ORIGIN).is_ok());
        let foreign = [
            ("client_id", "other"),
            ("redirect_uri", "http://localhost:8080/elsewhere"),
            ("redirect_uri", "http://localhost:8080.example.org/signed-in"),
            ("redirect_uri", "https://example.org/signed-in"),
            ("redirect_uri", "http://localhost:8081/signed-in"),
            ("redirect_uri", ""),
        ];
        for change in foreign {
            assert!(matches!(read(&query(&[change]), ORIGIN), Err(RequestError::Page(_))), "{change:?}");
        }
    }

    #[test]
    fn an_invalid_request_of_the_site_is_redirected_with_its_state() {
        let long = "x".repeat(LENGTH_LIMIT + 1);
        let invalid = [
            ("response_type", "token", "unsupported_response_type"),
            ("scope", "profile", "invalid_scope"),
            ("code_challenge", "short", "invalid_request"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
            ("nonce", long.as_str(), "invalid_request"),
            ("prompt", "none login", "invalid_request"),
        ];
        for (name, value, expected) in invalid {
            let Err(RequestError::Redirect { error, state, .. }) = read(&query(&[(name, value)]), ORIGIN) else {
                panic!("{name} is redirected");
            };
            assert_eq!((error, state.as_str()), (expected, "s"));
        }
        let Err(RequestError::Redirect { state, .. }) = read(&query(&[("state", &long)]), ORIGIN) else {
            panic!("it is redirected");
        };
        assert_eq!(state, "");
    }

    #[test]
    fn the_prompt_parameter_is_parsed() {
        let prompt = |words| read(&query(&[("prompt", words)]), ORIGIN).unwrap().prompt;
        assert_eq!(prompt("none"), Prompt::None);
        assert_eq!(prompt("consent login"), Prompt::Login);
        assert_eq!((prompt(""), prompt("select_account")), (Prompt::Any, Prompt::Any));
    }

    #[test]
    fn a_name_is_one_line_of_at_most_eighty_characters() {
        assert_eq!(name("  Ada Lovelace ").as_deref(), Ok("Ada Lovelace"));
        assert_eq!(name(&"é".repeat(80)), Ok("é".repeat(80)));
        for invalid in ["", " \t", "a\nb", "a\u{7}b", &"x".repeat(81)] {
            assert!(name(invalid).is_err(), "{invalid:?}");
        }
    }

    #[test]
    fn only_the_own_host_is_an_own_address() {
        assert!(is_same_origin("http://localhost:8080/", ORIGIN) && is_same_origin(ORIGIN, ORIGIN));
        for other in ["http://localhost:8080.example.org/", "http://localhost:80801/", "https://example.org/", "/"] {
            assert!(!is_same_origin(other, ORIGIN), "{other}");
        }
    }
}
