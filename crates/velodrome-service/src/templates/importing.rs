//! Documents of other installations as templates and cycles (cycles.md §2, Import). All or nothing.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use serde_json::Value;
use uuid::Uuid;
use velodrome_connector::catalogue::View;
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountId, AnyActor, CategoryCopy, CategoryCopyId,
    ConnectorId, ConnectorOwner, ConnectorUid, CycleId, FolderId, PartnerActor, PartnerScope,
    ReleaseVersion, StepId, TemplateId,
    cycle::{CycleDocument, CycleSchedule, Exit, Source, Step},
    definition::{MethodType, ReleaseLevel, ReleaseStatus},
    numbered::{NumberedConnector, NumberedMethod},
};
use velodrome_store::{CustomContent, Deed, NewCycle, NewDraft, NewTemplate, Publication, Unit};

use super::{
    Draft, Incompatibility, ShownTemplate, TemplateError, Templates,
    choosing::Offer,
    connecting::{Connecting, Known, Origins, Used},
    copying::{Renaming, lineage},
    exchange::{ExportedConnector, Link, Misunderstood, Understood, read},
    installing::partner,
    live, read_graph,
    releases::promoted,
    settings::checked_tags,
    template_account,
};
use crate::{Viewer, custom_connectors::Given, cycles::give_webhook_keys};

/// Where an imported template goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportTarget {
    /// A new template in this folder; none is the root.
    New(Option<FolderId>),
    /// A draft of this template.
    Draft(TemplateId),
}

/// What an import does besides making a release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// An existing template's name, description, note, tags and settings become the document's.
    pub replaces_settings: bool,
    /// The release goes live.
    pub promotes: bool,
    /// The template is offered to accounts, or no longer.
    pub publishes: Option<bool>,
    /// Nothing is made; only what would be is checked and shown.
    pub is_rehearsal: bool,
}

/// A connector that a document brings along and nobody has here.
struct Brought {
    uid: ConnectorUid,
    name: String,
    content: CustomContent,
    definition: velodrome_model::definition::ConnectorDefinition,
}

/// A document whose every step has its method here, or in a connector that it brings along.
struct Resolved {
    understood: Understood,
    used: Used,
    brought: Vec<Brought>,
    /// Steps whose connectors are brought along.
    pending: HashMap<StepId, ConnectorUid>,
}

impl Templates {
    /// Whether an import can go there; asked before the document is looked at (api.md §4).
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub async fn check_target(
        &self,
        partner: PartnerScope,
        target: ImportTarget,
    ) -> Result<(), TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        match target {
            ImportTarget::New(None) => Ok(()),
            ImportTarget::New(Some(folder)) => {
                let all = unit.template_folders().all().await?;
                let is_there = all.iter().any(|one| one.id == folder);
                is_there
                    .then_some(())
                    .ok_or(TemplateError::Unknown("folderid"))
            }
            ImportTarget::Draft(template) => {
                let found = unit.templates().get(template).await?;
                found.ok_or(TemplateError::Unknown("templateid"))?;
                Ok(())
            }
        }
    }

    /// Makes a template, or a draft of one, of a document. A draft keeps what documents don't hold of the
    /// newest release: the template's account connectors and secrets, of steps and variables that stay.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is made or installed then.
    pub async fn import(
        &self,
        actor: &PartnerActor,
        target: ImportTarget,
        options: ImportOptions,
        document: Value,
    ) -> Result<ShownTemplate, TemplateError> {
        self.check_target(actor.scope, target).await?;
        let acting = self
            .template_actor(&AnyActor::Partner(actor.clone()))
            .await?;
        let resolved = self.resolved(&acting, true, document).await?;
        let view = self.view(actor.scope).await?;

        let unit = self.bench.store.begin(&actor.scope).await?;
        let mut releases = match target {
            ImportTarget::New(folder) => {
                super::check_folder(&unit, folder).await?;
                Vec::new()
            }
            ImportTarget::Draft(template) => {
                let found = unit.templates().hold(template).await?;
                found.ok_or(TemplateError::Unknown("templateid"))?;
                unit.templates().releases(template).await?
            }
        };
        let base = match releases.last() {
            Some(newest) => {
                let part = unit.part_for(template_account(&unit).await?).await?;
                let base = read_graph(&part, newest.cycle).await?.1;
                part.commit().await?;
                Some(Base {
                    document: base,
                    view: &view,
                })
            }
            None => None,
        };
        let owner = ConnectorOwner::Partner;
        let settled = self.settle(&unit, &acting, owner, resolved, true, base);
        let (head, document) = settled.await?;
        let steps = document.steps.len();
        let shared = head.template.clone().unwrap_or_default();
        let settings = velodrome_model::cycle::TemplateSettings {
            note: shared.note,
            tags: checked_tags(&head.settings.tags)?,
            shares_custom_fields: shared.shares_custom_fields,
            interval: shared.interval,
            runs_once: shared.runs_once,
            fresh: shared.fresh,
        };
        let connectors = super::connectors_of(&document, &view, &settings.fresh);
        let draft = Draft {
            name: head.name.clone(),
            description: head.description.clone(),
            settings: head.settings.clone(),
            document,
            notes: shared.notes,
        };
        let (template, mut release) = match target {
            ImportTarget::Draft(template) => {
                let made = self.insert_release(&unit, &actor.principal, template, &releases, draft);
                (template, made.await?)
            }
            ImportTarget::New(folder) => {
                let new = NewTemplate {
                    id: TemplateId(Uuid::new_v4()),
                    name: head.name.clone(),
                    description: head.description.clone(),
                    folder,
                    settings: settings.clone(),
                };
                let id = new.id;
                (id, self.insert(&unit, &actor.principal, new, draft).await?)
            }
        };
        if options.promotes {
            release = promoted(&unit, &actor.principal, &releases, release).await?;
        }
        releases.retain(|one| one.status != ReleaseStatus::Live || !options.promotes);
        releases.push(release.clone());
        let found = unit.templates().get(template).await?;
        let mut shown = found.ok_or(TemplateError::Changed)?;
        if options.replaces_settings {
            shown.name = head.name;
            shown.description = head.description;
            shown.settings = settings;
        }
        if let Some(publishes) = options.publishes {
            if publishes {
                live(&releases).ok_or(TemplateError::NothingLive)?;
            }
            shown.is_published = publishes;
        }
        unit.templates().save(&shown).await?;
        let deed = Deed {
            action: "template.imported",
            object_type: "Template",
            object_id: template.to_string(),
            comment: Some(format!("release {}", release.number)),
            ..Deed::default()
        };
        unit.audit(&actor.principal, deed).await?;
        if options.is_rehearsal {
            // Dropped, the unit has made nothing.
            return Ok(ShownTemplate {
                live: live(&releases).map(|live| live.id),
                template: shown,
                connectors,
                steps,
            });
        }
        unit.commit().await?;
        self.installations.forget_all();
        self.get(actor.scope, template).await
    }

    /// Makes a paused cycle of a document.
    ///
    /// # Errors
    /// As [`TemplateError`] says; nothing is made or installed then.
    pub async fn import_cycle(
        &self,
        actor: &AccountActor,
        document: Value,
    ) -> Result<CycleId, TemplateError> {
        let resolved = self.resolved(actor, false, document).await?;
        let unit = self.bench.store.begin(&partner(actor)).await?;
        let owner = ConnectorOwner::Account(actor.scope.account);
        let (head, document) = self
            .settle(&unit, actor, owner, resolved, false, None)
            .await?;
        let part = unit.part_for(actor.scope.account).await?;
        let cycle = part
            .cycles()
            .insert(NewCycle {
                id: CycleId(Uuid::new_v4()),
                name: head.name,
                description: head.description,
                settings: velodrome_model::cycle::CycleSettings {
                    tags: checked_tags(&head.settings.tags)?,
                    ..head.settings
                },
                origin: None,
                schedule: CycleSchedule::default(),
                document: document.clone(),
            })
            .await?;
        give_webhook_keys(&part, cycle.id, &document).await?;
        let deed = Deed {
            action: "cycle.imported",
            object_type: "Cycle",
            object_id: cycle.id.to_string(),
            ..Deed::default()
        };
        part.audit(&actor.principal, deed).await?;
        part.commit().await?;
        unit.commit().await?;
        self.installations.forget_all();
        Ok(cycle.id)
    }

    /// Understands a document and finds every method that it names.
    async fn resolved(
        &self,
        actor: &AccountActor,
        is_template: bool,
        document: Value,
    ) -> Result<Resolved, TemplateError> {
        let understood = tokio::task::spawn_blocking(move || read(document, Uuid::new_v4)).await;
        let mut understood = match understood {
            Ok(Ok(understood)) => understood,
            Ok(Err(Misunderstood::NoDocument(why))) => return Err(TemplateError::NoDocument(why)),
            Ok(Err(Misunderstood::Parts(parts))) => return Err(TemplateError::Incompatible(parts)),
            Err(failed) => std::panic::resume_unwind(failed.into_panic()),
        };
        let view = self.bench.connectors(Viewer::from(actor)).await?;
        let partner = partner(actor);
        let may_bring = is_template
            || self
                .settings
                .general(partner)
                .await?
                .custom_connectors_enabled;
        let mut finder = Finder {
            view: &view,
            exported: &understood.connectors,
            brought: BTreeMap::new(),
            used: Used::default(),
            pending: HashMap::new(),
            faults: Vec::new(),
            may_bring,
        };
        for step in &mut understood.document.steps {
            let (id, name) = (step.id, step.name.clone());
            let mut fresh = None;
            let exits = exits(&understood.document.edges, id);
            let Some(method) = step.method_mut() else {
                continue;
            };
            let plain = Link::default();
            let link = understood.links.get(&id).unwrap_or(&plain);
            let found = finder.find(method.method, link).await;
            let numbered = match found {
                Ok(Found::Here(numbered)) => {
                    finder.used.add(Arc::clone(&numbered));
                    numbered
                }
                Ok(Found::Brought(uid, numbered)) => {
                    finder.pending.insert(id, uid);
                    numbered
                }
                Err(reason) => {
                    finder.fault(&name, method.method.0, reason);
                    continue;
                }
            };
            method.connector = numbered.id();
            let Some(of) = method_of(&numbered, method.method, link) else {
                let named = &numbered.definition().name;
                let reason = match &link.method_key {
                    Some(key) => format!("connector {named} has no method {key}"),
                    None => format!("connector {named} has no such method"),
                };
                finder.fault(&name, method.method.0, reason);
                continue;
            };
            method.method = of.uid;
            if link.is_fresh {
                fresh = Some(numbered.uid());
            }
            method.is_webhook = of.method.kind == MethodType::Webhook;
            // Documents made elsewhere say it only by their connections.
            method.decides |= exits.contains(&Exit::True) || exits.contains(&Exit::False);
            if method.decides && exits.contains(&Exit::Forward) {
                let reason = "a step with a condition has no exit Forward".to_owned();
                finder.fault(&name, method.method.0, reason);
            }
            if let (Some(uid), Some(template)) = (fresh, &mut understood.head.template)
                && !template.fresh.contains(&uid)
            {
                template.fresh.push(uid);
            }
        }
        if !finder.faults.is_empty() {
            return Err(TemplateError::Incompatible(finder.faults));
        }
        let (used, pending) = (finder.used, finder.pending);
        let brought = finder.brought.into_values().collect();
        Ok(Resolved {
            understood,
            used,
            brought,
            pending,
        })
    }

    /// Installs what a document brings along, and gives its graph connectors of the account and ids of its
    /// own. A template's steps remember what they were in the document, so that the next import of it can
    /// upgrade what is installed of this one.
    async fn settle(
        &self,
        unit: &Unit<PartnerScope>,
        actor: &AccountActor,
        owner: ConnectorOwner,
        resolved: Resolved,
        remembers: bool,
        base: Option<Base<'_>>,
    ) -> Result<(super::exchange::Head, CycleDocument), TemplateError> {
        let Resolved {
            understood,
            mut used,
            brought,
            pending,
        } = resolved;
        let Understood {
            head,
            mut document,
            links,
            ..
        } = understood;
        if !brought.is_empty() {
            unit.custom_connectors().announce_change().await?;
        }
        let mut made = HashMap::new();
        for one in brought {
            let uid = one.uid;
            let numbered = bring(unit, actor, owner, one).await?;
            made.insert(uid, numbered.id());
            used.add(numbered);
        }
        let mut origins = Origins::default();
        let mut next_copy = i32::MIN;
        for step in &mut document.steps {
            let id = step.id;
            if remembers {
                step.origin = Some(lineage(step));
            }
            let Some(method) = step.method_mut() else {
                continue;
            };
            if let Some(connector) = pending.get(&id).and_then(|uid| made.get(uid)) {
                method.connector = *connector;
            }
            let link = links.get(&id);
            let instance = link.and_then(|link| link.instance);
            let instance = instance.and_then(|number| i32::try_from(number).ok());
            method.account_connector = instance.map(AccountConnectorId);
            if let Some(category) = link.and_then(|link| link.category.as_ref()) {
                let key = method.account_connector.unwrap_or(AccountConnectorId(0));
                let known = origins.0.entry(key).or_insert_with(Known::default);
                // No object here has a number below 0, so these are the document's.
                let copy = CategoryCopyId(next_copy);
                next_copy += 1;
                known.copies.push(CategoryCopy {
                    id: copy,
                    source_category: category.source_category.clone(),
                    object_name: category.object_name.clone(),
                    object_value: category.object_value.clone(),
                });
                method.category = Some(copy);
            }
        }
        let part = unit.part_for(actor.scope.account).await?;
        let mut in_use = HashMap::new();
        if let Some(base) = &base {
            let own = part.account_connectors().all().await?;
            let own: HashSet<AccountConnectorId> = own.iter().map(|one| one.id).collect();
            in_use = base.account_connectors(&document, &used);
            in_use.retain(|_, id| own.contains(id));
            base.keep_secrets(&mut document, &used);
        }
        let names = Renaming::fresh(&document, Uuid::new_v4);
        let mut document = names.copy(&document, Uuid::new_v4);
        let connecting = Connecting {
            actor,
            origins: &origins,
            used: &used,
            offer: Offer {
                in_use,
                ..Offer::default()
            },
            settled: HashSet::new(),
            shares_custom_fields: false,
        };
        self.connect(&part, connecting, &mut document).await?;
        part.commit().await?;
        Ok((head, document))
    }
}

/// The release that a draft follows, with what documents don't hold.
struct Base<'a> {
    document: CycleDocument,
    view: &'a View,
}

impl Base<'_> {
    /// Each step of a document with the one that it was.
    fn same_steps<'b, 'd>(&'b self, document: &'d CycleDocument) -> Vec<(&'d Step, &'b Step)> {
        let former: HashMap<StepId, &Step> = self
            .document
            .steps
            .iter()
            .map(|step| (lineage(step), step))
            .collect();
        let steps = document.steps.iter();
        steps
            .filter_map(|step| Some((step, *former.get(&lineage(step))?)))
            .collect()
    }

    /// The template's account connectors, by the document's.
    fn account_connectors(
        &self,
        document: &CycleDocument,
        used: &Used,
    ) -> HashMap<AccountConnectorId, AccountConnectorId> {
        let same = self
            .same_steps(document)
            .into_iter()
            .filter_map(|(step, former)| {
                let (method, former) = (step.method()?, former.method()?);
                let known = self.view.release(former.connector)?.listed().uid;
                let ids = (method.account_connector?, former.account_connector?);
                (used.uid(method.connector) == Some(known)).then_some(ids)
            });
        same.collect()
    }

    /// Gives parameters and variables that hold secrets the values that they had.
    fn keep_secrets(&self, document: &mut CycleDocument, used: &Used) {
        let same = self.same_steps(document).into_iter();
        let same: Vec<_> = same.map(|(step, former)| (step.id, former)).collect();
        let names = Renaming::of(same.iter().map(|(id, former)| (former.id, *id)));
        for (id, former) in same {
            let Some((method, former)) = document
                .step_mut(id)
                .and_then(Step::method_mut)
                .zip(former.method())
            else {
                continue;
            };
            let Some(numbered) = used.get(method.connector) else {
                continue;
            };
            if method.method != former.method {
                continue;
            }
            for target in super::exporting::secrets(numbered, method) {
                let Some(mapping) = method.parameters.get_mut(&target) else {
                    continue;
                };
                let Some(known) = former.parameters.get(&target) else {
                    continue;
                };
                for (own, known) in [
                    (&mut mapping.source, &known.source),
                    (&mut mapping.suggested, &known.suggested),
                ] {
                    let is_left_out = matches!(
                        (&*own, known),
                        (
                            Some(Source::Static { value: None }),
                            Some(Source::Static { value: Some(_) })
                        ) | (
                            Some(Source::ValueList { value: None }),
                            Some(Source::ValueList { value: Some(_) })
                        )
                    );
                    if is_left_out {
                        own.clone_from(known);
                        own.iter_mut().for_each(|source| names.rename(source));
                    }
                }
            }
        }
        for variable in &mut document.variables {
            let known = self.document.variable(&variable.system_name);
            if let Some(known) = known
                && variable.is_sensitive
                && known.is_sensitive
                && variable.value.is_none()
            {
                variable.value.clone_from(&known.value);
            }
        }
    }
}

/// The method that a document names, by its stable id or by its key.
fn method_of<'c>(
    numbered: &'c NumberedConnector,
    uid: velodrome_model::MethodUid,
    link: &Link,
) -> Option<NumberedMethod<'c>> {
    if !uid.0.is_nil() {
        return numbered.method_by_uid(uid);
    }
    numbered.method_by_key(link.method_key.as_ref()?)
}

fn exits(edges: &[velodrome_model::cycle::Edge], of: StepId) -> HashSet<Exit> {
    edges
        .iter()
        .filter(|edge| edge.tail == of)
        .map(|edge| edge.exit)
        .collect()
}

/// Where a step's method was found.
enum Found {
    /// In a release that is here.
    Here(Arc<NumberedConnector>),
    /// In one that the document brings along.
    Brought(ConnectorUid, Arc<NumberedConnector>),
}

struct Finder<'a> {
    view: &'a View,
    exported: &'a [ExportedConnector],
    brought: BTreeMap<ConnectorUid, Brought>,
    used: Used,
    pending: HashMap<StepId, ConnectorUid>,
    faults: Vec<Incompatibility>,
    may_bring: bool,
}

impl Finder<'_> {
    fn fault(&mut self, step: &str, method: Uuid, reason: String) {
        self.faults.push(Incompatibility {
            step: Some(step.to_owned()),
            method: Some(method).filter(|method| !method.is_nil()),
            reason,
        });
    }

    /// The connector of a method: the very release that the document names, else the live one of the
    /// connector, else what the document brings along; where it names no connector, the one whose live
    /// release has the method.
    async fn find(
        &mut self,
        method: velodrome_model::MethodUid,
        link: &Link,
    ) -> Result<Found, String> {
        let Some(uid) = self.uid_of(link) else {
            if let (Some(slug), None) = (&link.connector.slug, &link.connector.name) {
                return Err(format!(
                    "connector {slug} is not here; install or import its definition first"
                ));
            }
            let here = self.view.all_live().into_iter().find_map(|release| {
                let numbered = self.view.connector(release.id())?;
                method_of(&numbered, method, link)?;
                Some(numbered)
            });
            if let Some(numbered) = here {
                return Ok(Found::Here(numbered));
            }
            for at in 0..self.exported.len() {
                let Some(uid) = self.exported[at].name.uid else {
                    continue;
                };
                if let Ok(found) = self.bring_along(uid).await
                    && found.method_by_uid(method).is_some()
                {
                    return Ok(Found::Brought(uid, found));
                }
            }
            return Err("no connector here has this method, and the document brings none".into());
        };
        let has = |id: ConnectorId| {
            let numbered = self.view.connector(id)?;
            method_of(&numbered, method, link)?;
            Some(numbered)
        };
        let own: Vec<_> = self
            .view
            .all()
            .filter(|release| release.listed().uid == uid)
            .filter(|release| release.listed().release.status != ReleaseStatus::Draft)
            .collect();
        let exact = own
            .iter()
            .find(|release| Some(release.listed().release.number) == link.connector.release);
        // Whoever names a connector by its slug and a release means that one and no other.
        if let (Some(slug), Some(number), None) =
            (&link.connector.slug, link.connector.release, exact)
            && link.connector.uid.is_none()
            && !own.is_empty()
        {
            return Err(format!(
                "release {number} of connector {slug} is not here; leave it out to take the live one"
            ));
        }
        let live = self.view.live(uid);
        if let Some(numbered) = exact
            .and_then(|release| has(release.id()))
            .or_else(|| has(live?.id()))
        {
            return Ok(Found::Here(numbered));
        }
        if !own.is_empty() {
            let name = link
                .connector
                .name
                .as_ref()
                .or(link.connector.slug.as_ref());
            let name = name.cloned().unwrap_or_default();
            let method = match &link.method_key {
                Some(key) => format!("the method {key}"),
                None => "this method".to_owned(),
            };
            return Err(format!(
                "connector {name} is here, but none of its releases that can be installed has {method}"
            ));
        }
        let numbered = self.bring_along(uid).await?;
        Ok(Found::Brought(uid, numbered))
    }

    /// The stable id of the connector that a step names, by id or by name.
    fn uid_of(&self, link: &Link) -> Option<ConnectorUid> {
        if let Some(uid) = link.connector.uid {
            return Some(uid);
        }
        if let Some(slug) = &link.connector.slug {
            let here = self.view.all().find(|one| one.listed().slug == *slug);
            let brought = self.exported.iter();
            let mut brought = brought.filter(|one| one.name.slug.as_ref() == Some(slug));
            let here = here.map(|one| one.listed().uid);
            if let Some(uid) = here.or_else(|| brought.next()?.name.uid) {
                return Some(uid);
            }
        }
        let name = link.connector.name.as_ref()?;
        let exported = self.exported.iter().find(|one| {
            let own = one.name.name.as_ref();
            own.is_some_and(|own| own.eq_ignore_ascii_case(name))
        });
        let here = || Some(self.view.versions(name).first()?.listed().uid);
        exported.and_then(|one| one.name.uid).or_else(here)
    }

    async fn bring_along(&mut self, uid: ConnectorUid) -> Result<Arc<NumberedConnector>, String> {
        if let Some(known) = self.brought.get(&uid) {
            return Ok(provisional(known));
        }
        let exported = self.exported.iter().find(|one| one.name.uid == Some(uid));
        let Some(exported) = exported else {
            return Err(format!(
                "connector {uid} is not here, and the document does not bring it along"
            ));
        };
        let name = exported.name.name.clone().unwrap_or_default();
        if !self.may_bring {
            return Err(format!(
                "connector {name} is not here, and custom connectors are disabled"
            ));
        }
        let given = Given::Json(exported.definition.clone()).understand().await;
        let mut understood = given.map_err(|faults| {
            let errors = faults.iter().filter(|fault| fault.is_error());
            let errors: Vec<String> = errors.map(ToString::to_string).collect();
            format!("connector {name} is invalid ({})", errors.join(", "))
        })?;
        understood.definition.unique_identifier = Some(uid.0);
        let content = understood
            .content()
            .map_err(|error| format!("connector {name} is invalid ({error})"))?;
        let brought = Brought {
            uid,
            name,
            content,
            definition: understood.definition,
        };
        let numbered = provisional(&brought);
        self.brought.insert(uid, brought);
        Ok(numbered)
    }
}

/// A connector that has no integers here yet.
fn provisional(brought: &Brought) -> Arc<NumberedConnector> {
    Arc::new(NumberedConnector::new(
        ConnectorId(0),
        brought.definition.clone(),
    ))
}

/// Makes a connector that a document brings along, live at once.
async fn bring(
    unit: &Unit<PartnerScope>,
    actor: &AccountActor,
    owner: ConnectorOwner,
    brought: Brought,
) -> Result<Arc<NumberedConnector>, TemplateError> {
    let rows = unit.custom_connectors();
    if rows.by_uid(brought.uid).await?.is_some() {
        // One that the actor can't see, or a draft; its owner decides about it.
        return Err(TemplateError::Incompatible(vec![Incompatibility {
            step: None,
            method: None,
            reason: format!(
                "connector {} is that of another account, or a draft that was never live",
                brought.name
            ),
        }]));
    }
    let connector = rows.insert(owner, brought.uid).await?;
    let draft = NewDraft {
        number: 1,
        version: ReleaseVersion::FIRST,
        content: brought.content,
    };
    rows.insert_draft(&connector, draft).await?;
    let releases = rows.releases(&connector).await?;
    let release = releases.first().ok_or(TemplateError::Changed)?.id;
    let publication = Publication {
        level: ReleaseLevel::Major,
        version: ReleaseVersion::FIRST,
        notes: None,
    };
    rows.publish(&connector, release, publication).await?;
    let account: Option<AccountId> = Some(actor.scope.account);
    let deed = Deed {
        action: "custom_connector.created",
        object_type: "CustomConnector",
        object_id: connector.number.to_string(),
        account,
        comment: Some("brought along by an import".to_owned()),
    };
    unit.audit(&actor.principal, deed).await?;
    Ok(Arc::new(NumberedConnector::new(
        release,
        brought.definition,
    )))
}
