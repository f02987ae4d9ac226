//! What realms are furnished with: our own few lines, and the libraries as their packages publish them (see
//! `vendor/README.md`). Each is compiled once in a process and read from bytecode by every realm after that.

use std::{borrow::Cow, io::Read, sync::OnceLock};

use flate2::read::GzDecoder;
use rquickjs::{
    Context, Ctx, Function, Module, Runtime,
    loader::{Loader as _, bundle::Bundle},
    module::WriteOptions,
};

/// One of them: an expression whose value is a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Furniture {
    /// What stands in every realm.
    Prelude,
    /// Local time as UTC.
    Utc,
    /// What evaluates the texts of a mapping.
    Mapping,
    /// What loads the libraries.
    Libraries,
    /// moment, as a function of `module`, `exports` and `require`; so are the next two.
    Moment,
    /// Its time zones.
    Timezone,
    /// CryptoJS.
    Crypto,
}

/// Name and bytecode, in the form that the engine takes.
type Compiled = [(&'static str, &'static [u8]); 1];

impl Furniture {
    const ALL: [Self; 7] = [
        Self::Prelude,
        Self::Utc,
        Self::Mapping,
        Self::Libraries,
        Self::Moment,
        Self::Timezone,
        Self::Crypto,
    ];

    /// The library that a script may name.
    pub(crate) fn library(name: &str) -> Option<Self> {
        match name {
            "moment" => Some(Self::Moment),
            "moment-timezone" => Some(Self::Timezone),
            "crypto-js" => Some(Self::Crypto),
            _ => None,
        }
    }

    /// Its function in a realm.
    ///
    /// # Errors
    /// When there is no memory left.
    pub(crate) fn function<'js>(self, ctx: &Ctx<'js>) -> rquickjs::Result<Function<'js>> {
        let (name, compiled) = (self.name(), self.compiled()?);
        let module = Bundle(compiled.as_slice()).load(ctx, name, None)?;
        // Nothing in it waits, so it has run when this returns.
        let (module, _) = module.eval()?;
        module.get("default")
    }

    /// Compiles it, unless that was done before.
    fn compiled(self) -> rquickjs::Result<&'static Compiled> {
        static COMPILED: [OnceLock<Compiled>; Furniture::ALL.len()] =
            [const { OnceLock::new() }; Furniture::ALL.len()];
        let place = &COMPILED[self as usize];
        if let Some(compiled) = place.get() {
            return Ok(compiled);
        }
        let runtime = Runtime::new()?;
        let bytes = Context::full(&runtime)?.with(|ctx| {
            let source = format!(
                "export default {}",
                self.source().trim_end_matches([';', '\n'])
            );
            Module::declare(ctx, self.name(), source)?.write(WriteOptions {
                strip_source: true,
                strip_debug: true,
                ..WriteOptions::default()
            })
        })?;
        // Kept for ever, as it is needed for ever; another thread may have been quicker.
        Ok(place.get_or_init(|| [(self.name(), bytes.leak())]))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Prelude | Self::Utc | Self::Mapping | Self::Libraries => "velodrome",
            Self::Moment => "moment",
            Self::Timezone => "moment-timezone",
            Self::Crypto => "crypto-js",
        }
    }

    fn source(self) -> Cow<'static, str> {
        match self {
            Self::Prelude => include_str!("prelude.js").into(),
            Self::Utc => include_str!("utc.js").into(),
            Self::Mapping => include_str!("mapping.js").into(),
            Self::Libraries => include_str!("libraries.js").into(),
            Self::Moment => unpack(include_bytes!("../vendor/moment/moment.min.js.gz")).into(),
            Self::Timezone => unpack(include_bytes!(
                "../vendor/moment-timezone/moment-timezone-with-data.min.js.gz"
            ))
            .into(),
            Self::Crypto => unpack(include_bytes!("../vendor/crypto-js/crypto-js.js.gz")).into(),
        }
    }
}

fn unpack(packed: &[u8]) -> String {
    let mut source = String::from("(function (module, exports, require) {");
    GzDecoder::new(packed)
        .read_to_string(&mut source)
        .expect("the vendored file is gzip and UTF-8, see the test");
    source.push_str("\n})");
    source
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_compiles_once_and_is_a_function_in_every_realm() {
        for one in Furniture::ALL {
            let first = one.compiled().unwrap();
            assert!(std::ptr::eq(first, one.compiled().unwrap()), "{one:?}");
            for _ in 0..2 {
                let context = Context::full(&Runtime::new().unwrap()).unwrap();
                context.with(|ctx| {
                    one.function(&ctx).unwrap();
                });
            }
        }
    }

    #[test]
    fn a_library_is_known_by_the_name_of_its_package() {
        assert_eq!(Furniture::library("moment"), Some(Furniture::Moment));
        assert_eq!(Furniture::library("left-pad"), None);
    }
}
