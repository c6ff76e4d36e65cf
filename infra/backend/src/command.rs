//! What all services share: the precondition of a change, and why a command was not carried out. A command reads, lets the domain decide,
//! and writes under the condition that nothing has changed meanwhile.

use domain::actor::Refused;
use domain::validation::Violation;
use protocol::envelope::{ApiError, ErrorCode};

use crate::db::StorageError;
use crate::notifications::push::PushError;

/// So often a write is tried when others write the same thing at the same time.
pub(crate) const TRIES: usize = 8;

/// What a change expects to find: `If-Match` (RFC 9110, section 13.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Any revision.
    Any,
    /// This one.
    Rev(u64),
    /// None that there is: a weak tag matches nothing.
    Never,
}

/// What is said of a weak tag.
const WEAK_TAG: &str = "The header “if-match” has a weak tag, like W/\"7\", which never matches. Send the revision as a strong one, like \"7\".";

impl Precondition {
    /// Whether `name`, which is at this revision, is as expected.
    pub(crate) fn check(self, name: &str, rev: u64) -> Result<(), CommandError> {
        self.check_or(rev, || {
            let message =
                format!("{name} was changed in the meantime, perhaps in another tab. Check it and try again.");
            ApiError::new(ErrorCode::Conflict, message).into()
        })
    }

    /// Whether what is at this revision is as expected; if it is at another one, what `changed` says.
    pub(crate) fn check_or(self, rev: u64, changed: impl FnOnce() -> CommandError) -> Result<(), CommandError> {
        match self {
            Self::Rev(precondition) if precondition != rev => Err(changed()),
            Self::Never => Err(ApiError::new(ErrorCode::Conflict, WEAK_TAG).into()),
            Self::Any | Self::Rev(_) => Ok(()),
        }
    }
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Refused for a reason that is told to who asked.
    #[error("{}", .0.message)]
    Refused(ApiError),
    /// The data could not be read or written.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A file could not be written.
    #[error("no file: {0}")]
    File(#[from] csv::Error),
    /// The system has no randomness to give.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// A push cannot be signed.
    #[error(transparent)]
    Push(#[from] PushError),
}

impl From<ApiError> for CommandError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

impl From<Violation> for CommandError {
    fn from(violation: Violation) -> Self {
        Self::Refused(violation.into())
    }
}

impl From<Refused> for CommandError {
    fn from(refused: Refused) -> Self {
        let code = match refused {
            Refused::NoKey | Refused::UnknownKey | Refused::NotSignedIn => ErrorCode::Unauthenticated,
            Refused::OtherTables
            | Refused::OtherItems
            | Refused::OtherGroups
            | Refused::ReportsOnly
            | Refused::AdminOnly
            | Refused::MembersOnly
            | Refused::PeopleOnly
            | Refused::NotTreeEditor => ErrorCode::Forbidden,
        };
        Self::Refused(ApiError::new(code, refused.to_string()))
    }
}
