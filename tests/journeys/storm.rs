//! Events under failures at every port: a small storm in each run of the tests. `cargo xtask bench storm` runs the large one.

use system_bench::storm::{Storm, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_delivery_is_sent_once_in_spite_of_faults() {
    let report =
        run(Storm { events: 150, tables: 6, people: 1, seed: 7 }).await.unwrap_or_else(|why| panic!("{why:#}"));
    assert_eq!(report.events, 150);
    assert!(report.delivered > 0 && report.pushes > report.delivered, "{report:?}");
}
