//! Nodes that die at a commit: just before it, or just after it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use velodrome_store::{
    Store,
    faults::{Act, Side},
};

/// Decides at which point the node that acts dies. One node acts at a time.
#[derive(Clone, Default)]
pub struct Reaper(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// Points until it dies; none lets it live.
    left: Option<u32>,
    is_dead: bool,
    deaths: Vec<(&'static str, &'static str)>,
}

impl Reaper {
    /// Reaps at the points of this store.
    pub fn at(store: &Store) -> Self {
        let reaper = Self::default();
        let asked = reaper.clone();
        store.at_points(Arc::new(move |point, side| asked.decide(point, side)));
        reaper
    }

    fn decide(&self, point: &'static str, side: Side) -> Act {
        let mut state = self.0.lock().unwrap();
        // What still runs of a dead node does nothing more.
        if state.is_dead {
            return Act::Die;
        }
        match state.left {
            None => Act::Pass,
            Some(0) => {
                state.is_dead = true;
                state.deaths.push((point, side.as_str()));
                Act::Die
            }
            Some(left) => {
                state.left = Some(left - 1);
                Act::Pass
            }
        }
    }

    /// Lets a node do something; it dies at the point of this number, counted from 0, if there is one.
    /// None where it died.
    pub async fn act<T: Send + 'static>(
        &self,
        dies_at: Option<u32>,
        deed: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        self.0.lock().unwrap().left = dies_at;
        let done = tokio::spawn(deed).await;
        let mut state = self.0.lock().unwrap();
        state.left = None;
        match std::mem::take(&mut state.is_dead) {
            true => None,
            false => Some(done.expect("only a point ends it")),
        }
    }

    /// How many died.
    pub fn deaths(&self) -> usize {
        self.0.lock().unwrap().deaths.len()
    }

    /// Where they died.
    pub fn places(&self) -> BTreeSet<String> {
        let state = self.0.lock().unwrap();
        let place = |(point, side): &(&str, &str)| format!("{point}.{side}");
        state.deaths.iter().map(place).collect()
    }
}

/// The seeds that a simulation runs: the one that `VELODROME_TEST_SEED` names, or as many as
/// `VELODROME_TEST_SEEDS` says.
pub fn seeds(usual: u64) -> std::ops::Range<u64> {
    let said = |name| {
        let value = std::env::var_os(name)?;
        Some(value.to_str().unwrap().parse::<u64>().unwrap())
    };
    match (said("VELODROME_TEST_SEED"), said("VELODROME_TEST_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, many) => 0..many.unwrap_or(usual),
    }
}
