//! The connectors that the steps of a cycle use: releases, installations, and what the account added to
//! them. Loaded once for a request, outside of any unit of work.

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use velodrome_connector::catalogue::{Release, View};
use velodrome_model::{
    AccountActor, AccountConnectorId, CategoryCopy, ConnectorId, FieldId, MethodId, MethodUid,
    ParameterId,
    cycle::{CycleDocument, MethodStep, Step},
    definition::{
        AuthType, DataType, Field, MethodType, OAuth1Flow, Parameter, TargetType, ValueOption,
    },
    identity::Direction,
    location::{Location, derive_names},
    numbered::{NumberedConnector, NumberedMethod},
};
use velodrome_store::{StoreError, StoredCustomField};

use super::Cycles;
use crate::{
    account_connectors::FieldDetails,
    calls::{as_field, has_field},
    custom_fields::is_authenticated,
    installation::{Installation, InstallationError},
};

/// What is known of the connectors of a cycle.
pub struct Connectors {
    numbered: HashMap<ConnectorId, Arc<NumberedConnector>>,
    installed: HashMap<AccountConnectorId, Arc<Installation>>,
    /// Everything that an installation of the account may be of.
    all: View,
    /// What the account may install.
    offered: View,
}

/// Connectors that no step uses yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    /// An installation.
    pub account_connector: Option<AccountConnectorId>,
    /// A method by its number.
    pub method: Option<MethodId>,
}

impl Cycles {
    /// The connectors of these documents, and what is asked for besides.
    ///
    /// An installation that is gone, or one of somebody else, is not among them.
    pub(super) async fn connectors<'d>(
        &self,
        actor: &AccountActor,
        documents: impl IntoIterator<Item = &'d CycleDocument>,
        also: Wanted,
    ) -> Result<Connectors, StoreError> {
        let all = Box::pin(self.bench.installed(actor.scope)).await?;
        let offered = Box::pin(self.bench.connectors(actor)).await?;
        let mut connectors = Connectors {
            numbered: HashMap::new(),
            installed: HashMap::new(),
            all,
            offered,
        };
        let named = also
            .method
            .and_then(|id| connectors.offered.release_of(id.0))
            .map(|release| release.id());
        if let Some(id) = named {
            connectors.keep(id);
        }
        let mut wanted: Vec<AccountConnectorId> = also.account_connector.into_iter().collect();
        for step in documents.into_iter().flat_map(|document| &document.steps) {
            let Some(method) = step.method() else {
                continue;
            };
            wanted.extend(method.account_connector);
            connectors.keep(method.connector);
        }
        wanted.sort_unstable();
        wanted.dedup();
        for id in wanted {
            let found = self
                .installations
                .usable_by(actor.scope, actor.parent, id)
                .await;
            match found {
                Ok(installation) => {
                    connectors.keep(installation.connector.connector);
                    connectors.installed.insert(id, installation);
                }
                Err(InstallationError::NotFound | InstallationError::Undefined) => {}
                Err(InstallationError::Store(cause)) => return Err(cause),
            }
        }
        Ok(connectors)
    }
}

impl Connectors {
    fn keep(&mut self, id: ConnectorId) {
        if !self.numbered.contains_key(&id)
            && let Some(numbered) = self.all.connector(id)
        {
            self.numbered.insert(id, numbered);
        }
    }

    /// The installation, if the account or its parent has it.
    pub fn installation(&self, id: AccountConnectorId) -> Option<&Arc<Installation>> {
        self.installed.get(&id)
    }

    /// The release.
    pub(super) fn release(&self, id: ConnectorId) -> Option<&Arc<Release>> {
        self.all.release(id)
    }

    /// The release with its methods, if a step uses it.
    pub(super) fn numbered(&self, id: ConnectorId) -> Option<&Arc<NumberedConnector>> {
        self.numbered.get(&id)
    }

    /// The release of a method's number, and the method, among those that the account may use.
    pub(super) fn method_of(&self, id: MethodId) -> Option<(Arc<NumberedConnector>, MethodUid)> {
        let release = self
            .offered
            .release_of(id.0)
            .or_else(|| self.all.release_of(id.0))?;
        let is_used = self.numbered.contains_key(&release.id());
        let is_offered = self.offered.release(release.id()).is_some();
        if !is_used && !is_offered {
            return None;
        }
        let numbered = self.all.connector(release.id())?;
        let uid = numbered.method(id)?.uid;
        Some((numbered, uid))
    }

    /// Releases that are at hand, for a method that is named without an installation.
    pub(super) fn known(&self) -> impl Iterator<Item = &Arc<NumberedConnector>> {
        self.numbered.values()
    }

    /// What a step runs; none for tools, and where its release is not in the catalogue any more.
    pub fn of<'a>(&'a self, step: &'a Step) -> Option<StepMethod<'a>> {
        self.of_method(step.method()?)
    }

    /// The same of a step's method.
    pub(super) fn of_method<'a>(&'a self, step: &'a MethodStep) -> Option<StepMethod<'a>> {
        let numbered = self
            .numbered
            .get(&step.connector)?
            .method_by_uid(step.method)?;
        let installation = step
            .account_connector
            .and_then(|id| self.installed.get(&id));
        let copy = step.category.zip(installation).and_then(|(id, it)| {
            let mut copies = it.category_copies.iter();
            copies.find(|copy| copy.id == id)
        });
        Some(StepMethod {
            step,
            numbered,
            installation,
            copy,
        })
    }

    /// Whether the connector has a newer release in which the method still exists.
    pub fn has_update(&self, step: &MethodStep) -> bool {
        let Some(own) = self.all.release(step.connector) else {
            return false;
        };
        let newer = self.offered.live(own.listed().uid).filter(|live| {
            live.id() != own.id() && live.listed().release.number > own.listed().release.number
        });
        newer
            .and_then(|live| self.offered.connector(live.id()))
            .is_some_and(|live| live.method_by_uid(step.method).is_some())
    }
}

/// A method as a step runs it.
#[derive(Clone, Copy)]
pub struct StepMethod<'a> {
    /// The step's half.
    pub step: &'a MethodStep,
    /// The method of the release that the step was set up with.
    pub numbered: NumberedMethod<'a>,
    /// The installation that it calls; none until one is chosen, and after it was deleted.
    pub installation: Option<&'a Arc<Installation>>,
    copy: Option<&'a CategoryCopy>,
}

/// A field of a step's request or answer, the account's own ones included.
#[derive(Clone, Debug, PartialEq)]
pub struct StepField {
    /// Its number.
    pub id: FieldId,
    /// Name shown to people.
    pub display_name: String,
    /// Name for matching.
    pub system_name: Option<String>,
    /// The rest.
    pub field: Field,
    /// Added by the account.
    pub is_custom: bool,
    /// Which body.
    pub direction: Direction,
    /// Position, from 0.
    pub order: i32,
}

/// A parameter that a step maps.
#[derive(Clone, Debug, PartialEq)]
pub struct StepParameter<'a> {
    /// Its number; below 0 for a credential that the step brings itself.
    pub id: ParameterId,
    /// The parameter.
    pub parameter: Cow<'a, Parameter>,
    /// Position, from 0.
    pub order: i32,
}

impl<'a> StepMethod<'a> {
    /// Whether it waits for a request instead of making one.
    pub fn is_webhook(&self) -> bool {
        self.numbered.method.kind == MethodType::Webhook
    }

    /// The fields that can be mapped: those of the request, in form order. A webhook sends none.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn targets(&self) -> Result<Vec<StepField>, StoreError> {
        if self.is_webhook() {
            return Ok(Vec::new());
        }
        let mut fields = self.fields(Direction::Request)?;
        fields.sort_by_key(|one| one.order);
        Ok(fields)
    }

    /// The fields that later steps can be mapped from: those of the answer, or of the request that a
    /// webhook receives (connectors.md §2.3), in form order.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn outputs(&self) -> Result<Vec<StepField>, StoreError> {
        let mut fields = self.fields(if self.is_webhook() {
            Direction::Request
        } else {
            Direction::Response
        })?;
        fields.sort_by_key(|one| one.order);
        Ok(fields)
    }

    /// The fields of a body in definition order, then the account's own.
    ///
    /// # Errors
    /// When a custom field can't be read.
    pub fn fields(&self, direction: Direction) -> Result<Vec<StepField>, StoreError> {
        let numbered: Vec<_> = match direction {
            Direction::Request => self.numbered.request_fields().collect(),
            Direction::Response => self.numbered.response_fields().collect(),
        };
        let names = names(numbered.iter().map(|one| one.field));
        let mut fields: Vec<StepField> = numbered
            .iter()
            .zip(names)
            .enumerate()
            .map(|(place, (one, (system, display)))| StepField {
                id: one.id,
                display_name: display,
                system_name: Some(system),
                field: one.field.clone(),
                is_custom: false,
                direction,
                order: order_of(one.field.display_order, place),
            })
            .collect();
        let last = fields.iter().map(|one| one.order).max().unwrap_or(-1);
        let mut taken: Vec<&str> = numbered
            .iter()
            .map(|one| one.field.connector_field.as_str())
            .collect();
        for stored in self.custom_fields(direction) {
            if taken.contains(&stored.location.as_str()) {
                continue;
            }
            taken.push(&stored.location);
            let details = FieldDetails::read(&stored.body)?;
            let place = i32::try_from(fields.len() - numbered.len()).unwrap_or(i32::MAX);
            fields.push(StepField {
                id: stored.id,
                display_name: details.display_name,
                system_name: details.system_field,
                field: as_field(stored)?,
                is_custom: true,
                direction,
                order: last.saturating_add(1).saturating_add(place),
            });
        }
        Ok(fields)
    }

    /// The account's own fields of the method and its object.
    fn custom_fields(&self, direction: Direction) -> impl Iterator<Item = &'a StoredCustomField> {
        let (numbered, copy) = (self.numbered, self.copy);
        self.installation
            .into_iter()
            .flat_map(move |installation| {
                installation
                    .custom_fields
                    .iter()
                    .filter(move |one| has_field(installation, numbered, copy, one))
            })
            .filter(move |one| one.method.is_nil() || one.method == numbered.uid.0)
            .filter(move |one| one.for_request == (direction == Direction::Request))
    }

    /// The parameters that can be mapped, in form order: those of the method, and where the step brings
    /// its own credentials also those of the authentication (connectors.md §9.7). What an installation or
    /// the partner sets is not among them, unless it is mapped.
    pub fn parameters(&self) -> Vec<StepParameter<'a>> {
        let authentication = self.installation.map(|one| one.authentication.key.as_str());
        let is_external = self.step.external_authentication;
        let is_mapped = |name: &str| self.step.parameters.contains_key(name);
        let mut all: Vec<StepParameter<'a>> = self
            .numbered
            .parameters()
            .into_iter()
            .filter(|one| authentication.is_none_or(|key| one.parameter.applies_to(key)))
            .filter(|one| {
                let is_property = one.parameter.account_connector_property
                    || one.parameter.partner_connector_property;
                !is_property || is_external || is_mapped(&one.parameter.target_name)
            })
            .enumerate()
            .map(|(place, one)| StepParameter {
                id: one.id,
                parameter: Cow::Borrowed(one.parameter),
                order: order_of(one.parameter.display_order, place),
            })
            .collect();
        let last = all.iter().map(|one| one.order).max().unwrap_or(-1);
        // Numbered before they are picked, so that each keeps its number.
        let credentials = self.credentials().into_iter().enumerate();
        let credentials = credentials.filter(|(_, one)| is_external || is_mapped(&one.target_name));
        let mut order = last;
        let names: Vec<String> = all
            .iter()
            .map(|one| one.parameter.target_name.clone())
            .collect();
        for (place, parameter) in credentials {
            if names.contains(&parameter.target_name) {
                continue;
            }
            order = order.saturating_add(1);
            all.push(StepParameter {
                // Releases have no numbers for credentials, and no release has numbers below 0.
                id: ParameterId(-1 - i32::try_from(place).unwrap_or(i32::MAX - 1)),
                parameter: Cow::Owned(parameter),
                order,
            });
        }
        all.sort_by_key(|one| one.order);
        all
    }

    /// What the authentication asks for, by the names of connectors.md §9.7. Always all of them in the same
    /// order, so that their numbers stay.
    fn credentials(&self) -> Vec<Parameter> {
        let definition = self.numbered.connector().definition();
        let authentication = match self.installation {
            Some(installation) => Some(&installation.authentication),
            None => definition.default_authentication(),
        };
        let Some(one) = authentication else {
            return Vec::new();
        };
        let names: Vec<&str> = match one.kind {
            AuthType::None => Vec::new(),
            AuthType::ApiKey => vec!["ApiKey"],
            AuthType::Basic => vec!["Username", "Password"],
            AuthType::OAuth2 => vec!["AccessToken"],
            AuthType::OAuth1 => match one.oauth1.as_ref().map(|rules| rules.flow) {
                Some(OAuth1Flow::TwoLegged) => Vec::new(),
                _ => vec!["Token", "TokenSecret"],
            },
            AuthType::AuthFields => one
                .auth_fields
                .iter()
                .map(|field| field.name.as_str())
                .collect(),
        };
        names
            .into_iter()
            .map(|name| {
                let asked = one.fields.get(name);
                Parameter {
                    unique_identifier: None,
                    target_type: TargetType::MergeField,
                    target_name: name.to_owned(),
                    display_name: asked.and_then(|field| field.label.clone()),
                    description: asked.and_then(|field| field.description.clone()),
                    trigger: None,
                    hide: asked.is_some_and(|field| field.hide),
                    optional: asked.is_some_and(|field| field.optional),
                    data_type: Some(DataType::Text),
                    format: None,
                    values: asked.map(|field| field.values.clone()).unwrap_or_default(),
                    allow_other: false,
                    default_value: None,
                    display_order: None,
                    sensitive: true,
                    multiline: asked.is_some_and(|field| field.multiline),
                    account_connector_property: false,
                    partner_connector_property: false,
                    authentications: Vec::new(),
                    validation: None,
                    when: None,
                }
            })
            .collect()
    }

    /// Whether its installation has what it needs to call.
    pub fn is_authenticated(&self) -> bool {
        self.installation.is_some_and(|it| is_authenticated(it))
    }
}

impl StepField {
    /// Whether nothing can be sent without a value for it.
    pub(super) fn is_required(&self) -> bool {
        let field = &self.field;
        !field.optional && !field.hide && !field.read_only && field.default_value.is_none()
    }
}

impl StepParameter<'_> {
    /// Whether nothing can be called without a value for it.
    pub(super) fn is_required(&self) -> bool {
        let parameter = &self.parameter;
        !parameter.optional && !parameter.hide && parameter.default_value.is_none()
    }
}

pub(super) fn offers(values: &[ValueOption], value: &str) -> bool {
    values.iter().any(|one| one.text() == value)
}

/// The definition's position, else the place in the list.
fn order_of(given: Option<i64>, place: usize) -> i32 {
    given
        .and_then(|order| i32::try_from(order).ok())
        .unwrap_or_else(|| i32::try_from(place).unwrap_or(i32::MAX))
}

/// System name and display name of each field; a location that can't be read (a definition that was checked
/// has none) names itself.
fn names<'f>(fields: impl Iterator<Item = &'f Field> + Clone) -> Vec<(String, String)> {
    let locations: Result<Vec<Location>, _> = fields
        .clone()
        .map(|one| one.connector_field.parse())
        .collect();
    let Ok(locations) = locations else {
        return fields
            .map(|one| (one.connector_field.clone(), one.connector_field.clone()))
            .collect();
    };
    let given = locations.iter().zip(fields).map(|(location, one)| {
        (
            location,
            one.system_field.as_deref(),
            one.display_field.as_deref(),
        )
    });
    derive_names(given)
        .into_iter()
        .map(|names| (names.system, names.display))
        .collect()
}
