//! The user of the page: a member (signed in by OpenID Connect), a room's guest, or a visitor. The server decides what they may do,
//! each time.

mod guests;
mod oidc;
mod session;
mod sign_in;
pub(crate) mod texts;
mod tokens;
pub(crate) mod visitor;

pub(crate) use oidc::RETURN_PATH;
pub(crate) use session::{Account, DRAFT_PREFIX, Session};
