//! The way out of a running script.

use std::time::{Duration, Instant};

use velodrome_script::{FaultKind, Limits, Run};

use crate::world::{POOL, World, text};

#[tokio::test]
async fn a_request_that_hangs_ends_with_the_time_of_the_script() {
    let world = World {
        hangs: true,
        ..World::default()
    };
    let run = Run {
        limits: Limits {
            time: Duration::from_millis(300),
            ..Limits::default()
        },
        ..text("try { http_request({url: 'https://a.example'}) } catch (e) {} while (true) {}")
    };
    let started = Instant::now();
    let error = POOL.run(run, &world).await.unwrap_err();
    assert_eq!(error.kind, FaultKind::Timeout, "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_script_that_nobody_awaits_stops() {
    let run = || text("for (;;) {}");
    for _ in 0..40 {
        let world = World::default();
        let given_up =
            tokio::time::timeout(Duration::from_millis(5), POOL.run(run(), &world)).await;
        assert!(given_up.is_err());
    }
    let after = POOL.run(text("1 + 1"), &World::default()).await.unwrap();
    assert_eq!(after.result, 2);
}
