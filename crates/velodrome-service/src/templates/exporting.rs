//! Templates and cycles as documents for another installation (cycles.md §2, Export).

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use velodrome_connector::{
    catalogue::{BadPackage, View},
    json_form::{self, Extra},
};
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountScope, ConnectorId, CycleId, PartnerScope, StepId,
    TemplateId, TemplateReleaseId,
    cycle::{Cycle, CycleDocument, CycleSettings, MethodStep, Template, TemplateRelease},
    numbered::NumberedConnector,
};
use velodrome_store::{NewCategoryCopy, Unit};

use super::{
    TemplateError, Templates,
    connecting::Origins,
    exchange::{
        ConnectorName, ExportedConnector, Head, Link, StepFacts, Subject, TemplateHead, write,
    },
    installable, read_graph,
};

impl Templates {
    /// A release of a template as a document; the live one unless another is named, or the newest draft
    /// while nothing is live.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`], [`TemplateError::NoRelease`].
    pub async fn export(
        &self,
        partner: PartnerScope,
        template: TemplateId,
        release: Option<TemplateReleaseId>,
    ) -> Result<Value, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let found = unit.templates().get(template).await?;
        let template = found.ok_or(TemplateError::NotFound)?;
        let releases = unit.templates().releases(template.id).await?;
        drop(unit);
        let release = match release {
            Some(id) => releases.iter().find(|one| one.id == id),
            None => installable(&releases),
        };
        let release = release.ok_or(TemplateError::NoRelease)?;
        let unit = self.template_unit(partner).await?;
        let (cycle, document) = read_graph(&unit, release.cycle).await?;
        let origins = self.origins(&unit, &document).await?;
        drop(unit);
        let head = template_head(&template, release, &cycle);
        self.exported(partner, &head, &document, &origins).await
    }

    /// A cycle as a document.
    ///
    /// # Errors
    /// [`TemplateError::NoCycle`].
    pub async fn export_cycle(
        &self,
        actor: &AccountActor,
        id: CycleId,
    ) -> Result<Value, TemplateError> {
        let unit = self.bench.store.read(&actor.scope).await?;
        let cycle = unit.cycles().get(id).await?;
        let cycle = cycle.ok_or(TemplateError::NoCycle)?;
        let document = unit.cycles().document(id, cycle.version).await?.document;
        let mut origins = self.origins(&unit, &document).await?;
        drop(unit);
        if let Some(parent) = actor.parent {
            let scope = AccountScope {
                account: parent,
                ..actor.scope
            };
            let unit: Unit<AccountScope> = self.bench.store.read(&scope).await?;
            origins.0.extend(self.origins(&unit, &document).await?.0);
        }
        let head = Head {
            name: cycle.name,
            description: cycle.description,
            settings: cycle.settings,
            template: None,
        };
        let partner = super::installing::partner(actor);
        self.exported(partner, &head, &document, &origins).await
    }

    pub(super) async fn exported(
        &self,
        partner: PartnerScope,
        head: &Head,
        document: &CycleDocument,
        origins: &Origins,
    ) -> Result<Value, TemplateError> {
        let view = self.view(partner).await?;
        let mut instances: HashMap<AccountConnectorId, i64> = HashMap::new();
        let mut facts: BTreeMap<StepId, StepFacts> = BTreeMap::new();
        let mut used: Vec<ConnectorId> = Vec::new();
        for step in &document.steps {
            let Some(method) = step.method() else {
                continue;
            };
            let id = method.connector;
            let numbered = view.connector(id).ok_or(TemplateError::Undefined(id))?;
            if !used.contains(&id) {
                used.push(id);
            }
            let instance = method.account_connector.map(|id| {
                let next = i64::try_from(instances.len() + 1).unwrap_or(i64::MAX);
                *instances.entry(id).or_insert(next)
            });
            let copies = method
                .account_connector
                .and_then(|id| origins.0.get(&id))
                .map(|known| known.copies.as_slice())
                .unwrap_or_default();
            let copy = copies.iter().find(|copy| Some(copy.id) == method.category);
            let found = numbered.method_by_uid(method.method);
            let link = Link {
                connector: name_of(&view, id),
                instance,
                method_name: found.map(|found| found.method.name.clone()),
                method_key: found.map(|found| found.method.key.clone()),
                is_fresh: false,
                category: copy.map(|copy| NewCategoryCopy {
                    source_category: copy.source_category.clone(),
                    object_name: copy.object_name.clone(),
                    object_value: copy.object_value.clone(),
                }),
            };
            let sensitive = secrets(&numbered, method);
            facts.insert(step.id, StepFacts { link, sensitive });
        }
        let connectors = self.definitions(partner, &view, &used).await?;
        let subject = Subject {
            head,
            document,
            connectors,
        };
        Ok(write(&subject, &facts))
    }

    /// The definitions of connector releases, in the JSON form.
    async fn definitions(
        &self,
        partner: PartnerScope,
        view: &View,
        used: &[ConnectorId],
    ) -> Result<Vec<ExportedConnector>, TemplateError> {
        let unit = self.bench.store.read(&partner).await?;
        let mut definitions = Vec::with_capacity(used.len());
        for id in used {
            let release = view.release(*id).ok_or(TemplateError::Undefined(*id))?;
            let listed = release.listed();
            let kept = match listed.is_custom {
                true => unit.custom_connectors().extra(*id).await?,
                false => None,
            };
            let extra: Extra = match kept {
                Some(kept) => serde_json::from_value(kept).map_err(BadPackage::Json)?,
                None => Extra::default(),
            };
            let mut definition = release.package().definition();
            definition.unique_identifier = Some(listed.uid.0);
            definition.release = listed.release.clone();
            definitions.push(ExportedConnector {
                name: name_of(view, *id),
                definition: json_form::write(&definition, &extra),
            });
        }
        Ok(definitions)
    }
}

fn template_head(template: &Template, release: &TemplateRelease, cycle: &Cycle) -> Head {
    Head {
        name: template.name.clone(),
        description: template.description.clone(),
        settings: CycleSettings {
            tags: template.settings.tags.clone(),
            is_shareable: false,
            ..cycle.settings.clone()
        },
        template: Some(TemplateHead {
            note: template.settings.note.clone(),
            shares_custom_fields: template.settings.shares_custom_fields,
            interval: template.settings.interval,
            runs_once: template.settings.runs_once,
            fresh: template.settings.fresh.clone(),
            notes: release.notes.clone(),
        }),
    }
}

fn name_of(view: &View, id: ConnectorId) -> ConnectorName {
    let Some(release) = view.release(id) else {
        return ConnectorName::default();
    };
    let listed = release.listed();
    ConnectorName {
        uid: Some(listed.uid),
        slug: Some(listed.slug.clone()),
        name: Some(listed.name.clone()),
        version: listed.version.clone(),
        release: Some(listed.release.number),
    }
}

/// Targets of a step's parameters that hold secrets: what the definition calls sensitive, and what a step
/// that brings its own credentials authenticates with.
pub(super) fn secrets(numbered: &NumberedConnector, method: &MethodStep) -> Vec<String> {
    let mut secrets: Vec<String> = Vec::new();
    if let Some(found) = numbered.method_by_uid(method.method) {
        let parameters = found.parameters().into_iter();
        let sensitive = parameters.filter(|one| one.parameter.sensitive);
        secrets.extend(sensitive.map(|one| one.parameter.target_name.clone()));
    }
    const CREDENTIALS: &[&str] = &[
        "ApiKey",
        "Username",
        "Password",
        "AccessToken",
        "Token",
        "TokenSecret",
        "ClientSecret",
    ];
    secrets.extend(CREDENTIALS.iter().map(|name| (*name).to_owned()));
    for (_, authentication) in numbered.authentications() {
        let fields = authentication.auth_fields.iter();
        secrets.extend(fields.map(|field| field.name.clone()));
        let fields = authentication.fields.iter();
        let sensitive = fields.filter(|(_, field)| field.sensitive);
        secrets.extend(sensitive.map(|(name, _)| name.clone()));
    }
    secrets
}
