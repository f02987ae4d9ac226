//! Whose turn it is: start-time fair queueing over accounts (cycles.md §11.10).

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

/// What a transaction is taken to cost until it is known, milliseconds.
const GUESS: u64 = 50;
/// Accounts without work that are remembered before they are forgotten together.
const MOST_IDLE: usize = 10_000;

/// Turns of accounts. Each has a virtual time that grows with what it uses; the one with the least that has
/// something to do is next, and one that comes back from doing nothing starts where the others are.
pub(crate) struct Fair<K> {
    accounts: HashMap<K, Turn>,
    /// Those with something to do, by virtual time and then by who came first.
    ready: BTreeMap<(u64, u64), K>,
    /// Virtual time of the newest turn.
    now: u64,
    arrivals: u64,
}

struct Turn {
    time: u64,
    /// Differs from that of every other account.
    arrived: u64,
    is_ready: bool,
    running: u32,
}

impl<K> Default for Fair<K> {
    fn default() -> Self {
        Self {
            accounts: HashMap::new(),
            ready: BTreeMap::new(),
            now: 0,
            arrivals: 0,
        }
    }
}

impl<K: Copy + Eq + Hash> Fair<K> {
    /// The account may have something to do.
    pub fn ready(&mut self, account: K) {
        let (now, arrivals) = (self.now, &mut self.arrivals);
        let turn = self.accounts.entry(account).or_insert(Turn {
            time: now,
            arrived: 0,
            is_ready: false,
            running: 0,
        });
        if !turn.is_ready {
            *arrivals += 1;
            turn.arrived = *arrivals;
            turn.is_ready = true;
            if turn.running == 0 {
                turn.time = turn.time.max(now);
            }
            self.ready.insert((turn.time, turn.arrived), account);
        }
    }

    /// The account whose turn it is. It is charged a guess.
    pub fn next(&mut self) -> Option<K> {
        let ((time, _), account) = self.ready.first_key_value()?;
        let account = *account;
        self.now = self.now.max(*time);
        self.change(account, |turn| {
            turn.time += GUESS;
            turn.running += 1;
        });
        Some(account)
    }

    /// A turn that came to nothing.
    pub fn give_back(&mut self, account: K) {
        self.change(account, |turn| {
            turn.time = turn.time.saturating_sub(GUESS);
            turn.running = turn.running.saturating_sub(1);
        });
    }

    /// A turn has ended after so many milliseconds.
    pub fn used(&mut self, account: K, milliseconds: u64) {
        self.change(account, |turn| {
            turn.time = turn.time.saturating_sub(GUESS) + milliseconds;
            turn.running = turn.running.saturating_sub(1);
        });
    }

    /// The account has nothing that could be begun now.
    pub fn idle(&mut self, account: K) {
        if let Some(turn) = self.accounts.get_mut(&account) {
            turn.is_ready = false;
            self.ready.remove(&(turn.time, turn.arrived));
        }
        if self.accounts.len() > MOST_IDLE {
            let now = self.now;
            self.accounts
                .retain(|_, turn| turn.is_ready || turn.running > 0 || turn.time > now);
        }
    }

    /// Whether somebody waits for a turn.
    pub fn someone_waits(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Changes the turn of an account, and its place among the others.
    fn change(&mut self, account: K, change: impl FnOnce(&mut Turn)) {
        let Some(turn) = self.accounts.get_mut(&account) else {
            return;
        };
        let before = (turn.time, turn.arrived);
        change(turn);
        if turn.is_ready {
            self.ready.remove(&before);
            self.ready.insert((turn.time, turn.arrived), account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays turns of one worker; what an account's turn costs is given.
    fn play(fair: &mut Fair<char>, turns: usize, cost: impl Fn(char) -> u64) -> String {
        (0..turns)
            .map(|_| {
                let account = fair.next().unwrap();
                fair.used(account, cost(account));
                account
            })
            .collect()
    }

    #[test]
    fn accounts_get_equal_time_whatever_one_turn_costs() {
        let mut fair = Fair::default();
        fair.ready('a');
        fair.ready('b');

        let turns = play(&mut fair, 40, |account| match account {
            'a' => 30,
            _ => 10,
        });

        assert_eq!(turns.chars().filter(|turn| *turn == 'a').count(), 10);
    }

    #[test]
    fn who_was_idle_is_next_and_has_saved_nothing_up() {
        let mut fair = Fair::default();
        fair.ready('a');
        play(&mut fair, 1_000, |_| 100);
        fair.ready('b');

        let turns = play(&mut fair, 8, |_| 100);

        assert!(turns.starts_with('b') || turns.starts_with("ab"), "{turns}");
        assert_eq!(turns.chars().filter(|turn| *turn == 'b').count(), 4);
    }

    #[test]
    fn an_account_without_work_gets_no_turn() {
        let mut fair = Fair::default();
        fair.ready('a');
        fair.ready('b');
        fair.idle('a');

        assert_eq!(play(&mut fair, 3, |_| 1), "bbb");
        fair.idle('b');
        assert_eq!(fair.next(), None);
        assert!(!fair.someone_waits());
    }
}
