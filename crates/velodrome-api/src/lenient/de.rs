//! The deserializer behind the leniency: names in any case, coercion, left-out values.

use std::fmt;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde_json::{Number, Value};

use super::{
    Unreadable,
    patch::{KEEP, ONE_OR_MANY},
};

/// Reads `T`, taking away one by one the nullable numbers and booleans that are of another type:
/// serde has no way to say "as if it were not there" from within a value, so the reader starts again
/// without it. Every round removes one property, hence the loop ends.
pub(super) fn from_value<T: DeserializeOwned>(mut value: Value) -> Result<T, Unreadable> {
    loop {
        let error = match T::deserialize(Lenient {
            value: &value,
            nullable: false,
        }) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        if error.kind != Kind::LeftOut || !remove(&mut value, &error.path) {
            return Err(error.into());
        }
    }
}

/// Removes the property at a path (innermost step first). False when there is none to remove.
fn remove(value: &mut Value, path: &[Step]) -> bool {
    let Some((last, outer)) = path.split_first() else {
        return false;
    };
    let mut parent = value;
    for step in outer.iter().rev() {
        let inner = match step {
            Step::Name(name) => parent.get_mut(name),
            Step::Index(index) => parent.get_mut(index),
        };
        let Some(inner) = inner else { return false };
        parent = inner;
    }
    match (last, parent) {
        (Step::Name(name), Value::Object(map)) => map.shift_remove(name).is_some(),
        (Step::Index(index), Value::Array(items)) => items
            .get_mut(*index)
            .is_some_and(|item| !item.take().is_null()),
        _ => false,
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
}

#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// A nullable number or boolean of another type.
    LeftOut,
    /// A sentence without subject or full stop: "must be text".
    Wrong(String),
    /// A property that isn't there.
    Missing(&'static str),
}

/// A mistake and where it is, innermost step first.
#[derive(Debug)]
pub(super) struct Mistake {
    path: Vec<Step>,
    kind: Kind,
}

impl Mistake {
    fn wrong(text: impl Into<String>) -> Self {
        Self {
            path: Vec::new(),
            kind: Kind::Wrong(text.into()),
        }
    }

    fn at(mut self, step: Step) -> Self {
        self.path.push(step);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut path = String::new();
        for step in self.path.iter().rev() {
            match step {
                Step::Name(name) if path.is_empty() => path.push_str(name),
                Step::Name(name) => path.extend([".", name]),
                Step::Index(index) => path.push_str(&format!("[{index}]")),
            }
        }
        match &self.kind {
            Kind::Missing(name) if path.is_empty() => write!(f, "{name} is required."),
            Kind::Missing(name) => write!(f, "{path}.{name} is required."),
            Kind::Wrong(text) if path.is_empty() => write!(f, "The body {text}."),
            Kind::Wrong(text) => write!(f, "{path} {text}."),
            Kind::LeftOut => write!(f, "{path} has a value of another type."),
        }
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        // Explanations of our own read on from the property; those of foreign parsers don't.
        if message.starts_with("must ") || message.starts_with("is ") {
            Self::wrong(message)
        } else {
            Self::wrong(format!("is not valid: {}", message.trim_end_matches('.')))
        }
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn de::Expected) -> Self {
        Self::wrong("is out of range")
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::wrong(format!("must be {expected}"))
    }

    fn missing_field(field: &'static str) -> Self {
        Self {
            path: Vec::new(),
            kind: Kind::Missing(field),
        }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let variant: String = variant.chars().take(64).collect();
        Self::wrong(format!(
            "must be one of {}; it is '{variant}'",
            expected.join(", ")
        ))
    }
}

impl From<Mistake> for Unreadable {
    fn from(mistake: Mistake) -> Self {
        Self::new(mistake.to_string())
    }
}

/// A value being read.
#[derive(Clone, Copy)]
struct Lenient<'a> {
    value: &'a Value,
    /// Directly inside an `Option`: a wrong number or boolean counts as left out.
    nullable: bool,
}

impl<'a> Lenient<'a> {
    fn new(value: &'a Value) -> Self {
        Self {
            value,
            nullable: false,
        }
    }

    fn mismatch(self, what: &str) -> Mistake {
        match self.nullable {
            true => Mistake {
                path: Vec::new(),
                kind: Kind::LeftOut,
            },
            false => Mistake::wrong(what),
        }
    }

    fn whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let number = match self.value {
            Value::Number(number) => whole(number),
            Value::String(text) => text.trim().parse::<Number>().ok().as_ref().and_then(whole),
            _ => None,
        };
        match number {
            Some(Whole::Signed(number)) => visitor.visit_i64(number),
            Some(Whole::Unsigned(number)) => visitor.visit_u64(number),
            None => Err(self.mismatch("must be a whole number")),
        }
    }

    fn fraction<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let number = match self.value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        match number.filter(|number| number.is_finite()) {
            Some(number) => visitor.visit_f64(number),
            None => Err(self.mismatch("must be a number")),
        }
    }
}

enum Whole {
    Signed(i64),
    Unsigned(u64),
}

fn whole(number: &Number) -> Option<Whole> {
    if let Some(number) = number.as_i64() {
        return Some(Whole::Signed(number));
    }
    if let Some(number) = number.as_u64() {
        return Some(Whole::Unsigned(number));
    }
    // 5.0 is a whole number; beyond 2^53 a float no longer says which one.
    let float = number
        .as_f64()
        .filter(|float| float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0)?;
    Some(Whole::Signed(float as i64))
}

macro_rules! wholes {
    ($($method:ident)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            self.whole(visitor)
        }
    )+};
}

impl<'de> Deserializer<'de> for Lenient<'de> {
    type Error = Mistake;

    wholes! { deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match whole(number) {
                Some(Whole::Signed(whole)) if !number.is_f64() => visitor.visit_i64(whole),
                Some(Whole::Unsigned(whole)) => visitor.visit_u64(whole),
                _ => visitor.visit_f64(number.as_f64().unwrap_or(f64::MAX)),
            },
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Array(_) => self.deserialize_seq(visitor),
            Value::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => {
                visitor.visit_bool(true)
            }
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => {
                visitor.visit_bool(false)
            }
            _ => Err(self.mismatch("must be true or false")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.fraction(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.fraction(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::String(text) => visitor.visit_borrowed_str(text),
            Value::Number(number) => visitor.visit_string(number.to_string()),
            _ => Err(Mistake::wrong("must be text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Null => visitor.visit_none(),
            value => visitor.visit_some(Self {
                value,
                nullable: true,
            }),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        match (name, self.value) {
            (KEEP | ONE_OR_MANY, Value::Null) => visitor.visit_unit(),
            (KEEP, value) => visitor.visit_newtype_struct(Self::new(value)),
            (ONE_OR_MANY, Value::Array(_)) => self.deserialize_seq(visitor),
            (ONE_OR_MANY, one) => visitor.visit_seq(Items {
                items: std::slice::from_ref(one).iter(),
                index: None,
            }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items {
                items: items.iter(),
                index: Some(0),
            }),
            _ => Err(Mistake::wrong("must be a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            Value::Object(map) => {
                let properties = map
                    .iter()
                    .map(|(name, value)| Property {
                        read_as: name,
                        name,
                        value,
                    })
                    .collect();
                visitor.visit_map(Properties::new(properties))
            }
            _ => Err(Mistake::wrong("must be an object")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let Value::Object(map) = self.value else {
            return Err(Mistake::wrong("must be an object"));
        };
        let mut known: Vec<Property<'de>> = Vec::with_capacity(fields.len().min(map.len()));
        for (name, value) in map {
            let Some(field) = fields.iter().find(|field| field.eq_ignore_ascii_case(name)) else {
                continue;
            };
            known.retain(|property| property.read_as != *field);
            known.push(Property {
                read_as: field,
                name,
                value,
            });
        }
        visitor.visit_map(Properties::new(known))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let (word, value) = match self.value {
            Value::String(word) => (word, None),
            Value::Object(map) if map.len() == 1 => match map.iter().next() {
                Some((word, value)) => (word, Some(value)),
                None => return Err(Mistake::wrong("must be a word")),
            },
            _ => return Err(Mistake::wrong("must be a word")),
        };
        let word = variants
            .iter()
            .find(|variant| variant.eq_ignore_ascii_case(word.trim()))
            .copied()
            .unwrap_or(word);
        visitor.visit_enum(Variant { word, value })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }
}

struct Items<'de> {
    items: std::slice::Iter<'de, Value>,
    /// Position of the next item; `None` for a single object in place of a list.
    index: Option<usize>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.index;
        self.index = index.map(|index| index + 1);
        let read = seed.deserialize(Lenient::new(item));
        read.map(Some).map_err(|mistake| match index {
            Some(index) => mistake.at(Step::Index(index)),
            None => mistake,
        })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct Property<'de> {
    /// The name as the type spells it.
    read_as: &'de str,
    /// The name as the body spells it.
    name: &'de str,
    value: &'de Value,
}

struct Properties<'de> {
    rest: std::vec::IntoIter<Property<'de>>,
    current: Option<Property<'de>>,
}

impl<'de> Properties<'de> {
    fn new(properties: Vec<Property<'de>>) -> Self {
        Self {
            rest: properties.into_iter(),
            current: None,
        }
    }
}

impl<'de> MapAccess<'de> for Properties<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.current = self.rest.next();
        let Some(property) = &self.current else {
            return Ok(None);
        };
        seed.deserialize(de::value::BorrowedStrDeserializer::new(property.read_as))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let Some(property) = self.current.take() else {
            return Err(Mistake::wrong("has a value without a name"));
        };
        seed.deserialize(Lenient::new(property.value))
            .map_err(|mistake| {
                // Removal goes by the body's own spelling; explanations keep the published one.
                let left_out = mistake.kind == Kind::LeftOut;
                mistake.at(Step::Name(
                    if left_out {
                        property.name
                    } else {
                        property.read_as
                    }
                    .to_owned(),
                ))
            })
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

struct Variant<'de> {
    word: &'de str,
    value: Option<&'de Value>,
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Mistake;
    type Variant = Content<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Mistake> {
        let variant =
            seed.deserialize(IntoDeserializer::<Mistake>::into_deserializer(self.word))?;
        Ok((variant, Content(self.value)))
    }
}

/// What stands beside the word of an enumeration, if anything.
struct Content<'de>(Option<&'de Value>);

struct NoContent;

impl<'de> VariantAccess<'de> for Content<'de> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        match self.0 {
            None => Ok(()),
            Some(_) => Err(Mistake::wrong("must be a word")),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        seed.deserialize(Lenient::new(self.0.ok_or(NoContent)?))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        Lenient::new(self.0.ok_or(NoContent)?).deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        Lenient::new(self.0.ok_or(NoContent)?).deserialize_struct("", fields, visitor)
    }
}

impl From<NoContent> for Mistake {
    fn from(_: NoContent) -> Self {
        Self::wrong("must be an object")
    }
}
