//! Providers that are slow, storm, hang, and break off.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::Duration;

use velodrome_faults::{Verdict, Whim, World, nothing_armed};
use velodrome_testkit::Answer;

#[tokio::test]
async fn a_slow_provider_that_refuses_for_a_while_is_told_everything_in_the_end() {
    let mut world = World::start(2, &nothing_armed()).await;
    let known: Mutex<BTreeSet<String>> = Mutex::default();
    world.provider.has_whims(move |call| {
        let mut known = known.lock().expect("nobody panics with it");
        match (known.insert(call.owner.clone()), call.value % 3) {
            // Whoever comes first is too much.
            (true, _) => {
                let storm = Answer::status(429).header("Retry-After", "1");
                Some(Whim::Refuse(storm))
            }
            (_, 1) => {
                let body = format!("{{\"owner\":\"{}\",\"value\":{}}}", call.owner, call.value);
                let late = Answer::json(body).after(Duration::from_millis(1_200));
                Some(Whim::Lose(late))
            }
            _ => None,
        }
    });
    world
        .send_all(
            0,
            &[
                (0, "chain"),
                (0, "pay"),
                (1, "chain"),
                (1, "pay"),
                (0, "chain"),
            ],
        )
        .await;
    for _ in 0..4 {
        world.send(0, 1, "order").await;
    }

    let verdict = Verdict::of(&world).await;

    verdict.expect_well("a storm");
    assert_eq!(verdict.accepted, world.sent.len());
    // A lease that lasts shorter than the provider takes is renewed.
    assert_eq!((verdict.repeated, verdict.uncertain), (0, 0));
}

#[tokio::test]
async fn a_provider_that_hangs_or_breaks_off_fails_that_step_and_nothing_else() {
    let mut world = World::start(1, &nothing_armed()).await;
    world.provider.has_whims(|call| match call.value {
        1 => Some(Whim::Lose(Answer::hang())),
        2 => Some(Whim::Lose(Answer::json("{\"owner\":").truncated(100))),
        3 => Some(Whim::Lose(Answer::reset())),
        _ => None,
    });
    world.send_all(0, &[(0, "chain"); 5]).await;

    let all = world.ended(0).await;

    for sent in &world.sent {
        let id = sent.accepted.as_deref().expect("it was accepted");
        let found = all.iter().find(|one| one["Id"] == id);
        let wanted = match sent.value {
            1..=3 => "Errored",
            _ => "Completed",
        };
        assert_eq!(found.expect("it is there")["Status"], wanted, "{sent:?}");
    }
    let incidents = world.incidents(0).await;
    assert_eq!(incidents.len(), 3, "{incidents:#?}");
    for incident in &incidents {
        let message = incident["ShortMessage"].as_str().unwrap_or_default();
        let known = [
            "Failed to call the method",
            "Response data not in expected format",
        ];
        assert!(known.contains(&message), "{incident}");
    }
}
