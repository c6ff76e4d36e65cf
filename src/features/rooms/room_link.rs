//! The link that leads into a room without its join code.

use domain::room::RoomId;

use super::{entry_key, texts};
use crate::api;
use crate::notifications::Toaster;
use crate::paths::Path;
use crate::platform::{clipboard, url};

/// Copies it, and says so, or why it could not be copied.
pub(crate) async fn copy(room: RoomId, toaster: Toaster) {
    match api::rooms::link(&room).await {
        Err(error) => toaster.error(&error.to_string()),
        Ok(link) => {
            let page = [url::origin(), Path::Room(room).to_string()].concat();
            match clipboard::copy(&entry_key::address(&page, link.as_str())).await {
                true => toaster.confirm(texts::LINK_COPIED),
                false => toaster.error(texts::NOT_COPIED),
            }
        }
    }
}
