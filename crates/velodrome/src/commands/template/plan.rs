//! What the files of a folder change of an instance.

use std::{collections::BTreeMap, fmt};

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::{Value, json};
use velodrome_connector::slug::Keys;
use velodrome_service::templates::files::{Difference, Revision, TemplateFile};

use super::{
    folder::Found,
    instance::{Instance, Refused},
};

/// A template of the instance.
pub struct Known {
    /// Its id.
    pub id: String,
    /// Its newest release, as a file.
    pub revision: Revision,
    /// Something of it is live.
    pub has_live: bool,
    /// The newest release is a draft.
    is_draft: bool,
    /// Id of the newest release.
    release: String,
}

/// What happens to a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    /// It is made.
    Create,
    /// It gets a new release.
    Update,
    /// Only what is offered changes.
    Publish,
    /// Its newest draft goes live.
    Promote,
    /// It goes into the recycle bin.
    Delete,
    /// It has no file, and stays.
    Keep,
    /// Nothing.
    None,
}

/// What happens to a template, and why.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Planned {
    /// Name of its file, without ending.
    pub key: String,
    /// Name.
    pub name: String,
    /// What happens.
    pub action: Action,
    /// What is different.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Difference>,
    /// Why the instance refuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The release that it has then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Value>,
    /// The call that makes it so.
    #[serde(skip)]
    step: Option<Step>,
}

/// A call of the API.
enum Step {
    Import { query: String, document: Value },
    Publish { path: String, published: bool },
    Promote { path: String },
    Delete { path: String },
}

/// How files are applied.
#[derive(Clone, Copy)]
pub struct Manner {
    /// What is applied goes live.
    pub promote: bool,
    /// What has no file goes into the recycle bin.
    pub prune: bool,
}

/// The templates of an instance, by key: what their file was called, else what their name makes; of equal
/// ones the older first.
///
/// # Errors
/// When the instance refuses or can't be reached.
pub async fn known(instance: &Instance) -> Result<BTreeMap<String, Known>> {
    let mut listed = instance
        .list("/v1.0/templates?includeUnpublished=true")
        .await
        .context("listing the templates")?;
    let text = |of: &Value, member: &str| of[member].as_str().unwrap_or_default().to_owned();
    listed.sort_by_cached_key(|one| (text(one, "CreatedOnUtc"), text(one, "Id")));
    let mut found = Vec::with_capacity(listed.len());
    for template in listed {
        let id = text(&template, "Id");
        let name = text(&template, "Name");
        let releases = instance
            .list(&format!("/v1.0/templates/{id}/releases"))
            .await
            .with_context(|| format!("listing the releases of {name}"))?;
        let number = |release: &&Value| release["Number"].as_i64();
        let Some(newest) = releases.iter().max_by_key(number) else {
            continue;
        };
        let release = text(newest, "Id");
        let export = instance
            .get(&format!("/v1.0/templates/{id}/releases/{release}/export"))
            .await
            .with_context(|| format!("exporting {name}"))?;
        let mut revision =
            Revision::of_export(export).with_context(|| format!("exporting {name}"))?;
        revision.file.published = Some(template["Published"] == true);
        found.push(Known {
            has_live: releases.iter().any(|one| one["Status"] == "Live"),
            is_draft: newest["Status"] == "Draft",
            id,
            release,
            revision,
        });
    }
    let mut keys = Keys::default();
    // Those that were made of files have their names before any other.
    let mut named: Vec<Option<String>> = Vec::with_capacity(found.len());
    let mut given = std::collections::HashSet::new();
    for one in &found {
        let own = one.revision.key.clone();
        let own = own.filter(|key| given.insert(key.clone()));
        if let Some(key) = &own {
            keys.reserve(key);
        }
        named.push(own);
    }
    let known = found.into_iter().zip(named).map(|(one, own)| {
        let key = own.unwrap_or_else(|| keys.key(&one.revision.file.name, "template"));
        (key, one)
    });
    Ok(known.collect())
}

/// What happens, template by template.
///
/// # Errors
/// When the instance can't be reached; what it refuses is in the plan.
pub async fn plan(
    instance: &Instance,
    files: &BTreeMap<String, Found>,
    known: &BTreeMap<String, Known>,
    manner: Manner,
) -> Result<Vec<Planned>> {
    let mut planned = Vec::new();
    for (key, found) in files {
        let mut one = match known.get(key) {
            Some(known) => changed(key, &found.file, known, manner),
            None => created(key, &found.file, manner),
        };
        if let Some(Step::Import { query, document }) = &one.step {
            let rehearsed = instance
                .post(&format!("{query}&dryRun=true"), document)
                .await;
            one.refused = refusal(rehearsed)?;
        }
        planned.push(one);
    }
    for (key, known) in known.iter().filter(|(key, _)| !files.contains_key(*key)) {
        let path = format!("/v1.0/templates/{}", known.id);
        planned.push(Planned {
            action: if manner.prune {
                Action::Delete
            } else {
                Action::Keep
            },
            step: manner.prune.then_some(Step::Delete { path }),
            ..Planned::of(key, &known.revision.file)
        });
    }
    Ok(planned)
}

fn created(key: &str, file: &TemplateFile, manner: Manner) -> Planned {
    let publish = file.published == Some(true) && manner.promote;
    let query = format!(
        "/v1.0/templates/import?promote={}{}",
        manner.promote,
        if publish { "&publish=true" } else { "" }
    );
    let document = file.document(key, &Default::default());
    Planned {
        action: Action::Create,
        step: Some(Step::Import { query, document }),
        ..Planned::of(key, file)
    }
}

fn changed(key: &str, file: &TemplateFile, known: &Known, manner: Manner) -> Planned {
    let mut wanted = file.clone();
    // Nothing is offered before something is live; the apply that promotes it publishes it.
    if wanted.published == Some(true) && !known.has_live && !manner.promote {
        wanted.published = None;
    }
    let change = wanted.change_of(key, &known.revision);
    let is_published = |difference: &Difference| difference.path == ["published"];
    let published = change.file.published.unwrap_or_default();
    let promotes = manner.promote && known.is_draft;
    let base = format!("/v1.0/templates/{}", known.id);
    let (action, step) = if change.differences.iter().all(is_published) {
        match (change.differences.is_empty(), promotes) {
            (true, false) => (Action::None, None),
            (_, true) => {
                let path = format!("{base}/releases/{}/promote", known.release);
                (Action::Promote, Some(Step::Promote { path }))
            }
            (false, false) => {
                let path = base;
                (Action::Publish, Some(Step::Publish { path, published }))
            }
        }
    } else {
        let query = format!(
            "/v1.0/templates/import?templateid={}&replaceSettings=true&promote={}&publish={published}",
            known.id, manner.promote
        );
        let document = change.file.document(key, &change.lineage);
        (Action::Update, Some(Step::Import { query, document }))
    };
    Planned {
        action,
        changes: change.differences,
        step,
        ..Planned::of(key, file)
    }
}

impl Planned {
    fn of(key: &str, file: &TemplateFile) -> Self {
        Self {
            key: key.to_owned(),
            name: file.name.clone(),
            action: Action::None,
            changes: Vec::new(),
            refused: None,
            release: None,
            step: None,
        }
    }

    /// Whether an apply would change something.
    pub fn is_change(&self) -> bool {
        self.step.is_some()
    }

    /// Makes it so, as a whole or not at all.
    ///
    /// # Errors
    /// When the instance can't be reached; what it refuses is told in the plan.
    pub async fn carry_out(&mut self, instance: &Instance) -> Result<()> {
        let done = match &self.step {
            None => return Ok(()),
            Some(Step::Import { query, document }) => instance.post(query, document).await,
            Some(Step::Publish { path, published }) => {
                let body = json!({ "Published": published });
                instance.put(path, &body).await
            }
            Some(Step::Promote { path }) => instance.put(path, &json!({})).await,
            Some(Step::Delete { path }) => instance.delete(path).await.map(|()| Value::Null),
        };
        self.refused = refusal(done)?;
        Ok(())
    }
}

/// Why the instance refused, where it did.
fn refusal(outcome: Result<Value>) -> Result<Option<String>> {
    match outcome {
        Ok(_) => Ok(None),
        Err(error) => match error.downcast::<Refused>() {
            Ok(Refused { status, message }) if status < 500 => Ok(Some(message)),
            Ok(other) => Err(other.into()),
            Err(error) => Err(error),
        },
    }
}

impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, says) = match self.action {
            Action::Create => ("+", "is new"),
            Action::Update => ("~", "gets a new release"),
            Action::Publish => ("~", "is offered otherwise"),
            Action::Promote => ("~", "its newest draft goes live"),
            Action::Delete => ("-", "goes into the recycle bin"),
            Action::Keep => ("?", "has no file, and stays"),
            Action::None => ("=", "is as its file says"),
        };
        write!(f, "{sign} {} ({}): {says}", self.key, self.name)?;
        for change in &self.changes {
            write!(f, "\n    {change}")?;
        }
        if let Some(refused) = &self.refused {
            write!(f, "\n    refused: {refused}")?;
        }
        Ok(())
    }
}
