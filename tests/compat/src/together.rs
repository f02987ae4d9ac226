//! Scenarios that share one server, because starting one for each would take minutes.

use std::future::Future;
use std::pin::Pin;

type Running = Pin<Box<dyn Future<Output = ()> + Send + 'static>>;

/// A scenario: its name, and what it does.
pub struct Scenario {
    name: &'static str,
    running: Running,
}

impl Scenario {
    /// A scenario of this name.
    pub fn new(name: &'static str, running: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            name,
            running: Box::pin(running),
        }
    }
}

/// Runs scenarios at the same time; all of them, whichever fail.
///
/// # Panics
/// With the names of those that failed; each has said why already.
pub async fn together(scenarios: Vec<Scenario>) {
    let running: Vec<_> = scenarios
        .into_iter()
        .map(|scenario| (scenario.name, tokio::spawn(scenario.running)))
        .collect();
    let mut failed = Vec::new();
    for (name, scenario) in running {
        if scenario.await.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "these do not hold: {failed:#?}");
}

/// A test of scenarios, each a sentence, over one workshop that they share.
///
/// Each takes the workshop and makes an account of its own, so none sees another.
#[macro_export]
macro_rules! scenarios {
    ($test:ident: $($scenario:ident,)+) => {
        #[tokio::test]
        async fn $test() {
            let workshop = ::std::sync::Arc::new($crate::Workshop::start().await);
            $crate::together(vec![
                $($crate::Scenario::new(stringify!($scenario), $scenario(workshop.clone())),)+
            ])
            .await;
        }
    };
}
