//! What is wrong with a connector definition (connectors.md §13).

use std::fmt;

use serde::{Deserialize, Serialize};

/// One finding about a definition, with the place to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The file as the reader can open it; empty for a definition that came as JSON.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
    /// Kind of finding.
    pub code: FaultCode,
    /// Whether it makes the definition unusable.
    pub severity: Severity,
    /// JSON pointer to the value, for definitions that came as JSON.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Fault {
    /// Whether the definition can't be used because of it.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.file.is_empty() {
            write!(f, "#{}: {} ", self.pointer, self.code)?;
        } else {
            write!(
                f,
                "{}:{}:{}: {} ",
                self.file, self.line, self.column, self.code
            )?;
        }
        if self.severity == Severity::Warning {
            f.write_str("warning: ")?;
        }
        f.write_str(&self.message)
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The definition can't be used.
    Error,
    /// The definition works; something is unusual, unsupported or unkind to its users.
    Warning,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Kind of finding: `V…` as the specification numbers them, `W…` advice of our own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FaultCode {
            $($(#[$doc])* $name,)+
        }

        impl fmt::Display for FaultCode {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$name => stringify!($name),)+
                })
            }
        }
    };
}

codes! {
    /// Not UTF-8 or YAML, a duplicate key, too large, too deep or expanding too far.
    V001,
    /// Against the schema: unknown key, type, enumeration word, missing member.
    V002,
    /// The slug is not the folder's name, or a slug or UUID is taken.
    V003,
    /// The same key, lookup name, system field or parameter twice.
    V004,
    /// A reference to something that does not exist.
    V005,
    /// A reference to something of the wrong kind.
    V006,
    /// Asked at installation and set by the partner at once.
    V007,
    /// A mergefield that is malformed or that nothing fills.
    V008,
    /// A malformed location, format or regular expression.
    V009,
    /// Paging that can't work.
    V010,
    /// A file or script that is missing or malformed.
    V011,
    /// An unencrypted or private address in a built-in definition.
    V012,
    /// A Live release that changed without a new number, or two Live releases.
    V013,
    /// A secret written into the definition.
    V014,
    /// An icon that is missing, of the wrong kind or size, or unsafe.
    V015,
    /// A name that does not say what the method does.
    W001,
    /// A description that is missing or not a sentence.
    W002,
    /// Something that this release does not do yet.
    W003,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(severity: Severity) -> Fault {
        Fault {
            file: "acme/connector.yaml".into(),
            line: 3,
            column: 7,
            code: FaultCode::V002,
            severity,
            pointer: "/nmae".into(),
            message: "unknown key \"nmae\"".into(),
        }
    }

    #[test]
    fn a_fault_reads_as_the_specification_writes_it() {
        assert_eq!(
            fault(Severity::Error).to_string(),
            "acme/connector.yaml:3:7: V002 unknown key \"nmae\""
        );
    }

    #[test]
    fn without_a_file_it_points_into_the_json() {
        let fault = Fault {
            file: String::new(),
            ..fault(Severity::Error)
        };
        assert_eq!(fault.to_string(), "#/nmae: V002 unknown key \"nmae\"");
    }

    #[test]
    fn a_warning_says_that_it_is_one() {
        assert_eq!(
            fault(Severity::Warning).to_string(),
            "acme/connector.yaml:3:7: V002 warning: unknown key \"nmae\""
        );
    }
}
