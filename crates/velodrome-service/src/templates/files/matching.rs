//! What a file changes of a template, and which of its steps are the same as before.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Number, Value};

use velodrome_model::cycle::Kept;

use super::{
    KEY, Lineage, Revision, Unreadable,
    difference::{Difference, differences},
    from_document::understood_of,
    model::{StepFile, TemplateFile},
    to_document::id,
};

/// What a file changes.
#[derive(Clone, Debug)]
pub struct Change {
    /// One by one; none where the template is as the file says.
    pub differences: Vec<Difference>,
    /// The file with everything that it leaves as it is.
    pub file: TemplateFile,
    /// What its steps are known by.
    pub lineage: Lineage,
}

impl TemplateFile {
    /// What this file, called `key`, changes of a template.
    pub fn change_of(&self, key: &str, now: &Revision) -> Change {
        let former = self.former_keys(now);
        let lineage = former
            .iter()
            .filter_map(|(own, former)| Some((own.clone(), *now.lineage.0.get(former)?)));
        let lineage = Lineage(lineage.collect::<BTreeMap<_, _>>());
        let before = renamed(now, &former);
        let file = self.filled_in(&before).normal();
        let mut found = differences(&before, &file);
        // A new key is a change that is kept with the step, or the next comparison would guess again.
        for (own, former) in former.iter().filter(|(own, former)| own != former) {
            found.push(Difference {
                path: vec!["steps".into(), own.clone(), "key".into()],
                before: Some(Value::from(former.as_str())),
                after: Some(Value::from(own.as_str())),
            });
        }
        if now.key.as_deref().is_some_and(|known| known != key) {
            found.push(Difference {
                path: vec!["key".into()],
                before: now.key.as_deref().map(Value::from),
                after: Some(Value::from(key)),
            });
        }
        Change {
            differences: found,
            file,
            lineage,
        }
    }

    /// The steps that were there before, and what they are called there: those of the same key, and those
    /// that were renamed, which is to say that they are the only ones on both sides that do the same thing.
    fn former_keys(&self, now: &Revision) -> BTreeMap<String, String> {
        let theirs = &now.file.steps;
        let mut former: BTreeMap<String, String> = self
            .steps
            .keys()
            .filter(|key| theirs.contains_key(*key))
            .map(|key| (key.clone(), key.clone()))
            .collect();
        let taken: HashSet<String> = former.values().cloned().collect();
        let mut left: HashMap<String, Vec<&String>> = HashMap::new();
        for (key, step) in theirs.iter().filter(|(key, _)| !taken.contains(*key)) {
            left.entry(deed(step)).or_default().push(key);
        }
        let mut new: HashMap<String, Vec<&String>> = HashMap::new();
        for (key, step) in &self.steps {
            if !former.contains_key(key) {
                new.entry(deed(step)).or_default().push(key);
            }
        }
        for (deed, keys) in new {
            if let ([own], Some([known])) = (&keys[..], left.get(&deed).map(Vec::as_slice)) {
                former.insert((*own).clone(), (*known).clone());
            }
        }
        former
    }

    /// This file with everything that it leaves as it is.
    fn filled_in(&self, now: &Self) -> Self {
        let mut filled = self.clone();
        filled.published = filled.published.or(now.published);
        if filled.release_notes.is_none() {
            filled.release_notes.clone_from(&now.release_notes);
        }
        for (slug, known) in &now.connectors {
            let uses = |step: &StepFile| step.named_method().is_some_and(|(own, _)| own == slug);
            if !filled.steps.values().any(uses) {
                continue;
            }
            let own = filled.connectors.entry(slug.clone()).or_default();
            own.release = own.release.or(known.release);
        }
        for (key, step) in &mut filled.steps {
            let Some(known) = now.steps.get(key) else {
                continue;
            };
            if step.at.is_none() {
                let corner = || [Number::from(0), Number::from(0)];
                step.at = Some(known.at.clone().unwrap_or_else(corner));
            }
            let slug = |step: &StepFile| Some(step.named_method()?.0.to_owned());
            let own = slug(step).and_then(|slug| self.connectors.get(&slug));
            let says_release = own.is_some_and(|own| own.release.is_some());
            if slug(step) == slug(known) && !says_release {
                step.release = step.release.or(known.release);
            }
        }
        filled
    }
}

/// What is different between two documents whose steps have the same ids, in the words of files. Neither is
/// thought to be a template, so what only those have is not compared.
///
/// # Errors
/// [`Unreadable`] when one of them is no document of a graph.
pub(in crate::templates) fn differences_of(
    before: Value,
    after: Value,
) -> Result<Vec<Difference>, Unreadable> {
    let mut before = understood_of(before)?;
    let mut after = understood_of(after)?;
    let keys = super::from_document::keys(&after.document);
    for document in [&mut before.document, &mut after.document] {
        document.kept = Kept::default();
        for step in &document.steps {
            if let Some(key) = keys.get(&step.id) {
                let kept = document.kept.steps.entry(step.id).or_default();
                kept.insert(KEY.into(), key.as_str().into());
            }
        }
    }
    let (before, after) = (Revision::of(&before)?, Revision::of(&after)?);
    Ok(differences(&before.file, &after.file))
}

/// What a step does, apart from how it is set up.
fn deed(step: &StepFile) -> String {
    match (step.named_method(), &step.webhook) {
        (Some((slug, key)), webhook) => format!("{slug}/{key} {}", webhook.is_some()),
        (None, _) if step.decision.is_some() => "decision".to_owned(),
        (None, _) if step.delay.is_some() => "delay".to_owned(),
        (None, _) if step.wait_until.is_some() => "wait until".to_owned(),
        (None, _) if step.wait_all => "wait all".to_owned(),
        (None, _) => "annotation".to_owned(),
    }
}

/// What is there now, with the keys that its steps have in the file.
fn renamed(now: &Revision, former: &BTreeMap<String, String>) -> TemplateFile {
    let mut understood = now.file.understood(&Lineage::default());
    for (own, former) in former {
        if let Some(kept) = understood.document.kept.steps.get_mut(&id(former)) {
            kept.insert(KEY.into(), own.as_str().into());
        }
    }
    match Revision::of(&understood) {
        Ok(written) => TemplateFile {
            published: now.file.published,
            ..written.file
        },
        // An export that was read names the connector of every method.
        Err(_) => now.file.clone(),
    }
}
