//! Texts that match a regular expression.

use regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A sample stops growing here.
const MAX_LENGTH: usize = 200;
/// Times that an open repetition repeats.
const REPEATS: u32 = 6;

/// Makes texts for a regular expression.
#[derive(Clone, Debug)]
pub(super) struct Sampler {
    regex: Regex,
    hir: Hir,
}

impl Sampler {
    /// None where the pattern cannot be read.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        Some(Self {
            regex: Regex::new(pattern).ok()?,
            hir: regex_syntax::parse(pattern).ok()?,
        })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// A text for this number; different numbers mostly give different texts.
    pub(super) fn sample(&self, number: usize) -> String {
        let mut out = String::new();
        let mut seed = number;
        write(&self.hir, &mut seed, &mut out);
        out
    }
}

fn write(hir: &Hir, seed: &mut usize, out: &mut String) {
    if out.len() > MAX_LENGTH {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.extend(pick(class, seed, out.len())),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = repetition.min.max(REPEATS.min(most));
            for _ in 0..times {
                write(&repetition.sub, seed, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, seed, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, seed, out)),
        HirKind::Alternation(parts) => {
            let chosen = *seed % parts.len();
            *seed /= parts.len();
            write(&parts[chosen], seed, out);
        }
    }
}

/// A character of the class: letters and digits before others, another one at each place.
fn pick(class: &Class, seed: &mut usize, place: usize) -> Option<char> {
    let holds = |character: char| match class {
        Class::Unicode(class) => class
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&character)),
        Class::Bytes(class) => u8::try_from(character).is_ok_and(|byte| {
            class
                .iter()
                .any(|range| (range.start()..=range.end()).contains(&byte))
        }),
    };
    let plain: Vec<char> = ('a'..='z').chain('0'..='9').filter(|c| holds(*c)).collect();
    let choices = if plain.is_empty() {
        (' '..='~').filter(|c| holds(*c)).collect()
    } else {
        plain
    };
    if choices.is_empty() {
        return match class {
            Class::Unicode(class) => class.iter().next().map(|range| range.start()),
            Class::Bytes(class) => class.iter().next().map(|range| char::from(range.start())),
        };
    }
    let index = (*seed + place) % choices.len();
    *seed /= choices.len();
    Some(choices[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match_their_patterns_and_differ() {
        for pattern in [
            "^https://[^/]+$",
            "^[0-9a-f]{32}$",
            r"^[^@ ]+@[^@ ]+\.[a-z]{2,}$",
            "^(SKU|ART)-[0-9]{4,8}$",
            r"^\+?[0-9 ]+$",
            "^[A-Z]{2}$",
        ] {
            let sampler = Sampler::new(pattern).unwrap();
            let samples: Vec<String> = (0..20).map(|number| sampler.sample(number)).collect();
            for sample in &samples {
                assert!(sampler.matches(sample), "{pattern} {sample}");
            }
            assert_ne!(samples[0], samples[1], "{pattern}");
        }
        assert!(Sampler::new("(").is_none());
    }
}
