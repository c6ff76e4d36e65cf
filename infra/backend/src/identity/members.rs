//! The claims that an access token of a member must have.

use domain::person::{Member, Person, PersonId, PersonName};
use domain::time::Timestamp;

use crate::App;
use crate::config::Config;
use crate::identity::claims::{self, Claims};
use crate::identity::prefixes::{SLACK_PREFIX, VISITOR_PREFIX};
use crate::identity::{Identified, TokenError, TokenRejection, guests};

/// The longest name in characters; longer names are cut.
const NAME_LENGTH: usize = 80;

/// Claims with a name, the best first; Cognito's own last.
const NAMES: [&str; 4] = ["name", "preferred_username", "username", "cognito:username"];

/// Claims with a display name. The others are fallbacks of the issuer; with these, the profile is requested.
const OWN_NAMES: [&str; 2] = [NAMES[0], NAMES[1]];

/// Claims with groups: Cognito's, and that of other issuers.
const GROUPS: [&str; 2] = ["cognito:groups", "groups"];

/// The number of groups that are read from a token; more are ignored.
const GROUP_LIMIT: usize = 100;

/// Prefixes of ids that only this server assigns. An issuer's token with one is rejected.
const RESERVED_PREFIXES: [&str; 3] = [guests::ID_PREFIX, VISITOR_PREFIX, SLACK_PREFIX];

/// Types in a token's header that mark an access token (RFC 9068, section 2.1).
const ACCESS_TYPES: [&str; 2] = ["at+jwt", "application/at+jwt"];

/// Claims that only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.1.3.6).
const IDENTITY_CLAIMS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Claims that access tokens have and ID tokens do not (RFC 9068, section 2.2; `scp` in place of `scope` at some issuers).
const ACCESS_CLAIMS: [&str; 3] = ["scope", "scp", "client_id"];

/// The member of a token that names the issuer.
pub(crate) async fn verify(app: &App, token: &str) -> Result<Identified, TokenError> {
    let header = claims::unverified_header(token)?;
    let name = header.kid.ok_or(TokenRejection::Key)?;
    let key = app.identity().keys.find(app, &name).await?.ok_or(TokenRejection::Key)?;
    let claims = Claims::verified(token, &key.decoding, key.algorithm)?;
    let (member, expires) = member(app.config(), header.typ.as_deref(), &claims, app.now())?;
    let since = claims.since()?;
    let identified = |member| Identified { person: Person::Member(member), since, expires };
    if OWN_NAMES.iter().any(|name| claims.has(name)) {
        return Ok(identified(member));
    }
    let name = app.identity().profiles.name_of(app, &member.id, token).await;
    Ok(identified(Member { name: name.unwrap_or(member.name), ..member }))
}

/// The member, and when the token expires.
fn member(
    config: &Config,
    typ: Option<&str>,
    claims: &Claims,
    now: Timestamp,
) -> Result<(Member, Timestamp), TokenRejection> {
    let issuer = claims.text("iss");
    if issuer.is_none() || issuer != config.issuer.as_deref() {
        return Err(TokenRejection::Issuer);
    }
    let expires = claims.check_time(now)?;
    check_use(typ, claims)?;
    check_audience(config, claims)?;
    let id: PersonId = claims.text("sub").and_then(|sub| sub.parse().ok()).ok_or(TokenRejection::Subject)?;
    if RESERVED_PREFIXES.iter().any(|prefix| id.as_str().starts_with(prefix)) {
        return Err(TokenRejection::Subject);
    }
    let name = NAMES.iter().filter_map(|name| claims.text(name)).find_map(shortened);
    let name = name.or_else(|| shortened(id.as_str())).ok_or(TokenRejection::Subject)?;
    let groups: Vec<String> = GROUPS.iter().flat_map(|name| claims.texts(name)).take(GROUP_LIMIT).collect();
    let is_admin = groups.contains(&config.admin_group);
    Ok((Member { id, name, is_admin, groups }, expires))
}

/// Checks that it is an access token. An ID token identifies a person only to the site, and is often sent where an access token must not
/// be.
///
/// Cognito marks the use of a token in `token_use`, other issuers in the header's type. Without either, a token counts as an ID token if it
/// has a claim that only ID tokens have, or none that access tokens have.
fn check_use(typ: Option<&str>, claims: &Claims) -> Result<(), TokenRejection> {
    let is_typed = typ.is_some_and(|typ| ACCESS_TYPES.iter().any(|access| typ.eq_ignore_ascii_case(access)));
    let is_access = match claims.has("token_use") {
        true => claims.text("token_use") == Some("access"),
        false => {
            let has_any = |names: [&str; 3]| names.iter().any(|name| claims.has(name));
            is_typed || (has_any(ACCESS_CLAIMS) && !has_any(IDENTITY_CLAIMS))
        }
    };
    if is_access { Ok(()) } else { Err(TokenRejection::NoAccess) }
}

/// Cognito names the application in `client_id`. Tokens of other issuers must have this site as their audience (RFC 9068, section 4).
fn check_audience(config: &Config, claims: &Claims) -> Result<(), TokenRejection> {
    let client = config.client_id.as_str();
    let is_cognito = claims.has("token_use");
    let is_for_site = claims.contains("aud", client) || (is_cognito && claims.text("client_id") == Some(client));
    if is_for_site && !client.is_empty() { Ok(()) } else { Err(TokenRejection::Audience) }
}

/// A name, cleaned and shortened for display; `None` if nothing is left.
pub(crate) fn shortened(text: &str) -> Option<PersonName> {
    let line: String = text.chars().filter(|character| !character.is_control()).collect();
    let short: String = line.trim().chars().take(NAME_LENGTH).collect();
    short.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config() -> Config {
        let issuer = Some("https://issuer.example".to_owned());
        Config { issuer, client_id: "rally-site".to_owned(), ..Config::default() }
    }

    /// The result for the claims of Cognito's access tokens with `changes`; `null` removes a claim.
    fn read(changes: Value) -> Result<Member, TokenRejection> {
        read_typed(Some("JWT"), changes)
    }

    /// The same with this type in its header.
    fn read_typed(typ: Option<&str>, changes: Value) -> Result<Member, TokenRejection> {
        let mut claims = json!({
            "iss": "https://issuer.example", "sub": "4d8c-11ec", "exp": 2_000, "token_use": "access",
            "client_id": "rally-site", "username": "ada",
        });
        for (name, value) in changes.as_object().unwrap() {
            if value.is_null() {
                claims.as_object_mut().unwrap().remove(name);
            } else {
                claims[name] = value.clone();
            }
        }
        member(&config(), typ, &Claims::from(claims), Timestamp::from_milliseconds(1_000_000)).map(|(member, _)| member)
    }

    #[test]
    fn an_access_token_is_a_members() {
        let ada = read(json!({})).unwrap();
        assert_eq!((ada.id.as_str(), ada.name.as_str(), ada.is_admin), ("4d8c-11ec", "ada", false));
    }

    #[test]
    fn a_token_that_is_not_for_this_site_is_rejected() {
        let rejection = |changes| read(changes).unwrap_err();
        assert_eq!(rejection(json!({"iss": "https://other.example"})), TokenRejection::Issuer);
        assert_eq!(rejection(json!({"iss": null})), TokenRejection::Issuer);
        assert_eq!(rejection(json!({"exp": 900})), TokenRejection::Expired);
        assert_eq!(rejection(json!({"nbf": 1_100})), TokenRejection::Early);
        assert_eq!(rejection(json!({"token_use": "id", "aud": "rally-site"})), TokenRejection::NoAccess);
        assert_eq!(rejection(json!({"token_use": ["access"]})), TokenRejection::NoAccess);
        assert_eq!(rejection(json!({"client_id": "other"})), TokenRejection::Audience);
        assert_eq!(rejection(json!({"client_id": null})), TokenRejection::Audience);
        for invalid in
            [json!(null), json!(7), json!(""), json!("a/b"), json!("guest:abc"), json!("visitor:x"), json!("slack:T:U")]
        {
            assert_eq!(rejection(json!({"sub": invalid})), TokenRejection::Subject, "{invalid}");
        }
    }

    #[test]
    fn another_issuers_token_must_name_the_site_as_its_audience() {
        let with = |aud: Value| read(json!({"token_use": null, "aud": aud}));
        assert!(with(json!("rally-site")).is_ok() && with(json!(["account", "rally-site"])).is_ok());
        assert_eq!(with(json!("account")), Err(TokenRejection::Audience));
        assert_eq!(with(json!(null)), Err(TokenRejection::Audience), "regardless of its client_id");
    }

    #[test]
    fn an_id_token_of_any_issuer_is_rejected() {
        let other = |changes: Value| {
            let mut claims = json!({"token_use": null, "client_id": null, "aud": "rally-site"});
            claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            claims
        };
        for typ in [None, Some("JWT"), Some("logout+jwt")] {
            let read = |changes| read_typed(typ, other(changes));
            assert_eq!(read(json!({})), Err(TokenRejection::NoAccess), "it has no claim of an access token");
            assert!(read(json!({"scope": "openid"})).is_ok() && read(json!({"scp": ["openid"]})).is_ok());
            assert!(read(json!({"client_id": "rally-site"})).is_ok());
            for claim in ["nonce", "at_hash", "c_hash"] {
                let with = json!({"scope": "openid", "client_id": "rally-site", claim: "x"});
                assert_eq!(read(with), Err(TokenRejection::NoAccess), "{claim}");
            }
        }
        for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
            assert!(read_typed(Some(typ), other(json!({}))).is_ok(), "{typ}");
        }
        let cognitos = json!({"token_use": "id", "scope": "openid", "aud": "rally-site"});
        assert_eq!(
            read_typed(Some("at+jwt"), cognitos),
            Err(TokenRejection::NoAccess),
            "Cognito's token_use takes precedence"
        );
    }

    #[test]
    fn without_a_configured_client_id_every_token_is_rejected() {
        let claims = json!({
            "iss": "https://issuer.example", "sub": "a", "exp": 2_000, "token_use": "access", "client_id": "", "aud": "",
        });
        let config = Config { client_id: String::new(), ..config() };
        assert_eq!(member(&config, None, &Claims::from(claims), Timestamp::default()), Err(TokenRejection::Audience));
    }

    #[test]
    fn a_group_makes_an_admin() {
        assert!(read(json!({"cognito:groups": ["staff", "admin"]})).unwrap().is_admin);
        assert_eq!(read(json!({"cognito:groups": ["staff", "admin"]})).unwrap().groups, ["staff", "admin"]);
        assert!(read(json!({"groups": ["admin"]})).unwrap().is_admin);
        assert!(!read(json!({"cognito:groups": ["administrators"], "groups": 7})).unwrap().is_admin);
    }

    #[test]
    fn the_best_available_name_is_used() {
        let name = |changes| read(changes).unwrap().name.to_string();
        assert_eq!(name(json!({"name": "Ada Lovelace", "preferred_username": "al"})), "Ada Lovelace");
        assert_eq!(name(json!({"name": " \n", "preferred_username": "al"})), "al");
        assert_eq!(name(json!({"username": null, "cognito:username": "ada1"})), "ada1");
        assert_eq!(name(json!({"username": null})), "4d8c-11ec");
        assert_eq!(name(json!({"name": "A\u{7}da\nL"})), "AdaL");
        assert_eq!(name(json!({"name": format!("{}é", "x".repeat(79))})).chars().count(), 80);
        assert_eq!(name(json!({"name": "é".repeat(200)})), "é".repeat(80));
        assert_eq!(name(json!({"username": null, "sub": "s".repeat(128)})), "s".repeat(80));
    }
}
