//! What is set for a template, and how that is changed.

use velodrome_connector::catalogue::View;
use velodrome_model::{
    ConnectorId, FolderId, TemplateId,
    cycle::{Interval, Template, TemplateSettings},
};
use velodrome_store::NewTemplate;

use super::TemplateError;
use crate::{
    Invalid,
    invalid::{bounded_option, required_text},
};

/// Bounds of what people write.
const MOST_NAME: usize = 255;
const MOST_TEXT: usize = 4_000;
const MOST_TAGS: usize = 100;
const MOST_TAG: usize = 100;

/// A change of a template. Outer none keeps; inner none clears.
#[derive(Clone, Debug, Default)]
pub struct TemplateChange {
    /// Name.
    pub name: Option<String>,
    /// Free text for users.
    pub description: Option<Option<String>>,
    /// Shown to users during installation.
    pub note: Option<Option<String>>,
    /// An installation copies the custom fields of the template's connectors.
    pub shares_custom_fields: Option<bool>,
    /// Interval of installed cycles, minutes; 0 is none.
    pub interval: Option<i64>,
    /// Installed cycles run once.
    pub runs_once: Option<bool>,
    /// Tags, case-sensitive.
    pub tags: Option<Vec<String>>,
    /// Offered for installation.
    pub is_published: Option<bool>,
    /// Where it lies; inner none is the root.
    pub folder: Option<Option<FolderId>>,
    /// Connectors, and whether they are installed anew; others keep what they have.
    pub fresh: Vec<(ConnectorId, bool)>,
}

impl TemplateChange {
    /// A template that begins with these values.
    pub(super) fn new_template(&self, id: TemplateId) -> Result<NewTemplate, TemplateError> {
        let mut settings = TemplateSettings::default();
        self.apply_settings(&mut settings)?;
        let name = self.name.as_deref().unwrap_or_default();
        let description = self.description.clone().flatten();
        bounded_option("Description", description.as_deref(), MOST_TEXT)?;
        Ok(NewTemplate {
            id,
            name: required_text("Name", name, MOST_NAME)?,
            description,
            folder: self.folder.flatten(),
            settings,
        })
    }

    /// Changes a template; the folder is not looked up here.
    pub(super) fn apply(&self, to: &mut Template, view: &View) -> Result<(), TemplateError> {
        if let Some(name) = &self.name {
            to.name = required_text("Name", name, MOST_NAME)?;
        }
        if let Some(description) = &self.description {
            bounded_option("Description", description.as_deref(), MOST_TEXT)?;
            to.description = description.clone();
        }
        if let Some(folder) = self.folder {
            to.folder = folder;
        }
        if let Some(is_published) = self.is_published {
            to.is_published = is_published;
        }
        self.apply_settings(&mut to.settings)?;
        for (connector, is_fresh) in &self.fresh {
            let release = view.release(*connector);
            let uid = release.ok_or(TemplateError::Unknown("Connectors"))?;
            let uid = uid.listed().uid;
            to.settings.fresh.retain(|known| *known != uid);
            if *is_fresh {
                to.settings.fresh.push(uid);
            }
        }
        Ok(())
    }

    fn apply_settings(&self, to: &mut TemplateSettings) -> Result<(), Invalid> {
        if let Some(note) = &self.note {
            bounded_option("Note", note.as_deref(), MOST_TEXT)?;
            to.note = note.clone();
        }
        if let Some(shares) = self.shares_custom_fields {
            to.shares_custom_fields = shares;
        }
        if let Some(runs_once) = self.runs_once {
            to.runs_once = runs_once;
        }
        if let Some(minutes) = self.interval {
            to.interval = match minutes {
                0 => 0,
                minutes => Interval::try_from(minutes)
                    .map_err(|bad| Invalid::new("template.interval", bad))?
                    .minutes(),
            };
        }
        if let Some(tags) = &self.tags {
            to.tags = checked_tags(tags)?;
        }
        Ok(())
    }
}

/// Tags without blanks around them, each once, in the order given.
pub(super) fn checked_tags(tags: &[String]) -> Result<Vec<String>, Invalid> {
    let mut checked: Vec<String> = Vec::new();
    for tag in tags {
        let tag = required_text("Tags", tag, MOST_TAG)?;
        if !checked.contains(&tag) {
            checked.push(tag);
        }
    }
    if checked.len() > MOST_TAGS {
        return Err(Invalid::new(
            "template.too_many_tags",
            format_args!("Tags may have at most {MOST_TAGS} tags."),
        ));
    }
    Ok(checked)
}
