//! A good definition with the files beside it, packed so that a thousand of them take little memory.

use std::{
    borrow::Cow,
    io::{Read, Write},
    sync::Arc,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use velodrome_model::{
    Fault, FaultCode, Outline, Severity,
    definition::{ConnectorDefinition, ReleaseStatus},
};

use super::{Icon, yaml::Mark};

/// The most bytes that a packed definition may unpack to; only a damaged one has more.
const MAX_UNPACKED: u64 = 64 * 1024 * 1024;

/// A definition that passed every check, and the files that belong to it.
#[derive(Clone, Debug)]
pub struct Package {
    pub(super) outline: Arc<Outline>,
    pub(super) hash: String,
    /// The definition as JSON, deflated.
    pub(super) packed: Box<[u8]>,
    pub(super) guide: Option<Cow<'static, str>>,
    pub(super) icon: Option<Icon>,
    pub(super) exchanges: Vec<String>,
    pub(super) warnings: Vec<Fault>,
    pub(super) file: String,
    /// Where the release's number stands.
    pub(super) release: Mark,
}

/// The form in which a release is kept in the database.
#[derive(Serialize, Deserialize)]
struct Kept {
    hash: String,
    file: String,
    definition: Value,
    guide: Option<String>,
    icon: Option<KeptIcon>,
}

#[derive(Serialize, Deserialize)]
struct KeptIcon {
    name: String,
    base64: String,
}

/// Bytes that are not a package.
#[derive(Debug, thiserror::Error)]
pub enum BadPackage {
    /// They can't be unpacked.
    #[error("the stored connector release can't be unpacked")]
    Deflate(#[from] std::io::Error),
    /// They unpack to something else.
    #[error("the stored connector release is not a definition")]
    Json(#[from] serde_json::Error),
    /// The icon can't be decoded or is unsafe.
    #[error("the stored connector release has a bad icon: {0}")]
    Icon(String),
}

impl Package {
    /// The package of a definition that passed every check and did not come from a folder.
    ///
    /// # Errors
    /// When it can't be written as JSON: a number that is none.
    pub fn of_definition(
        definition: &ConnectorDefinition,
        icon: Option<Icon>,
    ) -> Result<Self, BadPackage> {
        // Which release it is and its state are kept beside it, for they change while it stays.
        let mut content = definition.clone();
        content.release.status = ReleaseStatus::Draft;
        content.release.number = 1;
        content.release.comments = None;
        let text = serde_json::to_vec(&content)?;
        let mut parts: Vec<(&str, &[u8])> = vec![("definition", &text)];
        if let Some(icon) = &icon {
            parts.push((icon.file_name(), &icon.bytes));
        }
        Ok(Self {
            outline: Arc::new(Outline::from(&content)),
            hash: hash(&parts),
            packed: pack(&content)?,
            guide: None,
            icon,
            exchanges: Vec::new(),
            warnings: Vec::new(),
            file: String::new(),
            release: Mark::START,
        })
    }

    /// Everything but the methods.
    pub fn outline(&self) -> &Arc<Outline> {
        &self.outline
    }

    /// SHA-256 over definition, guide, icon and scripts, hexadecimal. Equal hashes mean equal content.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The whole definition, unpacked anew at each call.
    pub fn definition(&self) -> ConnectorDefinition {
        unpack(&self.packed).expect("packed by this process or checked when it was read back")
    }

    /// A part of the definition, as a type that names only the members it wants: quicker than all of it.
    pub fn part<T: for<'de> Deserialize<'de>>(&self) -> Result<T, BadPackage> {
        unpack(&self.packed)
    }

    /// The setup guide, Markdown.
    pub fn guide(&self) -> Option<&str> {
        self.guide.as_deref()
    }

    /// The icon.
    pub fn icon(&self) -> Option<&Icon> {
        self.icon.as_ref()
    }

    /// Keys of the methods that have an example exchange, `exchanges/<method>.json`.
    pub fn exchanges(&self) -> &[String] {
        &self.exchanges
    }

    /// What could be better about the definition.
    pub fn warnings(&self) -> &[Fault] {
        &self.warnings
    }

    /// The definition's file as the reader can open it.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What to say when the database knows this Live release with another [`Package::hash`].
    pub fn changed_without_new_number(&self) -> Fault {
        let number = self.outline.release.number;
        Fault {
            file: self.file.clone(),
            line: self.release.line,
            column: self.release.column,
            code: FaultCode::V013,
            severity: Severity::Error,
            pointer: "/release/number".to_owned(),
            message: format!(
                "release {number} is Live and its content has changed; give the changed one the number {}",
                number.saturating_add(1)
            ),
        }
    }

    /// The whole package in one piece, for the database: a release stays runnable after its files
    /// are gone.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BadPackage> {
        let kept = Kept {
            hash: self.hash.clone(),
            file: self.file.clone(),
            definition: unpack(&self.packed)?,
            guide: self.guide.as_deref().map(str::to_owned),
            icon: self.icon.as_ref().map(|icon| KeptIcon {
                name: icon.file_name().to_owned(),
                base64: BASE64_STANDARD.encode(&icon.bytes),
            }),
        };
        Ok(pack(&kept)?.into_vec())
    }

    /// The package that [`Package::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadPackage> {
        let kept: Kept = unpack(bytes)?;
        let definition = ConnectorDefinition::deserialize(&kept.definition)?;
        let icon = match kept.icon {
            Some(icon) => {
                let bytes = BASE64_STANDARD
                    .decode(icon.base64)
                    .map_err(|error| BadPackage::Icon(error.to_string()))?;
                Some(Icon::new(&icon.name, Cow::Owned(bytes)).map_err(BadPackage::Icon)?)
            }
            None => None,
        };
        Ok(Self {
            outline: Arc::new(Outline::from(&definition)),
            hash: kept.hash,
            packed: pack(&kept.definition)?,
            guide: kept.guide.map(Cow::Owned),
            icon,
            exchanges: Vec::new(),
            warnings: Vec::new(),
            file: kept.file,
            release: Mark::START,
        })
    }
}

/// JSON, deflated quickly: the catalogue is packed at every start.
pub(super) fn pack(value: &impl Serialize) -> Result<Box<[u8]>, BadPackage> {
    let mut deflater = DeflateEncoder::new(Vec::new(), Compression::fast());
    deflater.write_all(&serde_json::to_vec(value)?)?;
    Ok(deflater.finish()?.into_boxed_slice())
}

fn unpack<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, BadPackage> {
    let mut json = Vec::new();
    DeflateDecoder::new(bytes)
        .take(MAX_UNPACKED)
        .read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}

/// Hash over files, whatever their order, that no two different sets share.
pub(super) fn hash(files: &[(&str, &[u8])]) -> String {
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    for (path, content) in sorted {
        for part in [path.as_bytes(), content] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_depends_on_names_and_borders_but_not_on_order() {
        let files: [(&str, &[u8]); 2] = [("a", b"12"), ("b", b"3")];
        let turned: [(&str, &[u8]); 2] = [("b", b"3"), ("a", b"12")];
        let moved: [(&str, &[u8]); 2] = [("a", b"1"), ("b", b"23")];

        assert_eq!(hash(&files), hash(&turned));
        assert_ne!(hash(&files), hash(&moved));
    }

    #[test]
    fn bytes_that_are_no_package_are_refused() {
        assert!(matches!(
            Package::from_bytes(b"garbage"),
            Err(BadPackage::Deflate(_) | BadPackage::Json(_))
        ));
        let other = pack(&serde_json::json!({"a": 1})).unwrap();
        assert!(matches!(
            Package::from_bytes(&other),
            Err(BadPackage::Json(_))
        ));
    }
}
