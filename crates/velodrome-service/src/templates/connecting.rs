//! Giving an installed graph the account's connectors: those that it has, and new ones where it has none
//! (cycles.md §2, Install).

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use velodrome_connector::catalogue::View;
use velodrome_model::{
    AccountActor, AccountConnector, AccountConnectorId, AccountScope, AuthenticationId,
    CategoryCopy, CategoryCopyId, ConnectorId, ConnectorUid, StepId, cycle::CycleDocument,
    numbered::NumberedConnector,
};
use velodrome_store::{
    Deed, NewAccountConnector, NewCategoryCopy, StoreError, StoredCustomField, Unit,
};

use super::{
    TemplateError, Templates,
    choosing::{Choice, Need, Offer, best_first, choose, needs},
};
use crate::account_connectors::{MAX_INSTALLED, MAX_NAME, owners};

/// What is known of the account connectors that a graph came with.
#[derive(Clone, Debug, Default)]
pub(super) struct Origins(pub HashMap<AccountConnectorId, Known>);

/// An account connector that a graph came with.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What it is called.
    pub name: Option<String>,
    /// Its way of authenticating.
    pub authentication: Option<AuthenticationId>,
    /// Objects of its own.
    pub copies: Vec<CategoryCopy>,
    /// Fields of its own.
    pub fields: Vec<StoredCustomField>,
}

/// The releases that a graph uses.
#[derive(Clone, Default)]
pub(super) struct Used(HashMap<ConnectorId, Arc<NumberedConnector>>);

impl Used {
    /// Those of a graph, from what somebody sees.
    pub fn of(document: &CycleDocument, view: &View) -> Result<Self, TemplateError> {
        let mut used = Self::default();
        for method in document.steps.iter().filter_map(|step| step.method()) {
            let id = method.connector;
            if used.0.contains_key(&id) {
                continue;
            }
            let numbered = view.connector(id).ok_or(TemplateError::Undefined(id))?;
            used.0.insert(id, numbered);
        }
        Ok(used)
    }

    /// One more.
    pub fn add(&mut self, numbered: Arc<NumberedConnector>) {
        self.0.insert(numbered.id(), numbered);
    }

    pub fn get(&self, id: ConnectorId) -> Option<&Arc<NumberedConnector>> {
        self.0.get(&id)
    }

    pub fn uid(&self, id: ConnectorId) -> Option<ConnectorUid> {
        Some(self.get(id)?.uid())
    }
}

/// What a graph is connected with, and how.
pub(super) struct Connecting<'a> {
    /// For whom.
    pub actor: &'a AccountActor,
    /// What it came with.
    pub origins: &'a Origins,
    /// The releases that it uses.
    pub used: &'a Used,
    /// What is asked for; what the account has is looked up.
    pub offer: Offer,
    /// Steps that have the account's own connectors already.
    pub settled: HashSet<StepId>,
    /// The custom fields that it came with are copied.
    pub shares_custom_fields: bool,
}

impl Templates {
    /// Gives every step of a graph an account connector of the account or its parent, in a unit of the
    /// account's. Nothing is called, and what is installed has no credential yet.
    pub(super) async fn connect(
        &self,
        unit: &Unit<AccountScope>,
        mut connecting: Connecting<'_>,
        document: &mut CycleDocument,
    ) -> Result<(), TemplateError> {
        let parents = self.of_parent(connecting.actor).await?;
        let own = unit.account_connectors().all().await?;
        let known = |is_own: bool| move |one: &AccountConnector| (is_own, one.clone());
        let all = own.iter().map(known(true));
        let all = all.chain(parents.iter().map(|(one, _)| (false, one.clone())));
        connecting.offer.installed = best_first(all.collect());
        let is_settled = |id: StepId| connecting.settled.contains(&id);
        let mut open = document.clone();
        open.steps.retain(|step| !is_settled(step.id));
        let needs = needs(&open, |id| connecting.used.uid(id)).map_err(TemplateError::Undefined)?;
        let choices = choose(&needs, &connecting.offer);
        let mut names: HashSet<String> = own.iter().map(|one| one.name.to_lowercase()).collect();
        let mut mine: HashSet<AccountConnectorId> = own.iter().map(|one| one.id).collect();
        let mut chosen = Vec::with_capacity(needs.len());
        for (need, choice) in needs.iter().zip(choices) {
            let id = match choice {
                Choice::Use(id) => id,
                Choice::Install => {
                    let id = install(unit, &connecting, need, &mut names).await?;
                    mine.insert(id);
                    id
                }
            };
            chosen.push((need, id));
        }
        if mine.len() > MAX_INSTALLED {
            return Err(TemplateError::TooMany {
                what: "connectors of an account",
                most: MAX_INSTALLED,
            });
        }
        for step in &mut document.steps {
            if is_settled(step.id) {
                continue;
            }
            let Some(method) = step.method_mut() else {
                continue;
            };
            let uid = connecting.used.uid(method.connector);
            let found = chosen.iter().find(|(need, _)| {
                Some(need.uid) == uid
                    && (method.account_connector.is_none()
                        || need.template == method.account_connector)
            });
            method.account_connector = found.map(|(_, id)| *id);
        }
        if connecting.shares_custom_fields {
            for (need, id) in &chosen {
                let from = need.template.and_then(|id| connecting.origins.0.get(&id));
                let fields = from.map(|from| from.fields.clone()).unwrap_or_default();
                if mine.contains(id) && !fields.is_empty() {
                    unit.custom_fields().insert_new(*id, fields).await?;
                }
            }
        }
        self.connect_objects(unit, &connecting, &mine, &parents, document)
            .await
    }

    /// Objects of the account's own stand for those of the template by their name; where they are missing,
    /// they are made.
    async fn connect_objects(
        &self,
        unit: &Unit<AccountScope>,
        connecting: &Connecting<'_>,
        mine: &HashSet<AccountConnectorId>,
        parents: &[(AccountConnector, Vec<CategoryCopy>)],
        document: &mut CycleDocument,
    ) -> Result<(), TemplateError> {
        let foreign: HashMap<CategoryCopyId, &CategoryCopy> = connecting
            .origins
            .0
            .values()
            .flat_map(|known| &known.copies)
            .map(|copy| (copy.id, copy))
            .collect();
        for method in document
            .steps
            .iter_mut()
            .filter_map(|step| step.method_mut())
        {
            let Some(copy) = method.category.and_then(|id| foreign.get(&id)) else {
                continue;
            };
            let is_same = |other: &&CategoryCopy| {
                other.source_category == copy.source_category
                    && other.object_name == copy.object_name
            };
            method.category = match method.account_connector {
                None => None,
                Some(id) if mine.contains(&id) => {
                    let there = unit.category_copies().all(id).await?;
                    match there.iter().find(is_same) {
                        Some(same) => Some(same.id),
                        None => {
                            let new = NewCategoryCopy {
                                source_category: copy.source_category.clone(),
                                object_name: copy.object_name.clone(),
                                object_value: copy.object_value.clone(),
                            };
                            Some(unit.category_copies().insert(id, new).await?.id)
                        }
                    }
                }
                Some(id) => {
                    let of_parent = parents.iter().find(|(one, _)| one.id == id);
                    let mut copies = of_parent.into_iter().flat_map(|(_, copies)| copies);
                    copies.find(is_same).map(|copy| copy.id)
                }
            };
        }
        Ok(())
    }

    /// The connectors of the account's parent, with the objects of their own.
    async fn of_parent(
        &self,
        actor: &AccountActor,
    ) -> Result<Vec<(AccountConnector, Vec<CategoryCopy>)>, StoreError> {
        let mut all = Vec::new();
        for scope in owners(actor).skip(1) {
            let unit = self.bench.store.read(&scope).await?;
            for one in unit.account_connectors().all().await? {
                let copies = unit.category_copies().all(one.id).await?;
                all.push((one, copies));
            }
        }
        Ok(all)
    }

    /// What the account connectors of the unit's account are, as far as a graph uses them.
    pub(super) async fn origins(
        &self,
        unit: &Unit<AccountScope>,
        document: &CycleDocument,
    ) -> Result<Origins, StoreError> {
        let mut origins = Origins::default();
        let methods = document.steps.iter().filter_map(|step| step.method());
        for id in methods.filter_map(|method| method.account_connector) {
            if origins.0.contains_key(&id) {
                continue;
            }
            let Some(connector) = unit.account_connectors().get(id).await? else {
                continue;
            };
            let known = Known {
                name: Some(connector.name),
                authentication: Some(connector.authentication),
                copies: unit.category_copies().all(id).await?,
                fields: unit.custom_fields().all(id).await?,
            };
            origins.0.insert(id, known);
        }
        Ok(origins)
    }
}

/// Installs what a graph needs, in the release that it uses, under a name that is free.
async fn install(
    unit: &Unit<AccountScope>,
    connecting: &Connecting<'_>,
    need: &Need,
    names: &mut HashSet<String>,
) -> Result<AccountConnectorId, TemplateError> {
    let undefined = || TemplateError::Undefined(need.connector);
    let numbered = connecting.used.get(need.connector).ok_or_else(undefined)?;
    let definition = numbered.definition();
    let known = need.template.and_then(|id| connecting.origins.0.get(&id));
    let wanted = known.and_then(|known| known.authentication);
    let authentication = match wanted.filter(|id| numbered.authentication(*id).is_some()) {
        Some(id) => id,
        None => {
            let default = definition.default_authentication();
            default.ok_or_else(undefined)?.uid(numbered.uid())
        }
    };
    let name = known.and_then(|known| known.name.as_ref());
    let name = free_name(name.unwrap_or(&definition.name), names);
    let rows = unit.account_connectors();
    let mut installed = rows
        .insert(NewAccountConnector {
            connector: need.connector,
            connector_uid: need.uid,
            name,
            description: None,
            authentication,
        })
        .await?;
    if definition.post_install_property_lookup.is_some() {
        // No network here, so the lookup precedes the first call (connectors.md §7).
        installed.lookup_pending = true;
        rows.save(&installed).await?;
    }
    let deed = Deed {
        action: "account_connector.installed",
        object_type: "AccountConnector",
        object_id: installed.id.to_string(),
        ..Deed::default()
    };
    unit.audit(&connecting.actor.principal, deed).await?;
    Ok(installed.id)
}

/// The name, or the name with the first number from 2 that makes it one of its own.
fn free_name(name: &str, taken: &mut HashSet<String>) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while !taken.insert(free.to_lowercase()) {
        number += 1;
        let suffix = format!(" {number}");
        let room = MAX_NAME - suffix.chars().count();
        free = name.chars().take(room).collect::<String>() + &suffix;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_a_number() {
        let mut taken = HashSet::from(["crm".to_owned()]);

        assert_eq!(free_name("CRM", &mut taken), "CRM 2");
        assert_eq!(free_name("CRM", &mut taken), "CRM 3");
        let long = "x".repeat(MAX_NAME);
        assert_eq!(free_name(&long, &mut taken), long);
        assert_eq!(
            free_name(&long, &mut taken),
            format!("{} 2", "x".repeat(MAX_NAME - 2))
        );
    }
}
