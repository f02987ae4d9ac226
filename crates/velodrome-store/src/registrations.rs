//! Webhooks that cycles registered at their providers (connectors.md §6).
//!
//! A row is written before the provider is asked, and stays until the provider has taken the webhook back, so
//! that nothing that was registered is forgotten whoever dies. Whoever calls a provider for a row holds its
//! lease; what the provider said is sealed, for it may be a secret.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;
use velodrome_model::{
    AccountConnectorId, AccountId, AccountScope, ConnectorId, CycleId, InstanceScope, MethodUid,
    PartnerId, PartnerScope, Scope, SecretString, StepId,
};

use crate::{
    StoreError, Unit,
    entity::webhook_registration::{self, Column as R},
    seal::{Place, Sealed},
};

/// How a registration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationState {
    /// It is to be registered while its cycle runs.
    Wanted,
    /// The provider is being asked, or was when whoever asked died.
    Registering,
    /// The provider has it.
    Registered,
    /// The provider is to take it back.
    Removing,
}

impl RegistrationState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Wanted => "Wanted",
            Self::Registering => "Registering",
            Self::Registered => "Registered",
            Self::Removing => "Removing",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        [
            Self::Wanted,
            Self::Registering,
            Self::Registered,
            Self::Removing,
        ]
        .into_iter()
        .find(|state| state.as_str() == word)
        .ok_or(StoreError::Corrupt {
            what: "state of a webhook registration",
        })
    }
}

/// Which method of which installation a webhook step receives for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HookedMethod {
    /// The installation that calls the provider.
    pub account_connector: AccountConnectorId,
    /// The release that the step was set up with.
    pub connector: ConnectorId,
    /// The webhook method.
    pub method: MethodUid,
}

/// What a provider was told and answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HookFacts {
    /// Where it posts to.
    pub url: String,
    /// The webhook's id, as far as the provider gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What else of its answer has a system name, by that name: a signing secret for instance.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<String, String>,
    /// The values that the step's parameters had.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    /// The credential is among the parameters.
    #[serde(default)]
    pub is_external: bool,
    /// The account's own object that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The step's script, which runs around what is asked of the provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// When the provider forgets it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
}

/// A webhook at a provider, or on its way there or back.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    /// Its id; the identity of its registration, so that one that is repeated has the same.
    pub id: Uuid,
    /// Whose cycle it is.
    pub scope: AccountScope,
    /// The cycle.
    pub cycle: CycleId,
    /// The step.
    pub step: StepId,
    /// What is received.
    pub of: HookedMethod,
    /// How it stands.
    pub state: RegistrationState,
    /// How often in a row it did not work.
    pub attempts: i32,
    /// Until when whoever calls the provider for it is left alone.
    pub lease_until: Option<DateTime<Utc>>,
    /// What the provider knows; none before it was told.
    pub facts: Option<HookFacts>,
}

/// Registrations of the unit's account.
pub struct RegistrationRows<'u> {
    unit: &'u Unit<AccountScope>,
}

impl Unit<AccountScope> {
    /// Webhooks of this account's cycles at their providers.
    pub fn registrations(&self) -> RegistrationRows<'_> {
        RegistrationRows { unit: self }
    }
}

impl RegistrationRows<'_> {
    /// The one function that names the tenant.
    fn scoped(&self) -> Condition {
        let scope = self.unit.scope();
        Condition::all()
            .add(R::PartnerId.eq(scope.partner.0))
            .add(R::AccountId.eq(scope.account.0))
    }

    fn found(&self) -> Select<webhook_registration::Entity> {
        webhook_registration::Entity::find().filter(self.scoped())
    }

    /// Those of a cycle, with those that are being taken back.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn of_cycle(&self, cycle: CycleId) -> Result<Vec<Registration>, StoreError> {
        let found = self.found().filter(R::CycleId.eq(cycle.0));
        opened(self.unit, found.all(self.unit.db()).await?)
    }

    /// The one of a step that the provider has or is to have.
    ///
    /// # Errors
    /// When the database refuses or it does not open.
    pub async fn of_step(&self, step: StepId) -> Result<Option<Registration>, StoreError> {
        let found = self
            .found()
            .filter(R::StepId.eq(step.0))
            .filter(R::State.ne(RegistrationState::Removing.as_str()));
        Ok(opened(self.unit, found.all(self.unit.db()).await?)?.pop())
    }

    /// Everything that providers have of this account, or may have.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn all(&self) -> Result<Vec<Registration>, StoreError> {
        opened(self.unit, self.found().all(self.unit.db()).await?)
    }

    /// Writes down that a provider is about to be asked.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the step has one already.
    pub async fn intend(
        &self,
        cycle: CycleId,
        step: StepId,
        of: HookedMethod,
        facts: &HookFacts,
        lease: TimeDelta,
    ) -> Result<Uuid, StoreError> {
        let id = self.unit.new_id();
        let now = self.unit.now();
        let mut row = self.row(id, cycle, step, of, RegistrationState::Registering);
        row.lease_until = Set(Some(now + lease));
        row.sealed = Set(Some(sealed(self.unit, id, facts)?));
        webhook_registration::Entity::insert(row)
            .exec_without_returning(self.unit.db())
            .await?;
        Ok(id)
    }

    /// Sees to it that the webhook steps of a running cycle are registered soon, and that what none of them
    /// uses is taken back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn want(
        &self,
        cycle: CycleId,
        steps: &[(StepId, HookedMethod)],
    ) -> Result<(), StoreError> {
        let known = self.of_cycle(cycle).await?;
        let live = |step: StepId| {
            known
                .iter()
                .find(|one| one.step == step && one.state != RegistrationState::Removing)
        };
        let unused = known.iter().filter(|one| {
            let is_used =
                |(step, of): &(StepId, HookedMethod)| *step == one.step && same(of, &one.of);
            !steps.iter().any(is_used)
        });
        let unused: Vec<Uuid> = unused.map(|one| one.id).collect();
        self.remove_later(&unused).await?;
        for (step, of) in steps {
            if live(*step).is_some_and(|one| same(of, &one.of)) {
                continue;
            }
            let id = self.unit.new_id();
            let mut row = self.row(id, cycle, *step, *of, RegistrationState::Wanted);
            row.due_at = Set(Some(self.unit.now()));
            webhook_registration::Entity::insert(row)
                .exec_without_returning(self.unit.db())
                .await?;
        }
        Ok(())
    }

    fn row(
        &self,
        id: Uuid,
        cycle: CycleId,
        step: StepId,
        of: HookedMethod,
        state: RegistrationState,
    ) -> webhook_registration::ActiveModel {
        let scope = self.unit.scope();
        webhook_registration::ActiveModel {
            id: Set(id),
            partner_id: Set(scope.partner.0),
            account_id: Set(scope.account.0),
            cycle_id: Set(cycle.0),
            step_id: Set(step.0),
            account_connector_id: Set(of.account_connector.0),
            connector_id: Set(of.connector.0),
            method_id: Set(of.method.0),
            state: Set(state.as_str().to_owned()),
            attempts: Set(0),
            due_at: Set(None),
            lease_until: Set(None),
            created_at: Set(self.unit.now()),
            sealed: Set(None),
        }
    }

    /// Takes one that nobody else works on, and writes down that its provider is about to be asked; false
    /// where somebody was quicker.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take(
        &self,
        id: Uuid,
        facts: &HookFacts,
        lease: TimeDelta,
    ) -> Result<bool, StoreError> {
        let now = self.unit.now();
        let change = webhook_registration::ActiveModel {
            state: Set(RegistrationState::Registering.as_str().to_owned()),
            lease_until: Set(Some(now + lease)),
            sealed: Set(Some(sealed(self.unit, id, facts)?)),
            ..Default::default()
        };
        let open = self
            .scoped()
            .add(R::Id.eq(id))
            .add(unleased(now))
            .add(R::State.is_in([
                RegistrationState::Wanted.as_str(),
                RegistrationState::Registering.as_str(),
            ]));
        self.change(open, change).await
    }

    /// Writes down that the provider is about to be asked for one that is ours already.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn hold(
        &self,
        id: Uuid,
        facts: &HookFacts,
        lease: TimeDelta,
    ) -> Result<(), StoreError> {
        let change = webhook_registration::ActiveModel {
            state: Set(RegistrationState::Registering.as_str().to_owned()),
            lease_until: Set(Some(self.unit.now() + lease)),
            sealed: Set(Some(sealed(self.unit, id, facts)?)),
            ..Default::default()
        };
        let removing = RegistrationState::Removing.as_str();
        let one = self.scoped().add(R::Id.eq(id)).add(R::State.ne(removing));
        self.change(one, change).await?;
        Ok(())
    }

    /// Goes on holding one; false where it is gone.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn extend(&self, id: Uuid, lease: TimeDelta) -> Result<bool, StoreError> {
        let change = webhook_registration::ActiveModel {
            lease_until: Set(Some(self.unit.now() + lease)),
            ..Default::default()
        };
        self.change(self.scoped().add(R::Id.eq(id)), change).await
    }

    /// Writes down what the provider answered, and when to ask it again. One that is to be taken back
    /// meanwhile is taken back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn registered(
        &self,
        id: Uuid,
        facts: &HookFacts,
        again: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let said = || -> Result<_, StoreError> {
            Ok(webhook_registration::ActiveModel {
                attempts: Set(0),
                lease_until: Set(None),
                sealed: Set(Some(sealed(self.unit, id, facts)?)),
                ..Default::default()
            })
        };
        let one = || self.scoped().add(R::Id.eq(id));
        let kept = webhook_registration::ActiveModel {
            state: Set(RegistrationState::Registered.as_str().to_owned()),
            due_at: Set(again),
            ..said()?
        };
        let removing = RegistrationState::Removing.as_str();
        if !self.change(one().add(R::State.ne(removing)), kept).await? {
            self.change(one(), said()?).await?;
        }
        Ok(())
    }

    /// Lets go of one, to be worked on from `due` on, by nobody where it is none.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn put_off(
        &self,
        id: Uuid,
        due: Option<DateTime<Utc>>,
        attempts: i32,
    ) -> Result<(), StoreError> {
        let removing = RegistrationState::Removing.as_str();
        let free = || webhook_registration::ActiveModel {
            attempts: Set(attempts),
            lease_until: Set(None),
            ..Default::default()
        };
        let change = webhook_registration::ActiveModel {
            due_at: Set(due),
            ..free()
        };
        let one = || self.scoped().add(R::Id.eq(id));
        if due.is_some() {
            self.change(one(), change).await?;
        } else if !self
            .change(one().add(R::State.ne(removing)), change)
            .await?
        {
            self.change(one(), free()).await?;
        }
        Ok(())
    }

    /// Has providers take these back.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_later(&self, ids: &[Uuid]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids = self.scoped().add(R::Id.is_in(ids.iter().copied()));
        remove_later(self.unit, ids).await
    }

    /// Has providers take back everything of a cycle.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn remove_all_of(&self, cycle: CycleId) -> Result<(), StoreError> {
        remove_later(self.unit, self.scoped().add(R::CycleId.eq(cycle.0))).await
    }

    /// Has providers take back those of steps that are gone.
    pub(crate) async fn remove_of_steps(&self, steps: &[Uuid]) -> Result<(), StoreError> {
        let gone = self.scoped().add(R::StepId.is_in(steps.iter().copied()));
        remove_later(self.unit, gone).await
    }

    /// Has one registered anew later: what the provider had is gone.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn want_again(&self, id: Uuid, due: DateTime<Utc>) -> Result<(), StoreError> {
        let change = webhook_registration::ActiveModel {
            state: Set(RegistrationState::Wanted.as_str().to_owned()),
            attempts: Set(0),
            due_at: Set(Some(due)),
            lease_until: Set(None),
            sealed: Set(None),
            ..Default::default()
        };
        let removing = RegistrationState::Removing.as_str();
        let one = self.scoped().add(R::Id.eq(id));
        self.change(one.add(R::State.ne(removing)), change).await?;
        Ok(())
    }

    /// Forgets one that the provider has no more, or never had.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget(&self, id: Uuid) -> Result<(), StoreError> {
        webhook_registration::Entity::delete_many()
            .filter(self.scoped().add(R::Id.eq(id)))
            .exec(self.unit.db())
            .await?;
        Ok(())
    }

    async fn change(
        &self,
        which: Condition,
        change: webhook_registration::ActiveModel,
    ) -> Result<bool, StoreError> {
        let done = webhook_registration::Entity::update_many()
            .set(change)
            .filter(which)
            .exec(self.unit.db())
            .await?;
        Ok(done.rows_affected > 0)
    }
}

impl Unit<PartnerScope> {
    /// What providers have through an installation, or may have: of the account's cycles and of those of its
    /// sub accounts, which use it as well.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn registrations_through(
        &self,
        connector: AccountConnectorId,
    ) -> Result<Vec<Registration>, StoreError> {
        let found = webhook_registration::Entity::find()
            .filter(R::PartnerId.eq(self.scope().partner.0))
            .filter(R::AccountConnectorId.eq(connector.0));
        opened(self, found.all(self.db()).await?)
    }
}

impl Unit<InstanceScope> {
    /// Takes up to `limit` that are due, those first that have waited longest.
    ///
    /// # Errors
    /// When the database refuses or one does not open.
    pub async fn claim_registrations(
        &self,
        limit: u64,
        lease: TimeDelta,
    ) -> Result<Vec<Registration>, StoreError> {
        let now = self.now();
        let due = webhook_registration::Entity::find()
            .filter(R::DueAt.lte(now))
            .filter(unleased(now))
            .order_by_asc(R::DueAt)
            .limit(limit);
        let rows = self.lock_free(due).all(self.db()).await?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        webhook_registration::Entity::update_many()
            .col_expr(R::LeaseUntil, Expr::value(now + lease))
            .filter(R::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(self.db())
            .await?;
        opened(self, rows)
    }
}

fn unleased(now: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(R::LeaseUntil.is_null())
        .add(R::LeaseUntil.lte(now))
}

/// Whoever calls the provider for one now keeps its lease; the row waits for that.
async fn remove_later<S: Scope>(unit: &Unit<S>, which: Condition) -> Result<(), StoreError> {
    webhook_registration::Entity::update_many()
        .set(webhook_registration::ActiveModel {
            state: Set(RegistrationState::Removing.as_str().to_owned()),
            attempts: Set(0),
            due_at: Set(Some(unit.now())),
            ..Default::default()
        })
        .filter(which)
        .filter(R::State.ne(RegistrationState::Removing.as_str()))
        .exec(unit.db())
        .await?;
    Ok(())
}

/// Two releases of a connector register the same; another method or installation does not.
fn same(one: &HookedMethod, other: &HookedMethod) -> bool {
    (one.account_connector, one.method) == (other.account_connector, other.method)
}

fn place(id: Uuid) -> Place {
    Place::new("webhook_registration", "sealed", id)
}

fn sealed<S: Scope>(unit: &Unit<S>, id: Uuid, facts: &HookFacts) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_string(facts).map_err(|_| corrupt())?;
    let text = SecretString::from(json);
    Ok(unit.sealer().seal(&place(id), &text)?.into_bytes())
}

fn corrupt() -> StoreError {
    StoreError::Corrupt {
        what: "webhook registration",
    }
}

fn opened<S: Scope>(
    unit: &Unit<S>,
    rows: Vec<webhook_registration::Model>,
) -> Result<Vec<Registration>, StoreError> {
    use velodrome_model::ExposeSecret as _;
    let open = |row: webhook_registration::Model| {
        let facts = match row.sealed {
            Some(bytes) => {
                let text = unit
                    .sealer()
                    .open(&place(row.id), &Sealed::from_bytes(bytes))?;
                Some(serde_json::from_str(text.expose_secret()).map_err(|_| corrupt())?)
            }
            None => None,
        };
        Ok(Registration {
            id: row.id,
            scope: AccountScope {
                partner: PartnerId(row.partner_id),
                account: AccountId(row.account_id),
            },
            cycle: CycleId(row.cycle_id),
            step: StepId(row.step_id),
            of: HookedMethod {
                account_connector: AccountConnectorId(row.account_connector_id),
                connector: ConnectorId(row.connector_id),
                method: MethodUid(row.method_id),
            },
            state: RegistrationState::from_word(&row.state)?,
            attempts: row.attempts,
            lease_until: row.lease_until,
            facts,
        })
    };
    rows.into_iter().map(open).collect()
}
