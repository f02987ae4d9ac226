//! A store in a folder of its own, the seed connectors, and a sandbox to call.

use std::{borrow::Cow, io, path::Path, sync::Arc, time::Duration};

use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use velodrome_connector::{
    call::Pipeline,
    catalogue::{Catalogue, DirectoryFiles, Files, Release, Snapshot, Source, load},
    egress::{Client, EgressPolicy},
    rate_limit::RateLimiter,
};
use velodrome_model::{
    AccountActor, AccountConnectorId, AccountScope, ConnectorId, InstanceScope, PartnerActor,
    PartnerScope, Principal, PrincipalKind, SecretString, SystemClock,
};
use velodrome_sandbox::{RateLimits, Sandbox, SandboxControl, SandboxOptions};
use velodrome_service::{
    Access, Accounts, Passwords, Settings, Tools, Workbench,
    account_connectors::{AccountConnectors, Install},
    accounts::AccountChange,
    authentication::{Authentications, Prover},
    bootstrap::{Bootstrap, FirstAdministrator, bootstrap},
    calls::{Caller, Calls},
    custom_fields::CustomFields,
    cycles::Cycles,
    flows::Flows,
    hooks::Hooks,
    installation::Installations,
    library::{ConnectorRef, Library},
    renewal::Renewals,
    steps::{StepTrials, Steps},
};
use velodrome_store::{Database, NewRelease, Store, StoreOptions, seal::MasterKeys};
use velodrome_testkit::FreshDatabase;

/// Everything that a test needs; ends the sandbox when dropped.
pub struct Bench {
    pub sandbox: SandboxControl,
    pub partner: PartnerActor,
    pub accounts: Accounts,
    pub library: Library,
    pub connectors: AccountConnectors,
    pub authentications: Authentications,
    pub calls: Arc<Calls>,
    pub cycles: Cycles,
    pub caller: Caller,
    pub steps: Steps,
    pub trials: StepTrials,
    pub custom_fields: CustomFields,
    pub renewals: Renewals,
    pub installations: Installations,
    pub hooks: Hooks,
    pub flows: Flows,
    pub bench: Workbench,
    _stop: DropGuard,
    _database: FreshDatabase,
}

impl Bench {
    /// Starts over: nothing is shared between tests.
    pub async fn start() -> Self {
        Self::start_at(Arc::new(SystemClock)).await
    }

    /// Starts over with a clock of the test's own.
    pub async fn start_at(clock: velodrome_model::SharedClock) -> Self {
        let database = FreshDatabase::create();
        let options = SandboxOptions {
            rate_limits: RateLimits::Off,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::bind(([127, 0, 0, 1], 0).into(), options)
            .await
            .expect("a free port");
        let rewrites: Vec<String> = sandbox.rewrites().iter().map(ToString::to_string).collect();
        let policy = EgressPolicy::parse("127.0.0.0/8", &rewrites.join(",")).expect("a policy");
        let control = sandbox.control();
        let stop = CancellationToken::new();
        tokio::spawn(sandbox.serve(stop.clone()));

        let store = Store::open(StoreOptions {
            database: Database::parse(database.url()).expect("a database URL"),
            master_keys: MasterKeys::parse(&MasterKeys::generate()).expect("a generated key"),
            clock: clock.clone(),
            connections: 8,
        })
        .await
        .expect("a store");
        let public_url: url::Url = "http://127.0.0.1:8080".parse().expect("a URL");
        let passwords = Passwords::new(1).expect("a hasher");
        let made = bootstrap(
            &store,
            &passwords,
            &clock,
            Bootstrap {
                public_url: public_url.clone(),
                administrator: FirstAdministrator {
                    email: "admin@localhost".into(),
                    password: None,
                },
                client: None,
            },
        )
        .await
        .expect("a first start");

        let client = Client::new(policy).expect("a client");
        let bench = Workbench::from(Tools {
            store: store.clone(),
            catalogue: Arc::new(Catalogue::new(snapshot(&store).await)),
            client: client.clone(),
            clock: clock.clone(),
            public_url: public_url.clone(),
            real_secret_kind: Some(velodrome_sandbox::real_secret_kind),
        });
        let access = Access::new(store.clone(), clock.clone(), Duration::ZERO);
        let settings = Settings::new(store.clone(), public_url);
        let installations = Installations::new(bench.clone(), settings.clone());
        let pipeline = Arc::new(Pipeline::new(
            client,
            Arc::new(RateLimiter::default()),
            clock.clone(),
        ));
        let flows = Flows::new(bench.clone(), Arc::clone(&pipeline));
        let renewals = Renewals::new(
            bench.clone(),
            installations.clone(),
            flows.clone(),
            TaskTracker::new(),
        );
        let caller = Caller::new(bench.clone(), pipeline, renewals.clone());
        let custom_fields = CustomFields::new(caller.clone(), TaskTracker::new());
        let prover = Prover::new(
            bench.clone(),
            installations.clone(),
            caller.clone(),
            custom_fields.clone(),
        );
        let library = Library::new(bench.clone(), settings.clone(), installations.clone());
        let calls = Arc::new(Calls::new(
            bench.clone(),
            settings.clone(),
            access.clone(),
            installations.clone(),
            caller.clone(),
            prover.clone(),
        ));
        let hooks = Hooks::new(bench.clone(), Steps::new(caller.clone(), settings.clone()));
        Self {
            partner: PartnerActor {
                scope: PartnerScope {
                    partner: made.partner,
                },
                principal: Principal {
                    kind: PrincipalKind::Client,
                    name: "tests".into(),
                    address: None,
                },
            },
            accounts: Accounts::new(&bench, settings.clone(), access.clone(), hooks.clone()),
            connectors: AccountConnectors::new(
                bench.clone(),
                library.clone(),
                installations.clone(),
                hooks.clone(),
            ),
            authentications: Authentications::new(
                bench.clone(),
                library.clone(),
                installations.clone(),
                flows.clone(),
                prover,
            ),
            trials: StepTrials::new(Steps::new(caller.clone(), settings.clone()), access.clone()),
            steps: Steps::new(caller.clone(), settings.clone()),
            cycles: Cycles::new(
                bench.clone(),
                settings,
                installations.clone(),
                custom_fields.clone(),
                Arc::clone(&calls),
                hooks.clone(),
            ),
            calls,
            caller,
            custom_fields,
            library,
            renewals,
            installations,
            hooks,
            flows,
            bench,
            sandbox: control,
            _stop: stop.drop_guard(),
            _database: database,
        }
    }

    /// A new account and who acts in it.
    pub async fn account(&self, key: &str) -> AccountActor {
        let change = AccountChange {
            name: Some(key.to_owned()),
            ..AccountChange::default()
        };
        let account = self
            .accounts
            .create(&self.partner, Some(key), None, change)
            .await
            .expect("an account");
        AccountActor {
            scope: AccountScope {
                partner: self.partner.scope.partner,
                account: account.id,
            },
            key: account.key,
            parent: None,
            restricted: false,
            principal: self.partner.principal.clone(),
        }
    }

    /// Pipedrive by OAuth, set up at partner level and installed with tokens that the sandbox issued.
    pub async fn pipedrive(&self, actor: &AccountActor) -> AccountConnectorId {
        let id = self.connector("Pipedrive (OAuth 2.0)");
        let change = velodrome_service::library::SetupChange {
            client_id: Some(Some("sandbox-pipedrive".into())),
            client_secret: Some(Some("sandbox-pipedrive-secret".into())),
            ..Default::default()
        };
        self.library
            .change_setup(&self.partner, id, change)
            .await
            .expect("a setup");
        let tokens = self
            .sandbox
            .issue(
                "pipedrive-oauth",
                &velodrome_sandbox::IssueRequest {
                    client_id: "sandbox-pipedrive".into(),
                    client_secret: "sandbox-pipedrive-secret".into(),
                    tenant: None,
                    scopes: Vec::new(),
                },
            )
            .expect("tokens");
        let auth_value = serde_json::json!({
            "AccessToken": tokens.access_token,
            "RefreshToken": tokens.refresh_token,
        });
        let install = Install {
            auth_value: Some(SecretString::from(auth_value.to_string())),
            properties: vec![(
                "ApiDomain".into(),
                Some("https://sandbox-company.pipedrive.com".into()),
            )],
            ..Install::default()
        };
        let installed = self
            .connectors
            .install(actor, &ConnectorRef::Id(id), None, install)
            .await
            .expect("an installation");
        installed.connector.id
    }

    /// The release of a connector by name.
    pub fn connector(&self, name: &str) -> ConnectorId {
        let snapshot = self.bench.catalogue.snapshot();
        snapshot.newest(name).expect("a seed connector").id()
    }

    /// A method of a connector by key.
    pub fn method(&self, connector: &str, key: &str) -> velodrome_service::calls::MethodRef {
        let snapshot = self.bench.catalogue.snapshot();
        let numbered = snapshot
            .connector(self.connector(connector))
            .expect("a connector");
        velodrome_service::calls::MethodRef::Uid(numbered.method_by_key(key).expect("a method").uid)
    }
}

/// A folder without the definitions that the catalogue's generator has begun, which all can call any path:
/// there are hundreds, and reading them takes longer than a test.
struct Seeds(DirectoryFiles);

impl Files for Seeds {
    fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = self.0.folders()?;
        let calls_any_path = |name: &String| {
            let generic = self.0.read(&format!("{name}/exchanges/call-api-get.json"));
            matches!(generic, Ok(Some(_)))
        };
        names.retain(|name| !calls_any_path(name));
        Ok(names)
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        self.0.list(folder)
    }

    fn read(&self, path: &str) -> io::Result<Option<Cow<'static, [u8]>>> {
        self.0.read(path)
    }

    fn shown(&self, path: &str) -> String {
        self.0.shown(path)
    }
}

async fn snapshot(store: &Store) -> Snapshot {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The seed connectors, and those that only tests need.
    let sources = ["../../connectors", "tests/connectors"]
        .map(|folder| Source::directory(Seeds(DirectoryFiles::new(crate_folder.join(folder)))));
    let loaded = load(&sources);
    let new = loaded.packages.iter().map(|package| {
        let outline = package.outline();
        NewRelease {
            connector: outline.uid,
            slug: outline.slug.clone(),
            version: outline.version.clone().unwrap_or_default(),
            number: outline.release.number,
            hash: package.hash().as_bytes().to_vec(),
            count: i32::try_from(outline.ids).expect("a small definition"),
        }
    });
    let unit = store.begin(&InstanceScope).await.expect("a unit");
    let registered = unit
        .register_releases(new.collect())
        .await
        .expect("registered releases");
    unit.commit().await.expect("a commit");
    let releases = registered.iter().zip(&loaded.packages);
    Snapshot::new(
        releases
            .map(|(one, package)| Release::new(ConnectorId(one.first), package.clone()))
            .collect(),
        loaded.invalid,
    )
}
