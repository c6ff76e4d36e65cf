//! Work that blocks, beside what must not wait for it.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, spawn_blocking};

/// Does the work on a thread that may block; at once where the runtime has but one thread, since what runs there is to happen
/// in the same order each time.
///
/// # Errors
/// The work panicked.
pub(crate) async fn blocking<T, Work>(work: Work) -> Result<T, JoinError>
where
    T: Send + 'static,
    Work: FnOnce() -> T + Send + 'static,
{
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::CurrentThread => Ok(work()),
        _ => spawn_blocking(work).await,
    }
}
