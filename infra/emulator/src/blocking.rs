//! Blocking work that must not hold up asynchronous tasks.

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinError, spawn_blocking};

/// Does the work on a thread that may block. On a runtime with one thread it does the work at once, so that everything happens in the
/// same order each time.
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
