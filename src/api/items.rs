//! Items.

use domain::item::ItemKey;
use protocol::items::{self, PastValue};

use super::{ApiError, Call};

/// The last 100 values of an item, newest first.
pub(crate) async fn history(key: &ItemKey) -> Result<Vec<PastValue>, ApiError> {
    Call::get(items::history(key)).send().await
}
