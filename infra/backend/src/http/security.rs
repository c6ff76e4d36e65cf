//! The security schemes of the API's description, and the responses that follow from them.

use protocol::envelope::Refusal;
use utoipa::PartialSchema as _;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, Response, ResponseBuilder};

/// What any address may answer, before anybody looks at what is asked for.
const ANYWHERE: [(&str, &str); 5] = [
    ("400", "A token and a key at once, or a value breaks a constraint"),
    ("401", "The token or the key that was shown is not valid, or no longer"),
    ("403", "Not asked at the site's own address"),
    ("429", "Too much at once; `Retry-After` says in how many seconds to come again"),
    ("503", "The data or the issuer cannot be reached just now"),
];

/// Adds the ways to say who asks, and to each operation what it may answer to any of them.
pub(crate) fn describe(document: &mut OpenApi) {
    let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("x-api-key")));
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("A member's access token from the issuer, or a guest's from this API."))
        .build();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("deviceKey", key);
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    components.schemas.entry(Refusal::name().into_owned()).or_insert_with(Refusal::schema);
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        for (status, description) in ANYWHERE {
            let responses = &mut operation.responses.responses;
            responses.entry(status.to_owned()).or_insert_with(|| refusal(description).into());
        }
    }
}

/// The operations of an address, and whether each is a write.
pub(crate) fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

fn refusal(description: &str) -> Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name(Refusal::name()))).build();
    ResponseBuilder::new().description(description).content("application/json", content).build()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::router::openapi;

    #[test]
    fn each_address_tells_that_a_token_may_be_refused() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        let schemes = &document["components"]["securitySchemes"];
        assert_eq!(schemes["bearer"]["scheme"], "bearer");
        assert_eq!(schemes["deviceKey"]["name"], "x-api-key");
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for status in ["400", "401", "403", "429", "503"] {
                    assert!(operation["responses"][status].is_object(), "{method} {path} tells nothing of {status}");
                }
                for scheme in operation["security"].as_array().into_iter().flatten() {
                    let names: Vec<&String> = scheme.as_object().unwrap().keys().collect();
                    assert!(names.iter().all(|name| schemes[name.as_str()].is_object()), "{method} {path}: {names:?}");
                }
            }
        }
    }
}
