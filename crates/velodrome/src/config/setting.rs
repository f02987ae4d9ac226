//! What a setting is, and the macro that turns the fields of a struct into settings.

/// A setting as the reference describes it.
#[derive(Debug)]
pub struct Setting {
    /// Name in the environment.
    pub variable: &'static str,
    /// What holds when nobody sets it.
    pub default: Default,
    /// What it is for.
    pub doc: &'static str,
    /// Whether its value is never shown.
    pub is_secret: bool,
}

/// What holds when nobody sets a setting.
#[derive(Clone, Copy, Debug)]
pub enum Default {
    /// This text, read like a given one.
    Text(&'static str),
    /// Decided later; these words tell how.
    Otherwise(&'static str),
}

impl Setting {
    /// Name in `velodrome.toml`, flat.
    pub fn key(&self) -> String {
        self.variable.trim_start_matches(PREFIX).to_lowercase()
    }
}

/// Prefix of every variable.
pub const PREFIX: &str = "VELODROME_";

/// A type that a setting can have.
pub trait Value: Sized {
    /// Whether a value is never shown.
    const IS_SECRET: bool = false;

    /// Reads a value. The fault says what may stand here, and repeats nothing of a secret.
    fn parse(text: &str) -> Result<Self, String>;

    /// The value when there is neither a text nor a default.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Value> Value for Option<T> {
    const IS_SECRET: bool = T::IS_SECRET;

    fn parse(text: &str) -> Result<Self, String> {
        T::parse(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl Value for String {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
}

impl Value for bool {
    fn parse(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be true or false".to_owned())
    }
}

impl Value for std::path::PathBuf {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl Value for velodrome_model::SecretString {
    const IS_SECRET: bool = true;

    fn parse(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

/// Defines a group of settings: the struct that holds them, and the table that describes them.
macro_rules! settings {
    (
        $(#[doc = $about:literal])*
        $name:ident, $title:literal {
            $(
                $(#[doc = $doc:literal])*
                $field:ident: $type:ty = $variable:literal, $default:expr;
            )*
        }
    ) => {
        $(#[doc = $about])*
        pub struct $name {
            $(
                $(#[doc = $doc])*
                pub $field: $type,
            )*
        }

        impl $name {
            /// Heading of the group.
            pub const TITLE: &'static str = $title;

            /// Description of every field.
            pub const SETTINGS: &'static [$crate::config::Setting] = &[
                $(
                    $crate::config::setting::Setting {
                        variable: $variable,
                        default: $default,
                        doc: concat!($($doc, "\n"),*),
                        is_secret: <$type as $crate::config::setting::Value>::IS_SECRET,
                    },
                )*
            ];

            /// Reads every field, also behind one that is wrong, so that all faults are told at once.
            pub(super) fn read(
                values: &mut $crate::config::values::Values,
                faults: &mut $crate::config::faults::Faults,
            ) -> Option<Self> {
                let mut settings = Self::SETTINGS.iter();
                $( let $field: Option<$type> = values.take(settings.next()?, faults); )*
                Some(Self { $( $field: $field?, )* })
            }
        }
    };
}

pub(super) use settings;
