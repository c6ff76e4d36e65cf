//! Writes that are not sent at once, but collected and committed together with another record.

use std::cell::RefCell;

use aws_sdk_dynamodb::types::TransactWriteItem;

tokio::task_local! {
    static COLLECTED: RefCell<Vec<TransactWriteItem>>;
}

/// Runs `work`. The conditional writes of its storage are not sent but returned. For `work` they seem to succeed, so it must not read what
/// it has written.
pub(crate) async fn collect<T>(work: impl Future<Output = T>) -> (T, Vec<TransactWriteItem>) {
    let collected = async {
        let result = work.await;
        (result, COLLECTED.with(RefCell::take))
    };
    COLLECTED.scope(RefCell::default(), collected).await
}

/// Whether the current task collects its writes.
pub(crate) fn is_collecting() -> bool {
    COLLECTED.try_with(|_| ()).is_ok()
}

/// Adds these writes to those that the current task collects; returns them if it collects none.
pub(crate) fn add(writes: Vec<TransactWriteItem>) -> Option<Vec<TransactWriteItem>> {
    let mut writes = Some(writes);
    let added = COLLECTED.try_with(|collected| collected.borrow_mut().extend(writes.take().into_iter().flatten()));
    if added.is_ok() { None } else { writes }
}
