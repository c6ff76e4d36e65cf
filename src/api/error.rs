//! Why a request failed, in words for the person who made it.

use std::fmt;

use protocol::envelope;

use crate::platform::chunk::ChunkError;

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// No answer came: no network, or none within the time limit.
    Unreachable,
    /// The API refused, and says why.
    Rejected {
        /// The HTTP status.
        status: u16,
        /// At least one reason.
        errors: Vec<envelope::ApiError>,
    },
    /// The answer is not one of the API's: something in between gave it.
    Unexpected {
        /// The HTTP status.
        status: u16,
    },
    /// Something in this browser stands in the way; the sentence says what to do.
    Browser(String),
}

impl ApiError {
    /// A hindrance in this browser.
    pub(crate) fn browser(message: impl Into<String>) -> Self {
        Self::Browser(message.into())
    }

    /// The HTTP status; 0 if no answer came.
    pub(crate) const fn status(&self) -> u16 {
        match self {
            Self::Rejected { status, .. } | Self::Unexpected { status } => *status,
            Self::Unreachable | Self::Browser(_) => 0,
        }
    }

    /// Whether the resource was changed by somebody else since it was read (409, 412).
    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self.status(), 409 | 412)
    }

    /// What is wrong with one property of the request, if the API says so.
    pub(crate) fn about(&self, property: &str) -> Option<String> {
        self.violations().find(|(name, _)| *name == property).map(|(_, message)| message)
    }

    /// All that is wrong with single properties: the property's name, and sentences.
    pub(crate) fn violations(&self) -> impl Iterator<Item = (&str, String)> {
        let errors = match self {
            Self::Rejected { errors, .. } => errors.as_slice(),
            _ => &[],
        };
        errors.iter().flat_map(|error| &error.validation_errors).map(|violation| {
            let sentences: Vec<&str> = violation.constraints.values().map(|sentence| sentence.as_ref()).collect();
            (violation.property.as_str(), sentences.join(" "))
        })
    }
}

impl From<ChunkError> for ApiError {
    /// The code of the request could not be loaded: as if the server had not answered.
    fn from(_: ChunkError) -> Self {
        Self::Unreachable
    }
}

impl fmt::Display for ApiError {
    /// Sentences: what is wrong, and what to do.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => {
                formatter.write_str("The server can't be reached. Check your network and try again; nothing is lost.")
            }
            Self::Rejected { errors, .. } => {
                for (index, error) in errors.iter().enumerate() {
                    formatter.write_str(if index == 0 { "" } else { " " })?;
                    formatter.write_str(&error.message)?;
                }
                Ok(())
            }
            Self::Unexpected { status: 429 } => {
                formatter.write_str("Too many requests in a short time. Wait a minute, then try again.")
            }
            Self::Unexpected { status: status @ 500.. } => {
                write!(formatter, "The server has a fault (status {status}). Try again in a minute; nothing is lost.")
            }
            Self::Unexpected { status } => {
                write!(
                    formatter,
                    "The server's answer can't be read (status {status}). Reload the page, then try again."
                )
            }
            Self::Browser(message) => formatter.write_str(message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_says_what_to_do() {
        for status in [200, 404, 429, 500, 502] {
            let text = ApiError::Unexpected { status }.to_string().to_lowercase();
            assert!(text.contains("try again"), "{text}");
        }
        assert!(ApiError::Unreachable.to_string().contains("try again"));
    }
}
