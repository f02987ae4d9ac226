//! What whoever installs a template has to set up (openapi: TemplatePrerequisiteStep).

use std::collections::{HashMap, HashSet};

use velodrome_model::{
    AccountActor, AccountScope, AnyActor, ConnectorId, TemplateId,
    cycle::{Cycle, CycleDocument, Step, StepKind, Variable},
};

use super::{
    TemplateError, Templates,
    choosing::{Choice, Offer, best_first, choose, needs},
    connecting::Used,
    installing::Installable,
};
use crate::{
    account_connectors::owners,
    cycles::{
        Design, FieldMapping, ParameterMapping,
        prerequisites::{Facts, Object, of_step},
    },
};

/// How much of a template's setup is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetupQuery {
    /// What may stay empty too.
    pub with_optional: bool,
    /// Custom fields of the account's connectors too; only for an account.
    pub looks_up_custom_fields: bool,
}

/// What a template's release asks whoever installs it.
pub struct TemplateSetup {
    design: Design,
    facts: Facts,
    /// Releases by the integers that people know them by.
    shown: HashMap<ConnectorId, ConnectorId>,
    with_optional: bool,
}

/// A step that has to be set up.
pub struct StepToSetUp<'a> {
    /// The step of the template.
    pub step: &'a Step,
    /// The release of its connector, as people are shown it; none for tools.
    pub connector: Option<ConnectorId>,
    /// Parameters that are to be mapped.
    pub parameters: Vec<ParameterMapping<'a>>,
    /// Request fields that are to be mapped.
    pub fields: Vec<FieldMapping<'a>>,
}

impl TemplateSetup {
    /// The steps, in run order: what customers set, and what nobody has set that is required. Tools are
    /// among them while they lack something.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn steps(&self) -> Result<Vec<StepToSetUp<'_>>, TemplateError> {
        let mut steps = Vec::new();
        for step in self.design.in_run_order() {
            let open = of_step(&self.design.document, step, &self.facts);
            let open: HashSet<&Object> = open.iter().map(|one| &one.object).collect();
            let known = self.facts.0.get(&step.id);
            let is_required = |object: &Object| {
                open.contains(object)
                    || known.is_some_and(|known| match object {
                        Object::Parameter(id) => {
                            known.required_parameters.iter().any(|(own, _)| own == id)
                        }
                        Object::Field(id) => known.required_fields.iter().any(|(own, _)| own == id),
                        _ => false,
                    })
            };
            let is_wanted = |object: Object, is_visible: bool| {
                open.contains(&object)
                    || (is_visible && (self.with_optional || is_required(&object)))
            };
            let mut parameters = self.design.parameters(step.id)?;
            parameters.retain(|one| is_wanted(Object::Parameter(one.id), one.is_launch_visible));
            let mut fields = self.design.fields(step.id)?;
            fields.retain(|one| is_wanted(Object::Field(one.field.id), one.is_launch_visible));
            let is_tool = !matches!(step.kind, StepKind::Method(_));
            if !parameters.is_empty() || !fields.is_empty() || (is_tool && !open.is_empty()) {
                let release = step.method().map(|method| method.connector);
                steps.push(StepToSetUp {
                    step,
                    connector: release.and_then(|id| self.shown.get(&id).copied()),
                    parameters,
                    fields,
                });
            }
        }
        Ok(steps)
    }

    /// The variables that customers set.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let all = self.design.document.variables.iter();
        all.filter(|variable| variable.is_launch_visible)
    }
}

impl Templates {
    /// What a template's release asks whoever installs it.
    ///
    /// # Errors
    /// [`TemplateError::NotFound`], [`TemplateError::NoRelease`].
    pub async fn setup(
        &self,
        actor: &AnyActor,
        id: TemplateId,
        query: SetupQuery,
    ) -> Result<TemplateSetup, TemplateError> {
        let from = self.installable(actor.partner(), id).await?;
        let (acting, cycle, document) = match actor {
            AnyActor::Account(actor) if query.looks_up_custom_fields => {
                let document = self.as_of_account(actor, &from).await?;
                (actor.clone(), from.cycle, document)
            }
            AnyActor::Account(_) | AnyActor::Partner(_) => {
                let acting = self.template_actor(actor).await?;
                (acting, from.cycle, from.document)
            }
        };
        let design = self.design(&acting, cycle, document).await?;
        let facts = design.connectors.facts(&design.document)?;
        let view = self.view(actor.partner()).await?;
        let methods = design.document.steps.iter().filter_map(Step::method);
        let shown = methods.filter_map(|method| {
            let release = view.release(method.connector)?;
            Some((method.connector, release.listed().shown))
        });
        Ok(TemplateSetup {
            shown: shown.collect(),
            design,
            facts,
            with_optional: query.with_optional,
        })
    }

    async fn design(
        &self,
        actor: &AccountActor,
        cycle: Cycle,
        document: CycleDocument,
    ) -> Result<Design, TemplateError> {
        Ok(Box::pin(self.cycles.design_with(actor, cycle, document)).await?)
    }

    /// The release's graph with the connectors that the account has, whose custom fields are looked for.
    async fn as_of_account(
        &self,
        actor: &AccountActor,
        from: &Installable,
    ) -> Result<CycleDocument, TemplateError> {
        let view = self.view(actor_partner(actor)).await?;
        let used = Used::of(&from.document, &view)?;
        let mut known = Vec::new();
        for (place, scope) in owners(actor).enumerate() {
            let unit = self.bench.store.read(&scope).await?;
            let all = unit.account_connectors().all().await?;
            known.extend(all.into_iter().map(|one| (place == 0, one)));
        }
        let offer = Offer {
            installed: best_first(known),
            ..Offer::default()
        };
        let needs = needs(&from.document, |id| used.uid(id)).map_err(TemplateError::Undefined)?;
        let chosen: HashMap<_, _> = needs
            .iter()
            .zip(choose(&needs, &offer))
            .map(|(need, choice)| ((need.uid, need.template), choice))
            .collect();
        let mut document = from.document.clone();
        for method in document
            .steps
            .iter_mut()
            .filter_map(|step| step.method_mut())
        {
            let uid = used.uid(method.connector);
            let choice = uid.and_then(|uid| chosen.get(&(uid, method.account_connector)));
            method.account_connector = match choice {
                Some(Choice::Use(id)) => Some(*id),
                Some(Choice::Install) | None => None,
            };
            method.category = None;
            if let Some(id) = method.account_connector {
                self.custom_fields.open(actor, id).await?;
            }
        }
        Ok(document)
    }

    /// Whoever asks, in the template account.
    pub(super) async fn template_actor(
        &self,
        actor: &AnyActor,
    ) -> Result<AccountActor, TemplateError> {
        let unit = self.bench.store.read(&actor.partner()).await?;
        let id = super::template_account(&unit).await?;
        let account = unit.accounts().get(id).await?;
        let account = account.ok_or(TemplateError::AccountGone)?;
        let principal = match actor {
            AnyActor::Partner(actor) => actor.principal.clone(),
            AnyActor::Account(actor) => actor.principal.clone(),
        };
        Ok(AccountActor {
            scope: AccountScope {
                partner: actor.partner().partner,
                account: id,
            },
            key: account.key,
            parent: None,
            restricted: false,
            principal,
        })
    }
}

use super::installing::partner as actor_partner;
