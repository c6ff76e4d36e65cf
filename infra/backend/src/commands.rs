//! What a request does: read, let the domain decide, write under the condition that nothing has changed meanwhile. Never
//! decides a rule, never knows how the request came.

pub mod devices;
pub mod tables;

use domain::actor::Refused;
use domain::wire::envelope::{ApiError, ErrorCode};

use crate::storage::StorageError;

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Refused for a reason that is told to who asked.
    #[error("{}", .0.message)]
    Refused(ApiError),
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
}

impl From<ApiError> for CommandError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::NoKey | Refused::UnknownKey | Refused::NotSignedIn => ErrorCode::Unauthenticated,
            Refused::OtherTables
            | Refused::ReportsOnly
            | Refused::AdminOnly
            | Refused::MembersOnly
            | Refused::PeopleOnly => ErrorCode::Forbidden,
        };
        Self::Refused(ApiError::new(code, refused.to_string()))
    }
}
