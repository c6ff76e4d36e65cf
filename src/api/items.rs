//! Items.

use domain::item::ItemKey;
use protocol::items::{self, PastValue};

use super::{ApiError, Call};

/// The last 100 values of an item, oldest first.
pub(crate) async fn history(key: &ItemKey) -> Result<Vec<PastValue>, ApiError> {
    // The first page has the newest.
    let pages: Vec<Vec<PastValue>> = Call::get(items::history(key)).send_pages().await?;
    Ok(pages.into_iter().rev().flatten().collect())
}
