//! The security schemes of the API's description.

use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

/// Adds the authentication methods.
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
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::router::openapi;

    #[test]
    fn each_operation_declares_the_common_errors() {
        let document: Value = serde_json::from_str(&openapi().to_json().unwrap()).unwrap();
        let schemes = &document["components"]["securitySchemes"];
        assert_eq!(schemes["bearer"]["scheme"], "bearer");
        assert_eq!(schemes["deviceKey"]["name"], "x-api-key");
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                for status in ["400", "401", "403", "429", "503"] {
                    assert!(operation["responses"][status].is_object(), "{method} {path} does not declare {status}");
                }
                for scheme in operation["security"].as_array().into_iter().flatten() {
                    let names: Vec<&String> = scheme.as_object().unwrap().keys().collect();
                    assert!(names.iter().all(|name| schemes[name.as_str()].is_object()), "{method} {path}: {names:?}");
                }
            }
        }
    }
}
