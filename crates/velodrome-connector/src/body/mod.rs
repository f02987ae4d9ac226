//! Bodies: from a value to bytes and back, in each of the formats of connectors.md §2.3.

mod decode;
mod encode;
mod file;
mod form;
mod multipart;
mod text;

pub use decode::{Decoded, decode};
pub use encode::{EncodedBody, accept, encode};
pub use file::File;
pub use form::{from_pairs, to_pairs};

use velodrome_model::xml::XmlError;

/// Why a body can't be written or read. Names places, never values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Not JSON.
    #[error("the body is no JSON (line {line}, column {column})")]
    Json {
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
    },
    /// Not XML, or XML that is not accepted.
    #[error("the body is no XML that can be read: {0}")]
    Xml(String),
    /// A value that has no XML form.
    #[error("the body has no XML form: {0}")]
    NotXml(String),
    /// A value that has no place in a form.
    #[error("the body has no form encoding: {0}")]
    NotAForm(&'static str),
    /// A form that nests without end.
    #[error("the form nests deeper than {0} levels")]
    TooDeep(usize),
    /// One text was expected.
    #[error("a plain text body is one text")]
    NotAText,
    /// A file was expected.
    #[error("the body needs a file: {{\"Name\", \"ContentType\", \"Content\" in base64}}")]
    NotAFile,
    /// One file was expected.
    #[error("a related body carries one file, and there are several")]
    TwoFiles,
    /// A type that no header can carry.
    #[error("the file's ContentType is not a media type")]
    ContentType,
    /// Bytes that are no text in the charset that was announced.
    #[error("the body is not in the character set {0}")]
    Charset(String),
}

impl From<XmlError> for BodyError {
    fn from(error: XmlError) -> Self {
        match error {
            XmlError::Xml(what) => Self::Xml(what),
            XmlError::NotXml(what) => Self::NotXml(what),
        }
    }
}
