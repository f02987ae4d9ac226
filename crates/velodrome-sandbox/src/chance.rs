//! Where codes, tokens and ids come from.

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// A source of unguessable (or, with a seed, repeatable) text.
pub(crate) struct Chance(Mutex<StdRng>);

impl Chance {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(match seed {
            Some(seed) => StdRng::seed_from_u64(seed),
            None => StdRng::from_os_rng(),
        }))
    }

    /// Letters and digits, without the ones that people confuse.
    pub(crate) fn text(&self, length: usize) -> String {
        let mut random = self.0.lock();
        (0..length)
            .map(|_| char::from(ALPHABET[random.random_range(0..ALPHABET.len())]))
            .collect()
    }

    /// `prefix` followed by random text, as most providers shape their tokens.
    pub(crate) fn token(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.text(40))
    }
}
