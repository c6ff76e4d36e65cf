//! Events under failures at every port: a small storm in each run of the tests. `cargo xtask bench storm` runs the large one.

use system_bench::storm::{Storm, raise};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_should_be_told_is_told_once_whatever_fails() {
    let report =
        raise(Storm { events: 150, tables: 6, people: 1, seed: 7 }).await.unwrap_or_else(|why| panic!("{why:#}"));
    assert_eq!(report.events, 150);
    assert!(report.told > 0 && report.pushes > report.told, "{report:?}");
}
