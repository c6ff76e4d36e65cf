//! Registers this browser for push notifications. In the chunk of the account's pages: few visits need it.

use super::texts;
use crate::api::{self, ApiError, LocalFuture};
use crate::platform::chunk::{ChunkError, call_in_chunk};
use crate::platform::push;

/// Subscribes at the browser's push service, and registers the subscription at the server; gives its id.
pub(super) async fn register() -> Result<String, ApiError> {
    call_in_chunk!(in_chunk())?.await
}

#[cfg_attr(feature = "lazy", wasm_split_helpers::wasm_split(account, fallible))]
fn in_chunk() -> Result<LocalFuture<Result<String, ApiError>>, ChunkError> {
    Ok(Box::pin(async {
        let key = api::notifications::push_key().await?;
        let unreachable = || ApiError::browser(texts::PUSH_SERVICE_UNREACHABLE);
        let subscription = push::subscribe(&key).await.ok_or_else(unreachable)?;
        let subscription = serde_json::from_str(&subscription).map_err(|_| unreachable())?;
        api::notifications::register_browser(&subscription).await
    }))
}
