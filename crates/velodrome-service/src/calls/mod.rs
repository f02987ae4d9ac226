//! Data on Demand: methods, tests, lookups and the proxy (connectors.md §12).

mod caller;
mod draft;
mod error;
mod keys;
mod lookup;
mod objects;
mod proxy;
mod session;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};
use velodrome_connector::call::Mode;
use velodrome_model::{
    AccountActor, AccountConnectorId, CategoryCopyId, IpScope, MethodId, MethodUid, PartnerScope,
    definition::{Method, MethodType},
    numbered::{NumberedConnector, NumberedMethod},
};

pub use caller::{Caller, InstallationCredentials};
pub(crate) use caller::{Given, InCycle};
pub use draft::{DraftTrial, TrialCredential};
pub use error::CallFailure;
pub(crate) use keys::as_field;
pub(crate) use objects::has as has_field;
// What the API answers with; it does not see the room that makes the calls.
pub use velodrome_connector::call::{CallError, Reply, ReplyBody};

pub use lookup::{LookupRequest, LookupValue};
pub use proxy::{Passage, PassageBody};

use crate::{
    Workbench,
    access::{Access, AccessError},
    authentication::Prover,
    installation::{Installation, Installations, OwnMethod},
    settings::Settings,
};

/// Calls over account connectors.
#[derive(Clone)]
pub struct Calls {
    bench: Workbench,
    settings: Settings,
    access: Access,
    installations: Installations,
    caller: Caller,
    prover: Prover,
}

/// A method by either of its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodRef {
    /// The release's integer.
    Id(MethodId),
    /// The id that survives releases.
    Uid(MethodUid),
}

impl MethodRef {
    /// A whole number or a GUID; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse()
            .map(Self::Id)
            .or_else(|_| text.parse().map(Self::Uid))
            .ok()
    }
}

/// Values for a method, by id or by name.
#[derive(Clone, Debug, Default)]
pub struct MethodCall {
    /// By parameter id or `targetName`.
    pub parameters: Map<String, Value>,
    /// By field id or location.
    pub fields: Map<String, Value>,
    /// The object to work on: a copy of the method's category.
    pub category: Option<CategoryCopyId>,
}

/// What trying a method out gave.
#[derive(Debug)]
pub struct TestOutcome {
    /// The reply, or why there is none.
    pub result: Result<Reply, CallError>,
    /// Milliseconds spent.
    pub duration_ms: u64,
}

impl TestOutcome {
    /// What the provider says, or that it says nothing, is a result; what keeps us from asking is not.
    fn of(result: Result<Reply, CallError>, started: Instant) -> Result<Self, CallFailure> {
        Self::new(result, started.elapsed())
    }

    pub(crate) fn new(
        result: Result<Reply, CallError>,
        duration: Duration,
    ) -> Result<Self, CallFailure> {
        if let Err(
            error @ (CallError::Build { .. }
            | CallError::Authentication(_)
            | CallError::Script { .. }
            | CallError::Refused { .. }),
        ) = result
        {
            return Err(error.into());
        }
        Ok(Self {
            result,
            duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

impl Calls {
    /// The service over these parts.
    pub fn new(
        bench: Workbench,
        settings: Settings,
        access: Access,
        installations: Installations,
        caller: Caller,
        prover: Prover,
    ) -> Self {
        Self {
            bench,
            settings,
            access,
            installations,
            caller,
            prover,
        }
    }

    /// Calls a method; all pages.
    ///
    /// # Errors
    /// As [`CallFailure`] says.
    pub async fn call(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        method: MethodRef,
        values: MethodCall,
    ) -> Result<Reply, CallFailure> {
        let installation = self.open(actor, id).await?;
        let (method, given) = self.prepare(&installation, method, values)?;
        Ok(self
            .caller
            .call(&installation, &method, &given, Mode::AllPages)
            .await?)
    }

    /// Calls a method, first page only, and reports how it went. What the provider says is a result.
    ///
    /// # Errors
    /// As [`CallFailure`] says, except that an answer of the provider, or its absence, is a result.
    pub async fn test(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        method: MethodRef,
        values: MethodCall,
    ) -> Result<TestOutcome, CallFailure> {
        let installation = self.open(actor, id).await?;
        let (method, given) = self.prepare(&installation, method, values)?;
        let started = Instant::now();
        let result = self
            .caller
            .call(&installation, &method, &given, Mode::FirstPage)
            .await;
        TestOutcome::of(result, started)
    }

    /// The installation, if the caller may use it now.
    async fn open(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
    ) -> Result<Arc<Installation>, CallFailure> {
        let installation = self
            .installations
            .usable_by(actor.scope, actor.parent, id)
            .await?;
        if !installation.connector.is_native {
            self.check_address(actor).await?;
        }
        if installation.is_suspended {
            return Err(CallFailure::Suspended);
        }
        if installation.connector.lookup_pending {
            return self.prover.look_up(installation).await;
        }
        Ok(installation)
    }

    async fn check_address(&self, actor: &AccountActor) -> Result<(), CallFailure> {
        let partner = PartnerScope {
            partner: actor.scope.partner,
        };
        match self
            .access
            .admit(partner, IpScope::MethodCall, actor.principal.address)
            .await
        {
            Ok(()) => Ok(()),
            Err(AccessError::Store(cause)) => Err(cause.into()),
            Err(_) => Err(CallFailure::Address),
        }
    }

    /// The method with the account's own fields of the object, and the values by name.
    fn prepare(
        &self,
        installation: &Installation,
        method: MethodRef,
        values: MethodCall,
    ) -> Result<(Arc<Method>, Given), CallFailure> {
        let found = found(installation, method)?;
        match found.method.kind {
            MethodType::Action | MethodType::Script => {}
            MethodType::Webhook => return Err(CallFailure::Webhook(found.method.name.clone())),
        }
        let own = own_method(installation, found.uid, values.category)?;
        let given = keys::resolve(found, &own, values)?;
        Ok((own.method, given))
    }
}

/// A method of an installation with the account's own fields, and the object that it works on.
///
/// # Errors
/// [`CallFailure::NoPart`] when the release has no such method, [`CallFailure::NoCategory`] when the object is
/// gone.
pub(crate) fn own_method(
    installation: &Installation,
    uid: MethodUid,
    category: Option<CategoryCopyId>,
) -> Result<OwnMethod, CallFailure> {
    installation.own_methods.get((uid, category), || {
        let found = found(installation, MethodRef::Uid(uid))?;
        let object = objects::find(installation, found, category)?;
        let custom = installation
            .custom_fields
            .iter()
            .filter(|field| objects::has(installation, found, object, field));
        let (method, requests) = keys::with_custom_fields(found, custom)?;
        Ok(OwnMethod {
            method: Arc::new(method),
            object: object.map(|copy| copy.merged_name().to_owned()),
            requests: requests.into(),
        })
    })
}

/// Values by `targetName` and location for a method of an installation, given by id or name.
///
/// # Errors
/// As [`own_method`], and [`CallFailure::UnknownKey`].
pub(crate) fn own_values(
    installation: &Installation,
    uid: MethodUid,
    category: Option<CategoryCopyId>,
    values: MethodCall,
) -> Result<Given, CallFailure> {
    let own = own_method(installation, uid, category)?;
    keys::resolve(found(installation, MethodRef::Uid(uid))?, &own, values)
}

fn found(
    installation: &Installation,
    method: MethodRef,
) -> Result<NumberedMethod<'_>, CallFailure> {
    find(&installation.numbered, method).ok_or(CallFailure::NoPart("method"))
}

fn find(numbered: &NumberedConnector, method: MethodRef) -> Option<NumberedMethod<'_>> {
    match method {
        MethodRef::Id(id) => numbered.method(id),
        MethodRef::Uid(uid) => numbered.method_by_uid(uid),
    }
}
