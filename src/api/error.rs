//! Why a request failed, as a sentence for the user who made it.

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

    /// Whether the resource was changed by another request since it was read (409, 412).
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
    use domain::validation::Violation;
    use protocol::envelope::ErrorCode;

    use super::*;

    #[test]
    fn every_error_says_what_to_do() {
        for status in [200, 404, 429, 500, 502] {
            let text = ApiError::Unexpected { status }.to_string().to_lowercase();
            assert!(text.contains("try again"), "{text}");
        }
        assert!(ApiError::Unreachable.to_string().contains("try again"));
    }

    fn rejected(status: u16, errors: Vec<envelope::ApiError>) -> ApiError {
        ApiError::Rejected { status, errors }
    }

    #[test]
    fn only_a_changed_resource_is_a_conflict() {
        for (status, is_conflict) in [(409, true), (412, true), (400, false), (404, false), (422, false), (500, false)]
        {
            assert_eq!(ApiError::Unexpected { status }.is_conflict(), is_conflict, "{status}");
            assert_eq!(rejected(status, vec![]).is_conflict(), is_conflict, "{status}");
        }
        assert!(!ApiError::Unreachable.is_conflict() && !ApiError::browser("No.").is_conflict());
    }

    #[test]
    fn several_reasons_are_said_one_after_the_other() {
        let reason = |text: &str| envelope::ApiError::new(ErrorCode::RuleViolation, text);
        let error = rejected(422, vec![reason("The room is closed."), reason("Reopen it first.")]);
        assert_eq!(error.to_string(), "The room is closed. Reopen it first.");
        assert_eq!(error.violations().count(), 0);
    }

    #[test]
    fn each_property_has_the_sentences_about_it() {
        let text = Violation::new("options[1].text", "", "length", "Write the option.");
        let mut limit = Violation::new("timeLimitSeconds", "1", "range", "Use 5 to 3600 seconds.");
        limit.constraints.insert("whole".to_owned(), "Use a whole number.".to_owned());
        let error = rejected(400, vec![envelope::ApiError::invalid(vec![text, limit])]);
        assert_eq!(error.about("options[1].text").as_deref(), Some("Write the option."));
        assert_eq!(error.about("timeLimitSeconds").as_deref(), Some("Use 5 to 3600 seconds. Use a whole number."));
        assert_eq!(error.about("options[1]"), None, "the whole name counts");
        let properties: Vec<&str> = error.violations().map(|(property, _)| property).collect();
        assert_eq!(properties, ["options[1].text", "timeLimitSeconds"]);
    }

    #[test]
    fn code_that_could_not_be_loaded_is_a_server_that_was_not_reached() {
        assert_eq!(ApiError::from(ChunkError), ApiError::Unreachable);
        assert_eq!((ApiError::Unreachable.status(), ApiError::browser("No.").status()), (0, 0));
    }
}
