//! Accounts do not stand in each other's way.

use std::time::{Duration, Instant};

use velodrome_script::{FaultKind, Limits, Run, ScriptPool};

use crate::world::{World, text};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_endless_scripts_of_one_account_leave_another_alone() {
    let pool = ScriptPool::default();
    let endless: Vec<_> = (0..50)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let run = Run {
                    limits: Limits {
                        time: Duration::from_secs(3),
                        ..Limits::default()
                    },
                    ..text("while (true) {}")
                };
                pool.run(run, &World::default()).await
            })
        })
        .collect();
    // The first of them runs once it has had time to ask the host something.
    tokio::task::yield_now().await;
    for _ in 0..5 {
        let started = Instant::now();
        let run = Run {
            account: 2,
            ..text("6 * 7")
        };
        assert_eq!(pool.run(run, &World::default()).await.unwrap().result, 42);
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
    }
    for endless in endless {
        endless.abort();
    }
}

#[tokio::test]
async fn an_endless_script_ends_in_time_and_says_so() {
    let run = Run {
        limits: Limits {
            time: Duration::from_secs(1),
            ..Limits::default()
        },
        ..text("while(true){}")
    };
    let started = Instant::now();
    let error = ScriptPool::default()
        .run(run, &World::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind, FaultKind::Timeout);
    assert_eq!(error.message, "Script timed out after 1 s");
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&started.elapsed()));
}
