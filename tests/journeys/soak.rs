//! A small soak: acknowledged writes are stored, and every page shows them, although a server, pages and connections are killed
//! meanwhile.

use std::time::Duration;

use system_bench::soak::{self, Soak};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_change_is_lost_while_processes_are_killed() {
    let soak = Soak {
        pages: 40,
        lasts: Duration::from_secs(12),
        writes: 20,
        server_kills: 1,
        disturbances: 3,
        heartbeat: 5,
        seed: 7,
    };
    let report = soak::run(soak, |_| {}).await.unwrap();
    assert!(report.writes > 50 && report.compared >= 40, "{report:?}");
    assert_eq!((report.lost_writes, report.diverged), (vec![], vec![]));
}
