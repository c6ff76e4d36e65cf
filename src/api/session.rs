//! Who makes the requests.

use protocol::endpoints::{ME, Me};

use super::{ApiError, Call};

/// Who the server takes the user for.
pub(crate) async fn me() -> Result<Me, ApiError> {
    Call::get(ME).send().await
}
