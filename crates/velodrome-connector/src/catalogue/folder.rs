//! One definition's folder, made a package.

use std::{borrow::Cow, io, sync::Arc};

use serde_json::Value;
use sha2::{Digest, Sha256};
use velodrome_model::{FaultCode, Outline, definition::ConnectorDefinition};
use velodrome_script::{Level, Script};

use super::{
    Files, Icon, Origin, Package,
    cache::{Cache, Key},
    document::{Examined, Setting, examine},
    findings::{Pointer, did_you_mean},
    load::{DEFINITION, Outcome},
    package,
    semantic::scripts::place,
};

/// A file's content.
type Content = Cow<'static, [u8]>;

/// The files of a folder.
pub struct Folder<'a> {
    files: &'a dyn Files,
    folder: &'a str,
    definition: Content,
    /// Paths inside the folder.
    paths: Vec<String>,
    /// The definition came without its folder: the slug is free, and guide and icon may be missing.
    lone: bool,
}

/// Files that belong to a release, by path: with the definition they make it what it is.
#[derive(Default)]
struct Hashed(Vec<(String, Content)>);

impl<'a> Folder<'a> {
    /// The folder, if it holds a definition.
    pub fn open(files: &'a dyn Files, folder: &'a str) -> io::Result<Option<Self>> {
        let Some(definition) = files.read(&format!("{folder}/{DEFINITION}"))? else {
            return Ok(None);
        };
        Ok(Some(Self {
            files,
            folder,
            definition,
            paths: files.list(folder)?,
            lone: false,
        }))
    }

    /// As [`Folder::open`], for a definition that came without a folder of its own.
    pub fn open_lone(files: &'a dyn Files, folder: &'a str) -> io::Result<Option<Self>> {
        let found = Self::open(files, folder)?;
        Ok(found.map(|found| Self {
            lone: true,
            ..found
        }))
    }

    /// The package of this folder, from the cache if nothing has changed since it was put there.
    pub fn package_with(
        &self,
        origin: Origin,
        shown: impl Fn(&str) -> String,
        cache: Option<&Cache>,
    ) -> io::Result<Outcome> {
        let Some(cache) = cache else {
            return self.package(origin, shown);
        };
        let file = shown(DEFINITION);
        let (key, contents) = self.key(origin, &file)?;
        if let Some(known) = cache.get(&key, &file)
            && let Some(package) = self.complete(known, &contents)
        {
            return Ok(Ok(package));
        }
        let outcome = self.package(origin, shown)?;
        if let Ok(package) = &outcome {
            cache.put(key, package)?;
        }
        Ok(outcome)
    }

    /// Names everything that decides what comes of this folder, with the files that were read for it.
    fn key(&self, origin: Origin, file: &str) -> io::Result<(Key, Vec<(&str, Content)>)> {
        let mut contents = vec![(DEFINITION, self.definition.clone())];
        let mut hash = Sha256::new();
        let mut update = |part: &[u8]| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        };
        update(&[u8::from(origin == Origin::BuiltIn)]);
        update(self.folder.as_bytes());
        update(file.as_bytes());
        update(&self.definition);
        for path in &self.paths {
            update(path.as_bytes());
            // Of exchanges only the names count.
            if path != DEFINITION
                && !path.starts_with("exchanges/")
                && let Some(content) = self.content(path)?
            {
                update(&content);
                contents.push((path, content));
            }
        }
        Ok((hash.finalize().into(), contents))
    }

    /// Adds guide and icon to a package that was known; these were found good with it.
    fn complete(&self, mut known: Package, contents: &[(&str, Content)]) -> Option<Package> {
        let content = |path: &str| {
            contents
                .iter()
                .find(|(own, _)| *own == path)
                .map(|(_, content)| content.clone())
        };
        let outline = known.outline.clone();
        known.guide = match content(outline.guide.as_deref().unwrap_or("guide.md")) {
            Some(Cow::Borrowed(bytes)) => Some(Cow::Borrowed(std::str::from_utf8(bytes).ok()?)),
            Some(Cow::Owned(bytes)) => Some(Cow::Owned(String::from_utf8(bytes).ok()?)),
            None => None,
        };
        if let Some(path) = self.icon_path(outline.icon.as_deref()) {
            known.icon = Some(Icon::new(path, content(path)?).ok()?);
        }
        Some(known)
    }

    /// Checks everything in the folder.
    pub fn package(&self, origin: Origin, shown: impl Fn(&str) -> String) -> io::Result<Outcome> {
        let file = shown(DEFINITION);
        let setting = Setting {
            folder: (!self.lone).then_some(self.folder),
            origin,
        };
        let mut examined = examine(&self.definition, setting);
        let Some(definition) = examined.definition.take() else {
            return Ok(Err(examined.faults(&file, shown)));
        };
        let mut hashed = Hashed::default();
        let guide = self.guide(&definition, &mut examined, &mut hashed)?;
        let icon = self.icon(&definition, &mut examined, &mut hashed)?;
        self.scripts(&definition, &mut examined, &mut hashed)?;
        let exchanges = self.exchanges(&definition, &mut examined);
        let packed = match &examined.document {
            Some(document) if !examined.findings.has_errors() => package::pack(&document.value),
            _ => return Ok(Err(examined.faults(&file, shown))),
        };
        let mut contents = vec![(DEFINITION, self.definition.as_ref())];
        contents.extend(
            hashed
                .0
                .iter()
                .map(|(path, content)| (path.as_str(), content.as_ref())),
        );
        let release = examined.place_of("/release/number");
        Ok(Ok(Package {
            outline: Arc::new(Outline::from(&definition)),
            hash: package::hash(&contents),
            packed: packed.map_err(io::Error::other)?,
            guide,
            icon,
            exchanges,
            warnings: examined.faults(&file, shown),
            file,
            release,
        }))
    }

    fn has(&self, path: &str) -> bool {
        self.paths.iter().any(|own| own == path)
    }

    /// The content of a file that is in the folder; nothing outside it is ever read.
    fn content(&self, path: &str) -> io::Result<Option<Content>> {
        if self.has(path) {
            self.files.read(&format!("{}/{path}", self.folder))
        } else {
            Ok(None)
        }
    }

    fn guide(
        &self,
        definition: &ConnectorDefinition,
        examined: &mut Examined,
        hashed: &mut Hashed,
    ) -> io::Result<Option<Cow<'static, str>>> {
        let path = definition.guide.as_deref().unwrap_or("guide.md");
        let Some(content) = self.content(path)? else {
            if definition.guide.is_some() {
                let message = format!("the file {path} is missing{}", self.near(path));
                self.missing(FaultCode::V011, "guide", message, examined);
            }
            return Ok(None);
        };
        hashed.0.push((path.to_owned(), content.clone()));
        let text = match content {
            Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
        };
        if text.is_none() {
            let message = "the guide is not UTF-8; save it in that encoding";
            examined.findings.file_error(FaultCode::V001, path, message);
        }
        Ok(text)
    }

    fn icon_path<'p>(&self, named: Option<&'p str>) -> Option<&'p str> {
        let usual = || {
            ["icon.svg", "icon.png"]
                .into_iter()
                .find(|path| self.has(path))
        };
        named.or_else(usual)
    }

    fn icon(
        &self,
        definition: &ConnectorDefinition,
        examined: &mut Examined,
        hashed: &mut Hashed,
    ) -> io::Result<Option<Icon>> {
        let Some(path) = self.icon_path(definition.icon.as_deref()) else {
            let message = "there is no icon; add icon.svg, or icon.png with 400×400 pixels";
            examined
                .findings
                .warning(FaultCode::V015, Pointer::root(), message);
            return Ok(None);
        };
        let Some(content) = self.content(path)? else {
            let message = format!("the icon {path} is missing{}", self.near(path));
            self.missing(FaultCode::V015, "icon", message, examined);
            return Ok(None);
        };
        hashed.0.push((path.to_owned(), content.clone()));
        match Icon::new(path, content) {
            Ok(icon) => Ok(Some(icon)),
            Err(message) => {
                examined.findings.file_error(FaultCode::V015, path, message);
                Ok(None)
            }
        }
    }

    /// A file that only people look at is missing.
    fn missing(&self, code: FaultCode, key: &str, message: String, examined: &mut Examined) {
        let pointer = Pointer::root().then(key);
        if self.lone {
            examined.findings.warning(code, pointer, message);
        } else {
            examined.findings.error(code, pointer, message);
        }
    }

    fn scripts(
        &self,
        definition: &ConnectorDefinition,
        examined: &mut Examined,
        hashed: &mut Hashed,
    ) -> io::Result<()> {
        let root = Pointer::root();
        let own = definition
            .script_file
            .as_deref()
            .map(|path| (root.clone(), None, path));
        let of_methods = definition
            .methods
            .iter()
            .enumerate()
            .filter_map(|(at, method)| {
                method
                    .script_file
                    .as_deref()
                    .map(|path| (root.then("methods").then(at), Some(at), path))
            });
        for (owner, method, path) in own.into_iter().chain(of_methods) {
            match self.content(path)? {
                Some(content) => {
                    match compiled(method.is_some(), &content) {
                        // The release carries its scripts itself.
                        Ok(text) => {
                            if let Some(document) = &mut examined.document {
                                adopt(&mut document.value, method, text);
                            }
                        }
                        Err(what) => {
                            let message = format!("{path} is no JavaScript: {what}");
                            examined.findings.error(
                                FaultCode::V011,
                                owner.then("scriptFile"),
                                message,
                            );
                        }
                    }
                    hashed.0.push((path.to_owned(), content));
                }
                None => {
                    let message = format!("the file {path} is missing{}", self.near(path));
                    examined
                        .findings
                        .error(FaultCode::V011, owner.then("scriptFile"), message);
                }
            }
        }
        // Scripts may include each other, so all of them count.
        for path in self
            .paths
            .iter()
            .filter(|path| path.starts_with("scripts/") && path.ends_with(".js"))
        {
            if !hashed.0.iter().any(|(known, _)| known == path)
                && let Some(content) = self.content(path)?
            {
                hashed.0.push((path.clone(), content));
            }
        }
        Ok(())
    }

    fn exchanges(&self, definition: &ConnectorDefinition, examined: &mut Examined) -> Vec<String> {
        let mut keys = Vec::new();
        for path in &self.paths {
            let Some(key) = path
                .strip_prefix("exchanges/")
                .and_then(|name| name.strip_suffix(".json"))
            else {
                continue;
            };
            if definition.method(key).is_some() {
                keys.push(key.to_owned());
            } else {
                let near = did_you_mean(
                    key,
                    definition.methods.iter().map(|method| method.key.as_str()),
                );
                let message = format!("no method has the key {key:?}{near}");
                examined.findings.file_error(FaultCode::V005, path, message);
            }
        }
        keys
    }

    fn near(&self, path: &str) -> String {
        did_you_mean(path, self.paths.iter().map(String::as_str))
    }
}

/// The text of a script file, if it is JavaScript.
fn compiled(of_method: bool, content: &[u8]) -> Result<String, String> {
    let text = std::str::from_utf8(content).map_err(|_| "it is not UTF-8".to_owned())?;
    let level = if of_method {
        Level::Method
    } else {
        Level::Connector
    };
    match Script::compile(level, text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(place(&error)),
    }
}

/// Puts the text of a script file where the definition names the file.
fn adopt(definition: &mut Value, method: Option<usize>, text: String) {
    let owner = match method {
        None => Some(definition),
        Some(at) => definition.pointer_mut(&format!("/methods/{at}")),
    };
    if let Some(Value::Object(owner)) = owner {
        owner.remove("scriptFile");
        owner.insert("script".to_owned(), text.into());
    }
}
