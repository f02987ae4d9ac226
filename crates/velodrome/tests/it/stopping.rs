//! Being asked to stop, once and more than once.

use std::time::Duration;

use velodrome_testkit::{Answer, FakeUpstream};

use crate::{
    app::TestApp,
    provider::{connected_to, install},
};

const LIMIT: Duration = Duration::from_secs(30);
/// Long enough for a signal to arrive, short enough to send many.
const A_MOMENT: Duration = Duration::from_millis(50);

/// A server in the middle of telling a provider that a credential is no longer used.
fn busy(upstream: &FakeUpstream, answer: Answer) -> TestApp {
    upstream.on("POST", "/oauth/revoke", answer);
    let app = connected_to(upstream);
    let path = install(&app, "2099-01-01T00:00:00Z");
    app.delete(&path).expect(200);
    upstream.wait_for_calls(1, LIMIT);
    app
}

#[test]
fn a_second_signal_ends_it_at_once_whatever_runs() {
    let upstream = FakeUpstream::start();
    let mut app = busy(&upstream, Answer::hang());

    app.server.ask_to_stop().unwrap();
    assert!(
        app.server
            .has_logged(LIMIT, "Stopping: finishing what runs")
    );
    // Signals that come together are one, so the second one is sent until it is heard.
    let heard = (0..100).any(|_| {
        app.server.ask_to_stop().unwrap();
        app.server.has_logged(A_MOMENT, "Stopping at once")
    });

    assert!(heard, "{}", app.server.log());
    assert_eq!(app.server.wait().unwrap().code(), Some(1));
}

#[test]
fn two_signals_at_the_same_time_are_one_wish_and_what_runs_is_finished() {
    let upstream = FakeUpstream::start();
    let mut app = busy(
        &upstream,
        Answer::status(200).after(Duration::from_millis(700)),
    );

    app.server.ask_to_stop().unwrap();
    app.server.ask_to_stop().unwrap();

    assert_eq!(app.server.wait().unwrap().code(), Some(0));
    assert!(!app.server.log().contains("Stopping at once"));
}
