//! One call over an installation, with its credential kept fresh.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde_json::{Map, Value};
use velodrome_connector::{
    auth::{
        Credential, CredentialError, CredentialSource,
        oauth1::{SignError, Signer},
    },
    call::{
        Call, CallError, Context, CycleGlobals, Journal, Mode, PageKeeper, Patience, Pipeline,
        Progress, Properties, Reply, ScriptStorage, Scripting, Values, script::Script,
    },
};
use velodrome_model::definition::Method;

use crate::{
    Workbench,
    installation::{Installation, Installations},
    renewal::Renewals,
    scripts::{InMemory, Storage},
};

/// Makes calls.
#[derive(Clone)]
pub struct Caller {
    bench: Workbench,
    pipeline: Arc<Pipeline>,
    renewals: Renewals,
}

/// Values of a call, by `targetName` and by location, and what it is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    pub parameters: Map<String, Value>,
    pub fields: Map<String, Value>,
    /// The account's own object; the method's category stands for it where there is none.
    pub object: Option<String>,
}

/// What a call of a cycle's step has that others have not.
#[derive(Clone, Copy)]
pub(crate) struct InCycle<'a> {
    pub globals: &'a CycleGlobals,
    /// The step's script.
    pub script: Option<&'a Script>,
    pub storage: &'a dyn ScriptStorage,
    pub journal: &'a Journal,
    /// The look-back.
    pub last_run: DateTime<Utc>,
    /// Further mergefields.
    pub mergefields: &'a Map<String, Value>,
    pub patience: Patience,
    /// How much of a list is wanted.
    pub mode: Mode,
    /// Keeps the pages of a long one.
    pub pages: Option<&'a dyn PageKeeper>,
}

/// One call, before it is made.
struct Attempt<'a> {
    installation: &'a Installation,
    method: &'a Method,
    given: &'a Given,
    mode: Mode,
    storage: &'a dyn ScriptStorage,
}

/// The mergefield that names the object (connectors.md §5).
const OBJECT_NAME: &str = "CyclrObjectName";

impl Caller {
    /// A caller over these parts.
    pub fn new(bench: Workbench, pipeline: Arc<Pipeline>, renewals: Renewals) -> Self {
        Self {
            bench,
            pipeline,
            renewals,
        }
    }

    pub(crate) fn installations(&self) -> &Installations {
        self.renewals.installations()
    }

    pub(crate) fn bench(&self) -> &Workbench {
        &self.bench
    }

    pub(super) fn renewals(&self) -> &Renewals {
        &self.renewals
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// The credential of an installation for one call, renewed when due or refused, its session renewed
    /// when the provider has ended it.
    pub fn credentials(&self, installation: &Arc<Installation>) -> InstallationCredentials {
        InstallationCredentials {
            session: Some(self.clone()),
            ..self.login_credentials(installation)
        }
    }

    /// The same for the lookup that logs in, which can't log in itself.
    pub(super) fn login_credentials(
        &self,
        installation: &Arc<Installation>,
    ) -> InstallationCredentials {
        let version = installation
            .stored
            .as_ref()
            .map_or(0, |stored| stored.version);
        InstallationCredentials {
            renewals: self.renewals.clone(),
            installation: Arc::clone(installation),
            given: Mutex::new(version),
            session: None,
        }
    }

    pub(crate) async fn call(
        &self,
        installation: &Arc<Installation>,
        method: &Method,
        given: &Given,
        mode: Mode,
    ) -> Result<Reply, CallError> {
        self.call_with(
            installation,
            method,
            given,
            mode,
            &self.credentials(installation),
        )
        .await
    }

    pub(super) async fn call_with(
        &self,
        installation: &Installation,
        method: &Method,
        given: &Given,
        mode: Mode,
        credentials: &InstallationCredentials,
    ) -> Result<Reply, CallError> {
        let storage = Storage {
            store: self.bench.store.clone(),
            scope: installation.scope,
            of: installation.connector.id,
            cycle: None,
            identity: None,
        };
        let call = Attempt {
            installation,
            method,
            given,
            mode,
            storage: &storage,
        };
        self.attempt(call, credentials).await
    }

    /// Calls a method of a release that nobody has installed, first page only. What its scripts store is
    /// gone afterwards.
    pub(super) async fn try_out(
        &self,
        installation: &Installation,
        method: &Method,
        given: &Given,
        credentials: &dyn CredentialSource,
    ) -> Result<Reply, CallError> {
        let call = Attempt {
            installation,
            method,
            given,
            mode: Mode::FirstPage,
            storage: &InMemory::default(),
        };
        self.attempt(call, credentials).await
    }

    /// Calls a method for a step, from where a former try of the same call has come to.
    pub(crate) async fn call_in_cycle(
        &self,
        installation: &Installation,
        method: &Method,
        given: &Given,
        within: InCycle<'_>,
        credentials: &dyn CredentialSource,
        progress: Progress,
    ) -> Result<Reply, CallError> {
        let context = self.cycle_context(installation, method, given, within);
        let call = self.cycle_call(installation, method, given, &context, within)?;
        let pages = within.pages;
        let pipeline = &self.pipeline;
        pipeline
            .resume_keeping(&call, credentials, progress, pages)
            .await
    }

    /// On whose behalf a step calls.
    pub(crate) fn cycle_context(
        &self,
        installation: &Installation,
        method: &Method,
        given: &Given,
        within: InCycle<'_>,
    ) -> Context {
        let mut context = installation.context(within.last_run);
        let object = given.object.as_deref().unwrap_or(&method.category);
        context.mergefields.clone_from(within.mergefields);
        context
            .mergefields
            .insert(OBJECT_NAME.to_owned(), object.into());
        context
    }

    /// A call of a step.
    pub(crate) fn cycle_call<'a>(
        &self,
        installation: &'a Installation,
        method: &'a Method,
        given: &'a Given,
        context: &'a Context,
        within: InCycle<'a>,
    ) -> Result<Call<'a>, CallError> {
        Ok(Call {
            definition: installation.numbered.definition(),
            method,
            authentication: &installation.authentication,
            values: Values {
                parameters: &given.parameters,
                fields: &given.fields,
                properties: &installation.properties,
                partner: installation.setup.properties(),
                sparse: true,
            },
            context,
            signer: signer(installation)?,
            mode: within.mode,
            patience: within.patience,
            scripting: Scripting {
                step: within.script,
                storage: Some(within.storage),
                cycle: Some(within.globals),
            },
            journal: Some(within.journal),
        })
    }

    async fn attempt(
        &self,
        attempt: Attempt<'_>,
        credentials: &dyn CredentialSource,
    ) -> Result<Reply, CallError> {
        let Attempt {
            installation,
            method,
            given,
            mode,
            storage,
        } = attempt;
        let now = self.bench.clock.now();
        let mut context = installation.context(now);
        let object = given.object.as_deref().unwrap_or(&method.category);
        context
            .mergefields
            .insert(OBJECT_NAME.to_owned(), object.into());
        let call = Call {
            definition: installation.numbered.definition(),
            method,
            authentication: &installation.authentication,
            values: Values {
                parameters: &given.parameters,
                fields: &given.fields,
                properties: &installation.properties,
                partner: installation.setup.properties(),
                sparse: false,
            },
            context: &context,
            signer: signer(installation)?,
            mode,
            journal: None,
            patience: Patience::ON_DEMAND,
            scripting: Scripting {
                storage: Some(storage),
                ..Scripting::default()
            },
        };
        self.pipeline.call(&call, credentials).await
    }
}

/// The signer of an installation, where it has one.
pub(crate) fn signer(installation: &Installation) -> Result<Option<&Signer>, CallError> {
    let unsignable = |fault: &SignError| CallError::Build {
        field: None,
        message: fault.to_string(),
    };
    installation
        .signer
        .as_ref()
        .map(Option::as_ref)
        .map_err(unsignable)
}

/// The credential of one installation during one call.
pub struct InstallationCredentials {
    renewals: Renewals,
    installation: Arc<Installation>,
    /// Version of the credential handed out last.
    given: Mutex<i64>,
    /// Logs in again; none for the login itself.
    session: Option<Caller>,
}

#[async_trait]
impl CredentialSource for InstallationCredentials {
    async fn current(&self) -> Result<Arc<Credential>, CredentialError> {
        let (credential, version) = self.renewals.current(&self.installation).await?;
        *self.given.lock() = version;
        Ok(credential)
    }

    async fn renewed(&self, _stale: &Credential) -> Result<Arc<Credential>, CredentialError> {
        let refused = *self.given.lock();
        let (credential, version) = self.renewals.renew(&self.installation, refused).await?;
        *self.given.lock() = version;
        Ok(credential)
    }

    async fn session_renewed(&self) -> Result<Properties, CredentialError> {
        let caller = self.session.as_ref().ok_or(CredentialError::NoSession)?;
        caller.log_in_again(&self.installation).await
    }
}
