//! Shared by all services: the precondition of a change, and the errors of a command. A command reads, lets the domain decide, and writes
//! under the condition that nothing has changed meanwhile.

use std::time::Duration;

use domain::actor::Denied;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};

use crate::db::StorageError;
use crate::notifications::push::PushError;

/// The number of attempts at a write when concurrent writes conflict with it.
pub(crate) const TRIES: usize = 8;

/// Waits before another attempt at a write that many requests make at the same time: a random time, up to 10 ms after the first attempt and
/// up to 320 ms after the sixth and each later one.
pub(crate) async fn backoff(attempt: usize) -> Result<(), CommandError> {
    let longest = 10_u64 << attempt.min(5);
    tokio::time::sleep(Duration::from_millis(getrandom::u64()? % longest)).await;
    Ok(())
}

/// The revision that a change requires: `If-Match` (RFC 9110, section 13.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Any revision.
    Any,
    /// Exactly this revision.
    Rev(u64),
    /// No revision: a weak tag matches nothing.
    Never,
}

/// The message for a weak tag.
const WEAK_TAG: &str = "The header “if-match” has a weak tag, like W/\"7\", which never matches. Send the revision as a strong one, like \"7\".";

impl Precondition {
    /// Checks that the revision of `name` meets the precondition.
    pub(crate) fn check(self, name: &str, rev: u64) -> Result<(), CommandError> {
        self.check_or(rev, || {
            let message =
                format!("{name} was changed in the meantime, perhaps in another tab. Check it and try again.");
            ApiError::new(ErrorCode::Conflict, message).into()
        })
    }

    /// Checks that this revision meets the precondition; if not, returns the error of `changed`.
    pub(crate) fn check_or(self, rev: u64, changed: impl FnOnce() -> CommandError) -> Result<(), CommandError> {
        match self {
            Self::Rev(expected) if expected != rev => Err(changed()),
            Self::Never => Err(ApiError::new(ErrorCode::Conflict, WEAK_TAG).into()),
            Self::Any | Self::Rev(_) => Ok(()),
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Rejected, with a message for the caller.
    #[error("{}", .0.message)]
    Rejected(ApiError),
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file could not be written.
    #[error("no file: {0}")]
    File(#[from] csv::Error),
    /// The system has no random numbers.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A push notification cannot be signed.
    #[error(transparent)]
    Push(#[from] PushError),
}

impl From<ApiError> for CommandError {
    fn from(error: ApiError) -> Self {
        Self::Rejected(error)
    }
}

impl From<Violation> for CommandError {
    fn from(violation: Violation) -> Self {
        Self::Rejected(violation.into())
    }
}

impl From<Denied> for CommandError {
    fn from(refused: Denied) -> Self {
        let code = match refused {
            Denied::NoKey | Denied::UnknownKey | Denied::NotSignedIn => ErrorCode::Unauthenticated,
            Denied::OtherTables
            | Denied::OtherItems
            | Denied::OtherGroups
            | Denied::ReportsOnly
            | Denied::AdminOnly
            | Denied::MembersOnly
            | Denied::PeopleOnly
            | Denied::NotTreeEditor => ErrorCode::Forbidden,
        };
        Self::Rejected(ApiError::new(code, refused.to_string()))
    }
}
