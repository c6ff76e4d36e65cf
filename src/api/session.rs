//! The user of the session, as the server sees them.

use protocol::endpoints::{ME, Me, SIGN_OUT};

use super::{ApiError, Call};

/// Reads the account that the server has for the user.
pub(crate) async fn me() -> Result<Me, ApiError> {
    Call::get(ME).send().await
}

/// Ends all sign-ins of the member, on all devices.
pub(crate) async fn sign_out_everywhere() -> Result<(), ApiError> {
    Call::post(SIGN_OUT).run().await
}
