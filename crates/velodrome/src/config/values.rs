//! Texts of the settings, wherever they come from; the environment wins.

use std::{collections::HashMap, ffi::OsString};

use super::{
    all_settings,
    faults::Faults,
    setting::{Default as Fallback, PREFIX, Setting, Value},
    shown::{InForce, Origin},
};

/// What was given, by variable.
#[derive(Default)]
pub struct Values {
    given: HashMap<&'static str, (String, Origin)>,
    in_force: Vec<InForce>,
}

/// Variables with our prefix that are none of the program's settings: they tell our own tests
/// where to find the binary and a database server.
const NOT_OURS: &[&str] = &["VELODROME_BINARY", "VELODROME_TEST_"];

impl Values {
    /// Keeps a text for a setting; a later one replaces an earlier one.
    pub fn give(&mut self, setting: &Setting, text: String, origin: Origin) {
        self.given.insert(setting.variable, (text, origin));
    }

    /// Keeps what the environment says. An empty variable is as good as none.
    pub fn take_environment(
        &mut self,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        faults: &mut Faults,
    ) {
        let ours = environment.into_iter().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let is_ours =
                name.starts_with(PREFIX) && !NOT_OURS.iter().any(|other| name.starts_with(other));
            is_ours.then_some((name, value))
        });
        for (name, value) in ours {
            let Some(setting) = all_settings().find(|setting| setting.variable == name) else {
                let known = all_settings().map(|setting| setting.variable.to_owned());
                faults.unknown("the environment variable", &name, known);
                continue;
            };
            match value.into_string() {
                Ok(text) if text.is_empty() => {}
                Ok(text) => self.give(setting, text, Origin::Environment),
                Err(_) => faults.add(setting.variable, "must be UTF-8"),
            }
        }
    }

    /// The value of a setting; none after a fault was noted.
    pub fn take<T: Value>(&mut self, setting: &Setting, faults: &mut Faults) -> Option<T> {
        let (text, origin) = match (self.given.remove(setting.variable), setting.default) {
            (Some((text, origin)), _) => (text, origin),
            (None, Fallback::Text(text)) => (text.to_owned(), Origin::Default),
            (None, Fallback::Otherwise(words)) => {
                self.in_force.push(InForce::absent(setting, words));
                return T::absent();
            }
        };
        match T::parse(text.trim()) {
            Ok(value) => {
                self.in_force.push(InForce::new(setting, text, origin));
                Some(value)
            }
            Err(fault) => {
                faults.add(&origin.name_of(setting), &fault);
                None
            }
        }
    }

    /// Everything that was taken.
    pub fn into_in_force(self) -> Vec<InForce> {
        self.in_force
    }
}
