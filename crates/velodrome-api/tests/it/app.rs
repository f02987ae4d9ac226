//! The real router over a store of its own, with a clock that only the test moves.

use std::{net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::BodyExt as _;
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use url::Url;
use velodrome_api::{ApiServices, ApiState, Check, Readiness, Site, SiteFacts, router};
use velodrome_connector::{
    call::Pipeline,
    catalogue::{Catalogue, DirectoryFiles, Release, Snapshot, Source, load},
    egress::{Client, EgressPolicy},
    rate_limit::RateLimiter,
};
use velodrome_model::{
    Account, AccountId, Clock, ConnectorId, ExposeSecret as _, InstanceScope, MethodUid, Partner,
    PartnerId, SecretString, SharedClock,
};
use velodrome_service::{
    Access, Accounts, Administrators, Clients, Console, IpRules, Partners, Passwords, Scripts,
    Settings, Throttle, Tokens, Tools, Users, Workbench,
    account_connectors::AccountConnectors,
    account_sessions::AccountSessions,
    authentication::{Authentications, Prover},
    bootstrap::{Bootstrap, FirstAdministrator, bootstrap},
    calls::{Caller, Calls},
    custom_connectors::CustomConnectors,
    custom_fields::CustomFields,
    cycles::Cycles,
    error_webhook::ErrorWebhook,
    flows::Flows,
    hooks::Hooks,
    installation::Installations,
    ledger::Ledger,
    library::Library,
    pace::Pace,
    renewal::Renewals,
    reports::Reports,
    runs::{Runs, Transactions, Webhooks},
    steps::{StepTrials, Steps},
    templates::{RecycleBin, Templates},
};
use velodrome_store::{Database, Store, StoreOptions, seal::MasterKeys};
use velodrome_testkit::FreshDatabase;

pub const CLIENT_ID: &str = "first-client";
pub const CLIENT_SECRET: &str = "a secret of the first client";
pub const ADMINISTRATOR: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse!";
/// Where test requests come from unless they say otherwise.
pub const ADDRESS: &str = "198.51.100.7";

pub struct TestApp {
    router: Router,
    clock: Arc<Hand>,
    pub store: Store,
    pub runs: Runs,
    catalogue: Arc<Catalogue>,
    database: FreshDatabase,
}

struct Hand(Mutex<DateTime<Utc>>);

impl Clock for Hand {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock()
    }
}

struct Ready;

#[async_trait]
impl Readiness for Ready {
    async fn check(&self) -> Vec<(&'static str, Check)> {
        vec![("database", Check::Ok)]
    }
}

impl TestApp {
    pub async fn start() -> Self {
        let database = FreshDatabase::create();
        let start = "2026-03-04T09:30:00Z".parse().expect("a time");
        let hand = Arc::new(Hand(Mutex::new(start)));
        let clock: SharedClock = hand.clone();
        let store = Store::open(StoreOptions {
            database: Database::parse(database.url()).expect("a database URL"),
            master_keys: MasterKeys::parse(&MasterKeys::generate()).expect("a generated key"),
            clock: clock.clone(),
            connections: 4,
        })
        .await
        .expect("a store");
        let public_url: Url = "https://integrations.example.com".parse().expect("a URL");
        let passwords = Passwords::new(2).expect("a hasher");
        bootstrap(&store, &passwords, &clock, first_start(&public_url))
            .await
            .expect("a first start");
        let catalogue = Arc::new(Catalogue::new(Snapshot::default()));
        let settings = Settings::new(store.clone(), public_url.clone());
        let echo = Arc::new(crate::echo::Echo);
        let runs = Runs::new(store.clone(), clock.clone(), settings, echo);
        let state = state(&store, &clock, &public_url, &passwords, &catalogue, &runs);
        let router = router(state).expect("the document can be written");
        Self {
            router,
            clock: hand,
            store,
            runs,
            catalogue,
            database,
        }
    }

    /// Puts the one connector of the tests into the library, which is empty else.
    pub fn offer_workbench(&self) {
        self.offer("workbench-objects");
    }

    /// Puts a connector of the tests into the library, in place of what was there.
    pub fn offer(&self, slug: &str) {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../velodrome-service/tests/connectors");
        let loaded = load(&[Source::directory(DirectoryFiles::new(folder))]);
        let package = loaded
            .packages
            .into_iter()
            .find(|package| package.outline().slug == slug)
            .expect("the connector of the tests");
        let release = Release::new(ConnectorId(1), package);
        self.catalogue
            .replace(Snapshot::new(vec![release], loaded.invalid));
    }

    /// The stable id of a method of that connector.
    pub fn method(&self, key: &str) -> MethodUid {
        let numbered = self
            .catalogue
            .snapshot()
            .connector(ConnectorId(1))
            .expect("a connector");
        numbered.method_by_key(key).expect("a method").uid
    }

    /// Changes rows behind the back of the store, as a fault would; `$1` and so on in the statement.
    pub async fn sabotage(&self, sql: &str, values: impl IntoIterator<Item = sea_orm::Value>) {
        use sea_orm::ConnectionTrait as _;
        let url = self.database.url();
        let db = sea_orm::Database::connect(url).await.expect("a connection");
        let statement =
            sea_orm::Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let done = db.execute_raw(statement).await.expect("a change");
        assert!(done.rows_affected() > 0, "{sql} changed nothing");
        db.close().await.expect("a closed connection");
    }

    /// Moves the clock.
    pub fn pass(&self, time: TimeDelta) {
        *self.clock.0.lock() += time;
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// A request that can be refined and sent.
    pub fn request(&self, method: Method, path: &str) -> Call<'_> {
        let builder = Request::builder().method(method).uri(path);
        Call {
            app: self,
            builder,
            body: Body::empty(),
            address: ADDRESS.to_owned(),
        }
    }

    pub fn get(&self, path: &str) -> Call<'_> {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> Call<'_> {
        self.request(Method::POST, path)
    }

    pub fn put(&self, path: &str) -> Call<'_> {
        self.request(Method::PUT, path)
    }

    pub fn patch(&self, path: &str) -> Call<'_> {
        self.request(Method::PATCH, path)
    }

    pub fn delete(&self, path: &str) -> Call<'_> {
        self.request(Method::DELETE, path)
    }

    /// An unrestricted token of the first client.
    pub async fn token(&self) -> String {
        self.token_of(CLIENT_ID, CLIENT_SECRET, None).await
    }

    /// A token of the first client that is restricted to an account.
    pub async fn restricted_token(&self, account: &str) -> String {
        self.token_of(CLIENT_ID, CLIENT_SECRET, Some(account)).await
    }

    pub async fn token_of(&self, id: &str, secret: &str, account: Option<&str>) -> String {
        let mut form = vec![
            ("grant_type", "client_credentials".to_owned()),
            ("client_id", id.to_owned()),
            ("client_secret", secret.to_owned()),
        ];
        form.extend(account.map(|key| ("scope", format!("account:{key}"))));
        let answer = self.post("/oauth/token").form(&form).send().await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    /// Another partner of the installation with a token and an account `acme` of its own.
    pub async fn other_partner(&self) -> String {
        let unit = self.store.begin(&InstanceScope).await.unwrap();
        let first = unit.default_partner().await.unwrap().unwrap();
        let partner = PartnerId(uuid::Uuid::new_v4());
        let other = Partner {
            id: partner,
            name: "Other".into(),
            password_client: ("pw-other".into(), self.now()),
            ..first
        };
        unit.insert_partner(&other, false).await.unwrap();
        let unit = unit.into_partner(partner);
        let secret = SecretString::from("a secret of the other client");
        unit.oauth_clients()
            .insert("other-client", "of the other partner", &secret)
            .await
            .unwrap();
        let account = self.plain_account("acme");
        unit.accounts().insert(&account).await.unwrap();
        unit.commit().await.unwrap();
        self.token_of("other-client", secret.expose_secret(), None)
            .await
    }

    fn plain_account(&self, key: &str) -> Account {
        let id = AccountId(uuid::Uuid::new_v4());
        Account {
            id,
            key: key.parse().expect("a key"),
            name: key.into(),
            description: None,
            audit_info: None,
            task_audit_info: None,
            timezone: "UTC".into(),
            next_bill_at: self.now() + TimeDelta::days(30),
            success_retention_hours: None,
            errored_retention_hours: None,
            error_webhook: velodrome_model::AccountErrorWebhook::default(),
            concurrent_limit: None,
            parent: None,
            is_template_account: false,
            is_suspended: false,
            created_at: self.now(),
        }
    }

    /// Makes an account of the first partner.
    pub async fn account(&self, token: &str, key: &str) {
        let body = serde_json::json!({ "Id": key, "Name": key });
        let answer = self
            .post("/v1.0/accounts")
            .bearer(token)
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }

    /// Signs the first administrator in; answers the cookie.
    pub async fn sign_in(&self) -> String {
        self.sign_in_as(ADMINISTRATOR, PASSWORD).await
    }

    pub async fn sign_in_as(&self, email: &str, password: &str) -> String {
        let body = serde_json::json!({ "Email": email, "Password": password });
        let answer = self
            .post("/console/session")
            .console()
            .json(&body)
            .send()
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.cookie()
    }

    /// The audit log's actions, the newest first.
    pub async fn audited(&self, token: &str) -> Vec<String> {
        let answer = self
            .get("/v1.0/partner/auditlog")
            .bearer(token)
            .send()
            .await;
        let entries = answer.json();
        entries
            .as_array()
            .expect("entries")
            .iter()
            .map(|entry| entry["Action"].as_str().expect("an action").to_owned())
            .collect()
    }
}

/// A request being made.
pub struct Call<'a> {
    app: &'a TestApp,
    builder: axum::http::request::Builder,
    body: Body,
    address: String,
}

impl Call<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// The header that a browser sends from our own pages only.
    pub fn console(self) -> Self {
        self.header("x-velodrome-console", "1")
    }

    /// A session, with the header.
    pub fn session(self, cookie: &str) -> Self {
        self.header("cookie", cookie).console()
    }

    pub fn from(mut self, address: &str) -> Self {
        self.address = address.to_owned();
        self
    }

    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    pub fn form(self, fields: &[(&str, String)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    pub async fn send(self) -> Answer {
        let address: SocketAddr = format!("{}:50000", self.address)
            .parse()
            .expect("an address");
        let mut request = self.builder.body(self.body).expect("a request");
        request.extensions_mut().insert(ConnectInfo(address));
        let response = self
            .app
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// Status and code of an error, whose body must be exactly one message.
    pub fn failure(&self) -> (u16, &str) {
        let body = self.json();
        let properties: Vec<_> = body
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect();
        assert_eq!(properties, ["Message"], "{}", self.text);
        (
            self.status.as_u16(),
            self.headers["x-velodrome-code"].to_str().expect("a code"),
        )
    }

    pub fn message(&self) -> String {
        self.json()["Message"]
            .as_str()
            .expect("a message")
            .to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().expect("text"))
    }

    /// Name and value of the cookie that was set.
    pub fn cookie(&self) -> String {
        self.header(header::SET_COOKIE.as_str())
            .split(';')
            .next()
            .expect("a cookie")
            .to_owned()
    }
}

fn first_start(public_url: &Url) -> Bootstrap {
    Bootstrap {
        public_url: public_url.clone(),
        administrator: FirstAdministrator {
            email: ADMINISTRATOR.into(),
            password: Some(PASSWORD.into()),
        },
        client: Some((CLIENT_ID.into(), CLIENT_SECRET.into())),
    }
}

fn state(
    store: &Store,
    clock: &SharedClock,
    public_url: &Url,
    passwords: &Passwords,
    catalogue: &Arc<Catalogue>,
    runs: &Runs,
) -> ApiState {
    let site = Site::new(SiteFacts {
        public_url: public_url.clone(),
        version: "0.0.0-test",
        trusted_proxies: vec!["10.0.0.0/8".parse().expect("a network")],
        sandbox_url: None,
        egress_is_rewritten: false,
        pace: Pace::default(),
        metrics_token: Some("metrics token".into()),
        render_metrics: Arc::new(|| "# nothing measured\n".to_owned()),
        readiness: Arc::new(Ready),
    });
    let client = Client::new(EgressPolicy::parse("", "").expect("a policy")).expect("a client");
    let bench = Workbench::from(Tools {
        store: store.clone(),
        catalogue: Arc::clone(catalogue),
        client: client.clone(),
        clock: clock.clone(),
        public_url: public_url.clone(),
        real_secret_kind: None,
    });
    let settings = Settings::new(store.clone(), public_url.clone());
    let access = Access::new(
        store.clone(),
        clock.clone(),
        velodrome_service::access::FRESH,
    );
    let installations = Installations::new(bench.clone(), settings.clone());
    let limiter = Arc::new(RateLimiter::new());
    let pipeline = Arc::new(Pipeline::new(client, limiter, clock.clone()));
    let flows = Flows::new(bench.clone(), Arc::clone(&pipeline));
    let renewals = Renewals::new(
        bench.clone(),
        installations.clone(),
        flows.clone(),
        TaskTracker::new(),
    );
    let caller = Caller::new(bench.clone(), Arc::clone(&pipeline), renewals);
    let custom_fields = CustomFields::new(caller.clone(), TaskTracker::new());
    let prover = Prover::new(
        bench.clone(),
        installations.clone(),
        caller.clone(),
        custom_fields.clone(),
    );
    let library = Library::new(bench.clone(), settings.clone(), installations.clone());
    let steps = Steps::new(caller.clone(), settings.clone());
    let hooks = Hooks::new(bench.clone(), steps.clone());
    let calls = Arc::new(Calls::new(
        bench.clone(),
        settings.clone(),
        access.clone(),
        installations.clone(),
        caller,
        prover.clone(),
    ));
    let cycles = Cycles::new(
        bench.clone(),
        settings.clone(),
        installations.clone(),
        custom_fields.clone(),
        Arc::clone(&calls),
        hooks.clone(),
    );
    let templates = Templates::new(
        bench.clone(),
        settings.clone(),
        installations.clone(),
        custom_fields.clone(),
        cycles.clone(),
    );
    ApiState::from(ApiServices {
        site,
        clock: clock.clone(),
        tokens: Tokens::new(store.clone(), passwords.clone(), clock.clone()),
        console: Console::new(
            store.clone(),
            access.clone(),
            passwords.clone(),
            clock.clone(),
        ),
        accounts: Accounts::new(&bench, settings.clone(), access.clone(), hooks.clone()),
        account_sessions: AccountSessions::new(store.clone(), clock.clone()),
        users: Users::new(store.clone(), passwords.clone()),
        partners: Partners::new(store.clone(), settings.clone(), clock.clone()),
        clients: Clients::new(
            store.clone(),
            settings.clone(),
            access.clone(),
            clock.clone(),
        ),
        ip_rules: IpRules::new(store.clone(), access.clone()),
        administrators: Administrators::new(store.clone(), access.clone(), clock.clone()),
        account_connectors: AccountConnectors::new(
            bench.clone(),
            library.clone(),
            installations.clone(),
            hooks.clone(),
        ),
        custom_connectors: CustomConnectors::new(
            bench.clone(),
            settings.clone(),
            installations.clone(),
        ),
        cycles,
        error_webhook: ErrorWebhook::new(bench.clone(), settings.clone()),
        custom_fields,
        authentications: Authentications::new(
            bench.clone(),
            library.clone(),
            installations,
            flows,
            prover,
        ),
        calls,
        scripts: Scripts::new(pipeline, settings.clone()),
        templates,
        recycle_bin: RecycleBin::new(store.clone()),
        step_trials: StepTrials::new(steps, access.clone()),
        transactions: Transactions::new(runs),
        ledger: Ledger::new(store.clone()),
        reports: Reports::new(bench),
        webhooks: Webhooks::new(runs),
        setup_throttle: Throttle::new(clock.clone(), 20, TimeDelta::minutes(5)),
        access,
        settings,
        library,
    })
}
