//! Enumeration words of the wire: any case, or the number the word stands for.

use std::{fmt, marker::PhantomData};

use serde::de::{Deserializer, Error, Visitor};

/// An enumeration of the wire.
pub trait Words: Sized + Copy + 'static {
    /// Every word with its value, in the order of the schema.
    const WORDS: &'static [(&'static str, Self)];
    /// The numbers that stand for words (`x-enum-numbers`).
    const NUMBERS: &'static [(i64, Self)];

    /// The value of a word in any case, or of a number written as text.
    fn from_word(word: &str) -> Option<Self> {
        let word = word.trim();
        let named = Self::WORDS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word));
        named
            .map(|(_, value)| *value)
            .or_else(|| Self::from_number(word.parse().ok()?))
    }

    /// The value that a number stands for.
    fn from_number(number: i64) -> Option<Self> {
        Self::NUMBERS
            .iter()
            .find(|(known, _)| *known == number)
            .map(|(_, value)| *value)
    }

    /// `Deserialize` of every such enumeration.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: Words> Reader<T> {
    fn unknown<E: Error>(word: &dyn fmt::Display) -> E {
        let words: Vec<_> = T::WORDS.iter().map(|(name, _)| *name).collect();
        let word: String = word.to_string().chars().take(64).collect();
        E::custom(format_args!(
            "must be one of {}; it is '{word}'",
            words.join(", ")
        ))
    }
}

impl<T: Words> Visitor<'_> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a word")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
        T::from_word(word).ok_or_else(|| Self::unknown(&word))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        T::from_number(number).ok_or_else(|| Self::unknown(&number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        i64::try_from(number)
            .ok()
            .and_then(T::from_number)
            .ok_or_else(|| Self::unknown(&number))
    }
}

/// Declares an enumeration of the wire: its words are its variants, `= n` gives the number that the
/// wire accepts in place of the word.
macro_rules! wire_words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$variant_meta:meta])* $variant:ident $(= $number:literal)?),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
        $vis enum $name { $($(#[$variant_meta])* $variant),+ }

        impl $crate::lenient::Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$((stringify!($variant), Self::$variant)),+];
            const NUMBERS: &'static [(i64, Self)] = &[$($(($number, Self::$variant),)?)+];
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <Self as $crate::lenient::Words>::read(deserializer)
            }
        }
    };
}
pub(crate) use wire_words;
