//! Connection ids as API Gateway makes them: 16 characters of URL-safe base64 that end in `=`.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};

/// The id of one connection, unguessable and never used twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ConnectionId(Arc<str>);

/// Bytes of an id: 11 bytes are 15 characters and one `=`.
const LENGTH: usize = 11;

impl ConnectionId {
    /// Makes an id of these random bytes.
    pub fn from_random(bytes: [u8; LENGTH]) -> Self {
        Self(URL_SAFE.encode(bytes).into())
    }

    /// A new id.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes)?;
        Ok(Self::from_random(bytes))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::borrow::Borrow<str> for ConnectionId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// An id for one request, as API Gateway puts it in an event.
pub fn request_id() -> String {
    let bytes = *uuid::Uuid::new_v4().as_bytes();
    format!("{}=", URL_SAFE_NO_PAD.encode(&bytes[..LENGTH]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_look_like_those_of_api_gateway() {
        let id = ConnectionId::from_random([255; LENGTH]);
        assert_eq!(id.as_str().len(), 16);
        assert!(id.as_str().ends_with('='));
        assert_eq!(request_id().len(), 16);
    }
}
