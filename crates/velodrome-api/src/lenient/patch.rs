//! Properties of merge bodies (api.md §7): left out keeps, null clears.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, Visitor},
};
use serde_json::Value;

/// A nullable property of a merge body. Give the field `#[serde(default)]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Left out: keep what is stored.
    #[default]
    Absent,
    /// Null: clear it.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Patch<T> {
    /// `None` keeps, `Some(None)` clears, `Some(Some(_))` sets: the form that services take.
    pub fn into_change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The value when there is one: for bodies of creation, where null and left out are alike.
    pub fn into_value(self) -> Option<T> {
        self.into_change().flatten()
    }

    /// Changes the type of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(change(value)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

/// A property of a merge body that can't be null: null counts as left out, a wrong type is an error.
/// Give the field `#[serde(default)]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep<T>(
    /// The new value, `None` to keep the stored one.
    pub Option<T>,
);

impl<T> Default for Keep<T> {
    fn default() -> Self {
        Self(None)
    }
}

/// Tells our deserializer that a wrong type may not count as left out here.
pub(super) const KEEP: &str = "$velodrome::Keep";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Keep<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeepVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for KeepVisitor<T> {
            type Value = Keep<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Keep(None))
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                deserializer: D,
            ) -> Result<Self::Value, D::Error> {
                T::deserialize(deserializer).map(|value| Keep(Some(value)))
            }
        }

        deserializer.deserialize_newtype_struct(KEEP, KeepVisitor(PhantomData))
    }
}

/// A list for which a single object is accepted too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneOrMany<T>(
    /// The items.
    pub Vec<T>,
);

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(ONE_OR_MANY, ListVisitor(PhantomData))
    }
}

/// Tells our deserializer that anything but a list is a list of one.
pub(super) const ONE_OR_MANY: &str = "$velodrome::OneOrMany";

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(OneOrMany(Vec::new()))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        // A plain deserializer (of a test, say) does not know our marker, so look at the value itself.
        let items = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            Value::Null => Vec::new(),
            one => vec![one],
        };
        let read = items
            .into_iter()
            .map(|item| super::from_value(item).map_err(Error::custom));
        read.collect::<Result<_, _>>().map(OneOrMany)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(
        self,
        mut items: A,
    ) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(OneOrMany(list))
    }
}
