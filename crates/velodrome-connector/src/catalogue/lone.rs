//! Definitions that are in no folder: typed in, uploaded or kept in a database.

use std::{borrow::Cow, collections::BTreeMap, io};

use velodrome_model::{Fault, FaultCode, Severity, definition::ConnectorDefinition};

use super::{Files, Icon, Origin, Package, canonical::yaml_text, folder::Folder, load::DEFINITION};

/// The name that the folder has, for the reader of folders alone.
const FOLDER: &str = "definition";

/// Checks the text of a definition with the files that belong to it, by their paths beside it:
/// `guide.md`, `icon.svg`, `scripts/order.js`.
///
/// Any slug will do, and a guide or icon that is named and not there is only a warning. Every other
/// rule is that of folders.
///
/// # Errors
///
/// What is wrong, with places in `connector.yaml` or the other files.
pub fn check_text(
    definition: &str,
    files: BTreeMap<String, Vec<u8>>,
) -> Result<Package, Vec<Fault>> {
    let files = Given {
        files: files
            .into_iter()
            .chain([(DEFINITION.to_owned(), definition.as_bytes().to_vec())])
            .collect(),
    };
    let broken = |error: io::Error| {
        vec![Fault {
            file: DEFINITION.to_owned(),
            line: 1,
            column: 1,
            code: FaultCode::V001,
            severity: Severity::Error,
            pointer: String::new(),
            message: format!("can't be read: {error}"),
        }]
    };
    let folder = Folder::open_lone(&files, FOLDER)
        .map_err(broken)?
        .ok_or_else(|| broken(io::ErrorKind::NotFound.into()))?;
    folder
        .package(Origin::Directory, str::to_owned)
        .map_err(broken)?
}

/// Checks and packs a definition that is a value already, with its guide and icon.
///
/// # Errors
///
/// What is wrong; the places are in the text that [`yaml_text`] writes of it.
pub fn check_definition(
    definition: &ConnectorDefinition,
    guide: Option<String>,
    icon: Option<Icon>,
) -> Result<Package, Vec<Fault>> {
    let mut own = Cow::Borrowed(definition);
    let mut files = BTreeMap::new();
    if let Some(guide) = guide {
        let path = definition.guide.as_deref().unwrap_or("guide.md");
        files.insert(path.to_owned(), guide.into_bytes());
    }
    if let Some(icon) = icon {
        let path = icon.file_name();
        if definition
            .icon
            .as_deref()
            .is_some_and(|named| named != path)
        {
            own.to_mut().icon = Some(path.to_owned());
        }
        files.insert(path.to_owned(), icon.bytes.into_owned());
    }
    check_text(&yaml_text(&own), files)
}

/// One folder whose files are in memory.
struct Given {
    files: BTreeMap<String, Vec<u8>>,
}

impl Files for Given {
    fn folders(&self) -> io::Result<Vec<String>> {
        Ok(vec![FOLDER.to_owned()])
    }

    fn list(&self, _: &str) -> io::Result<Vec<String>> {
        Ok(self.files.keys().cloned().collect())
    }

    fn read(&self, path: &str) -> io::Result<Option<Cow<'static, [u8]>>> {
        let inside = path
            .strip_prefix(FOLDER)
            .and_then(|path| path.strip_prefix('/'));
        let found = inside.and_then(|path| self.files.get(path));
        Ok(found.map(|bytes| Cow::Owned(bytes.clone())))
    }

    fn shown(&self, path: &str) -> String {
        path.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
format: velodrome.connector/1
slug: acme
name: Acme
description: An example.
release: {number: 3, status: Draft}
guide: guide.md
icon: icon.svg
authentications: [{key: none, type: None}]
methods: []
";

    #[test]
    fn a_text_without_a_folder_becomes_a_package_with_the_files_that_came_with_it() {
        let alone = check_text(TEXT, BTreeMap::new()).unwrap();
        assert_eq!(alone.outline().slug, "acme");
        let warnings: Vec<_> = alone.warnings().iter().map(|fault| fault.code).collect();
        assert_eq!(warnings, [FaultCode::V011, FaultCode::V015]);

        let svg = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>"#;
        let files = BTreeMap::from([
            ("guide.md".to_owned(), b"# Acme".to_vec()),
            ("icon.svg".to_owned(), svg.to_vec()),
        ]);
        let whole = check_text(TEXT, files).unwrap();
        assert_eq!(whole.guide(), Some("# Acme"));
        assert!(whole.icon().is_some());
        assert_eq!(whole.warnings(), []);
        assert_ne!(whole.hash(), alone.hash());

        let again = check_definition(
            &whole.definition(),
            Some("# Acme".to_owned()),
            whole.icon().cloned(),
        )
        .unwrap();
        assert_eq!(again.definition(), whole.definition());
        assert_eq!(again.guide(), whole.guide());
    }

    #[test]
    fn faults_of_a_text_have_their_places_and_a_missing_script_is_one() {
        let faults = check_text(&TEXT.replace("name: Acme", "nmae: Acme"), BTreeMap::new());
        let told: Vec<String> = faults.unwrap_err().iter().map(Fault::to_string).collect();
        assert!(
            told.contains(&"connector.yaml:1:1: V002 \"name\" is missing; add it".to_owned()),
            "{told:?}"
        );

        let scripted = format!("{TEXT}scriptFile: scripts/all.js\n");
        let faults = check_text(&scripted, BTreeMap::new()).unwrap_err();
        assert!(
            faults
                .iter()
                .any(|fault| fault.is_error() && fault.code == FaultCode::V011)
        );
    }
}
