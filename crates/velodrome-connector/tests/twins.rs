//! Our client against twins: every method of the test definitions and of the seed connectors, called at
//! a provider that was built from the definition alone.
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};

use chrono::DateTime;
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::Url;
use velodrome_connector::{
    auth::{
        BasicCredential, Credential, FixedCredential, ValuesFn,
        oauth1::{self, OAuth1Client, Once, Signer, token_of_properties},
        oauth2::{self, Grant, OAuth2Client, OAuth2Setup, Verifier},
    },
    call::{Call, Context, Mode, Patience, Pipeline, Properties, Reply, Values},
    catalogue::{DirectoryFiles, Source, load},
    egress::{Client, EgressPolicy, Redirects, Request},
    rate_limit::RateLimiter,
};
use velodrome_model::{
    AccountConnectorId, Clock, ExposeSecret, SecretString, SystemClock,
    definition::{
        AuthType, Authentication, ConnectorDefinition, DataType, Field, HttpMethod, Method,
        MethodType, OAuth1Flow, OAuth2Type, Parameter, TargetType,
    },
    location::Location,
};
use velodrome_sandbox::{
    Card, Consent, Fault, FaultRule, RateLimits, Sandbox, SandboxControl, SandboxOptions,
    TwinSource,
};

const CALLBACK: &str = "http://127.0.0.1:8080/connector/callback";

/// Twins of definitions, and the way to them.
struct Bench {
    definitions: Vec<ConnectorDefinition>,
    cards: HashMap<String, Card>,
    control: SandboxControl,
    client: Client,
    _stop: DropGuard,
}

/// An account connector that is ready to call.
struct Connected<'a> {
    definition: &'a ConnectorDefinition,
    authentication: &'a Authentication,
    credential: Credential,
    signer: Option<Signer>,
    properties: Properties,
    pipeline: Pipeline,
    /// Ids that lists have shown, by method and location.
    shown: RefCell<HashMap<(String, String), Value>>,
}

impl Bench {
    async fn start(folders: &[&str], rate_limits: RateLimits) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut definitions = Vec::new();
        for folder in folders {
            let loaded = load(&[Source::built_in(DirectoryFiles::new(root.join(folder)))]);
            assert!(loaded.invalid.is_empty(), "{:#?}", loaded.invalid);
            definitions.extend(loaded.packages.iter().map(|package| package.definition()));
        }
        // Waiting for our own limits proves nothing here, and small pages turn as large ones do.
        for definition in &mut definitions {
            definition.rate_limits.clear();
            for method in &mut definition.methods {
                method.rate_limit = None;
            }
            let of_methods = definition
                .methods
                .iter_mut()
                .map(|method| &mut method.paging);
            for paging in of_methods.chain([&mut definition.paging]).flatten() {
                paging.inbound_page_size = paging.inbound_page_size.map(|size| size.min(20));
            }
        }
        let options = SandboxOptions {
            rate_limits,
            ..SandboxOptions::default()
        };
        let sources = definitions.iter().cloned().map(TwinSource::of).collect();
        let sandbox = Sandbox::of_definitions(([127, 0, 0, 1], 0).into(), options, sources)
            .await
            .unwrap();
        let rewrites: Vec<String> = sandbox.rewrites().iter().map(ToString::to_string).collect();
        let policy = EgressPolicy::parse("127.0.0.0/8,::1", &rewrites.join(",")).unwrap();
        let cards = definitions
            .iter()
            .map(|definition| {
                (
                    definition.slug.clone(),
                    sandbox.card(&definition.slug).unwrap(),
                )
            })
            .collect();
        let control = sandbox.control();
        control.set_consent(Consent::Allow);
        let stop = CancellationToken::new();
        tokio::spawn(sandbox.serve(stop.clone()));
        Self {
            definitions,
            cards,
            control,
            client: Client::new(policy).unwrap(),
            _stop: stop.drop_guard(),
        }
    }

    fn definition(&self, slug: &str) -> &ConnectorDefinition {
        self.definitions
            .iter()
            .find(|definition| definition.slug == slug)
            .unwrap()
    }

    /// What the card suggests for an input.
    fn suggested(&self, definition: &ConnectorDefinition, label: &str) -> Option<String> {
        let values = &self.cards[&definition.slug].values;
        let found = values.iter().find(|value| value.label == label)?;
        Some(found.value.to_string())
    }

    async fn connect<'a>(
        &self,
        definition: &'a ConnectorDefinition,
        authentication: &'a Authentication,
    ) -> Result<Connected<'a>, String> {
        let mut properties = Properties::new();
        for parameter in &definition.parameters {
            let asked =
                parameter.account_connector_property || parameter.partner_connector_property;
            if asked
                && !parameter.optional
                && let Some(value) = self.suggested(definition, parameter.label())
            {
                properties.insert(parameter.target_name.clone(), value.into());
            }
        }
        let typed = |name: &str| {
            let label = authentication
                .fields
                .get(name)
                .and_then(|field| field.label.as_deref());
            self.suggested(definition, label.unwrap_or(name))
                .unwrap_or_default()
        };
        for name in ["Token", "TokenSecret"] {
            let value = typed(name);
            if !value.is_empty() {
                properties.insert(name.to_owned(), value.into());
            }
        }
        let mut signer = None;
        let credential = match authentication.kind {
            AuthType::None => Credential::None,
            AuthType::ApiKey => Credential::ApiKey(typed("ApiKey").into()),
            AuthType::Basic => Credential::Basic(BasicCredential {
                username: typed("Username"),
                password: typed("Password").into(),
            }),
            AuthType::AuthFields => Credential::AuthFields(
                authentication
                    .auth_fields
                    .iter()
                    .map(|field| (field.name.clone(), SecretString::from(typed(&field.name))))
                    .collect(),
            ),
            AuthType::OAuth1 => {
                let (made, credential) = self
                    .dance(definition, authentication, &typed, &mut properties)
                    .await?;
                signer = Some(made);
                credential
            }
            AuthType::OAuth2 => {
                self.grant(definition, authentication, &typed, &mut properties)
                    .await?
            }
        };
        let pipeline = Pipeline::new(
            self.client.clone(),
            Arc::new(RateLimiter::new()),
            Arc::new(SystemClock),
        );
        let mut connected = Connected {
            definition,
            authentication,
            credential,
            signer,
            properties,
            pipeline,
            shown: RefCell::new(HashMap::new()),
        };
        if let Some(key) = &definition.post_install_property_lookup {
            let method = definition.method(key).unwrap();
            let reply = connected.call(method, &Map::new(), &Map::new()).await?;
            let body = reply.body.into_value();
            for field in &method.response.fields {
                let location: Location = field.connector_field.parse().unwrap();
                if let (Some(name), Some(value)) = (&field.system_field, location.first(&body)) {
                    connected
                        .properties
                        .insert(name.clone(), value.as_str().unwrap_or_default().into());
                }
            }
        }
        Ok(connected)
    }

    async fn dance(
        &self,
        definition: &ConnectorDefinition,
        authentication: &Authentication,
        typed: &dyn Fn(&str) -> String,
        properties: &mut Properties,
    ) -> Result<(Signer, Credential), String> {
        let rules = authentication.oauth1.as_ref().unwrap();
        let known = values_of(definition, properties);
        let values = ValuesFn(move |name: &str| known.get(name).cloned());
        let secret = typed("ClientSecret").into();
        let signer = Signer::new(rules, typed("ClientId"), secret, &values).map_err(text)?;
        let credential = match rules.flow {
            OAuth1Flow::TwoLegged => Credential::None,
            OAuth1Flow::TokenBased => {
                Credential::OAuth1(token_of_properties(&values).map_err(text)?.unwrap())
            }
            OAuth1Flow::ThreeLegged => {
                let client = OAuth1Client {
                    http: &self.client,
                    rules,
                    tls: authentication.tls.as_ref(),
                    signer: &signer,
                    values: &values,
                    user_agent: "test",
                };
                let waiting = client
                    .request_token(CALLBACK, once(1))
                    .await
                    .map_err(text)?;
                let back = self
                    .consent(client.authorise_url(&waiting).map_err(text)?)
                    .await?;
                let verifier = oauth1::read_callback(&back, &waiting).map_err(text)?;
                let answer = client
                    .access_token(&waiting, verifier.expose_secret(), once(2))
                    .await
                    .map_err(text)?;
                properties.extend(answer.properties);
                Credential::OAuth1(answer.token)
            }
        };
        Ok((signer, credential))
    }

    async fn grant(
        &self,
        definition: &ConnectorDefinition,
        authentication: &Authentication,
        typed: &dyn Fn(&str) -> String,
        properties: &mut Properties,
    ) -> Result<Credential, String> {
        let rules = authentication.oauth2.as_ref().unwrap();
        let known = values_of(definition, properties);
        let values = ValuesFn(move |name: &str| known.get(name).cloned());
        let (client_id, secret) = (typed("ClientId"), SecretString::from(typed("ClientSecret")));
        let setup = OAuth2Setup {
            rules,
            tls: authentication.tls.as_ref(),
            client_id: &client_id,
            client_secret: Some(&secret).filter(|secret| !secret.expose_secret().is_empty()),
            scopes: None,
            values: &values,
            user_agent: "test",
        };
        let client = OAuth2Client {
            http: &self.client,
            setup,
            script: None,
        };
        let now = SystemClock.now();
        let answer = match rules.kind {
            OAuth2Type::ClientCredentials => client.token(Grant::Client, now).await,
            OAuth2Type::PasswordCredentials => {
                let (username, password) = (typed("Username"), typed("Password").into());
                let grant = Grant::Password {
                    username: &username,
                    password: &password,
                };
                client.token(grant, now).await
            }
            OAuth2Type::AuthorisationCode => {
                let verifier = Verifier::from_random([7; 48]);
                let url = setup
                    .authorise_url(CALLBACK, "the-state", &verifier)
                    .map_err(text)?;
                let back = self.consent(url).await?;
                let code = oauth2::read_callback(rules, &back).map_err(text)?;
                properties.extend(oauth2::callback_properties(rules, &back).map_err(text)?);
                let grant = Grant::Code {
                    code: &code,
                    redirect_uri: CALLBACK,
                    verifier: &verifier,
                };
                let answer = client.token(grant, now).await.map_err(text)?;
                // A fresh token is no better than a renewed one: go on with what a refresh brings.
                if answer.token.refresh_token.is_some() {
                    properties.extend(answer.properties);
                    client.token(Grant::Refresh(&answer.token), now).await
                } else {
                    Ok(answer)
                }
            }
        };
        let answer = answer.map_err(text)?;
        properties.extend(answer.properties);
        Ok(Credential::OAuth2(answer.token))
    }

    /// The parameters with which the consent page sends the browser back.
    async fn consent(&self, url: Url) -> Result<Vec<(String, String)>, String> {
        let mut request = Request::new(http::Method::GET, url);
        request.redirects = Redirects::Never;
        let answer = self.client.send(request).await.map_err(text)?;
        let Some(location) = answer.headers.get(http::header::LOCATION) else {
            return Err(format!("no consent: {}", answer.status));
        };
        let back: Url = location.to_str().map_err(text)?.parse().map_err(text)?;
        Ok(back.query_pairs().into_owned().collect())
    }
}

fn once(nonce: u8) -> Once {
    Once {
        now: SystemClock.now(),
        nonce: [nonce; 16],
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Properties, and the defaults of those that nobody typed.
fn values_of(definition: &ConnectorDefinition, properties: &Properties) -> HashMap<String, String> {
    let defaults = definition.parameters.iter().filter_map(|parameter| {
        let default = parameter.default_value.as_ref()?.as_str()?.to_owned();
        Some((parameter.target_name.clone(), default))
    });
    let mut values: HashMap<String, String> = defaults.collect();
    for (name, value) in properties {
        values.insert(name.clone(), value.expose_secret().to_owned());
    }
    // The defaults of the seed connectors hold mergefields one level deep.
    let flat = values.clone();
    for value in values.values_mut() {
        for (name, other) in &flat {
            *value = value.replace(&format!("{{{{{name}}}}}"), other);
        }
    }
    values
}

impl Connected<'_> {
    async fn call(
        &self,
        method: &Method,
        parameters: &Map<String, Value>,
        fields: &Map<String, Value>,
    ) -> Result<Reply, String> {
        let context = Context {
            account_connector: AccountConnectorId(1),
            account_id: "account".into(),
            account_external_id: "acme".into(),
            zone: Tz::UTC,
            user_agent: "test".into(),
            last_successful_run: DateTime::UNIX_EPOCH,
            mergefields: [
                ("Cyclr_Webhook_Url", "https://hooks.example/1"),
                ("CycleId", "cycle"),
                ("TransactionId", "transaction"),
            ]
            .map(|(name, value)| (name.to_owned(), json!(value)))
            .into_iter()
            .collect(),
        };
        let call = Call {
            definition: self.definition,
            method,
            authentication: self.authentication,
            values: Values {
                parameters,
                fields,
                properties: &self.properties,
                partner: &Properties::new(),
            },
            context: &context,
            signer: self.signer.as_ref(),
            mode: Mode::AllPages,
            patience: Patience::Unbounded,
            scripting: Default::default(),
        };
        let credential = FixedCredential::from(self.credential.clone());
        self.pipeline
            .call(&call, &credential)
            .await
            .map_err(|error| {
                let exchange = error.exchange().map(ToString::to_string);
                format!("{error} {}", exchange.unwrap_or_default())
            })
    }

    /// Values for what a method asks: ids of records that a list shows, choices, plausible texts.
    async fn parameters(&self, method: &Method) -> Map<String, Value> {
        let mut values = Map::new();
        let own = method.parameters.iter().chain(
            self.definition
                .parameters
                .iter()
                .filter(|p| !p.account_connector_property && !p.partner_connector_property),
        );
        for parameter in own {
            let sent = !parameter.hide || parameter.values.is_empty();
            let kind = parameter.target_type;
            let outward = matches!(
                kind,
                TargetType::MergeField | TargetType::QueryString | TargetType::HttpHeader
            );
            if !sent || !outward || parameter.optional || parameter.default_value.is_some() {
                continue;
            }
            let value = self.value_of(method, parameter).await;
            values.insert(parameter.target_name.clone(), value);
        }
        values
    }

    async fn value_of(&self, method: &Method, parameter: &Parameter) -> Value {
        if parameter.target_name == "ResourcePath" {
            return json!("records/contacts");
        }
        if let Some(choice) = parameter.values.first() {
            return choice.value().clone();
        }
        let trigger = parameter
            .trigger
            .as_deref()
            .and_then(|name| self.definition.trigger(name));
        let by_trigger = trigger.and_then(|trigger| {
            let list = self.definition.method(&trigger.method)?;
            Some((list, trigger.identifier_key.clone()))
        });
        let endpoint = method.endpoint.clone().unwrap_or_default();
        let merged = format!("/{{{{{}}}}}", parameter.target_name);
        let above = endpoint.split(&merged).next().unwrap_or_default();
        let by_path = || {
            let list = self.definition.methods.iter().find(|list| {
                list.http_method == Some(HttpMethod::GET)
                    && list.endpoint.as_deref() == Some(above)
                    && list.key != method.key
            })?;
            let id = list.response.fields.first()?;
            Some((list, id.connector_field.clone()))
        };
        let Some((list, location)) = by_path().or(by_trigger) else {
            return json!("1");
        };
        let key = (list.key.clone(), location.clone());
        if let Some(known) = self.shown.borrow().get(&key) {
            return known.clone();
        }
        if let Ok(reply) = Box::pin(self.call(list, &Map::new(), &Map::new())).await {
            let body = reply.body.into_value();
            let location: Location = location.parse().unwrap();
            if let Some(id) = location.first(&body) {
                self.shown.borrow_mut().insert(key, id.clone());
                return id.clone();
            }
        }
        json!("1")
    }
}

/// Values for every required field of a request.
fn fields(method: &Method) -> Map<String, Value> {
    method
        .request
        .fields
        .iter()
        .filter(|field| !field.optional && !field.hide && field.default_value.is_none())
        .map(|field| (field.connector_field.clone(), field_value(field)))
        .collect()
}

fn field_value(field: &Field) -> Value {
    if let Some(choice) = field.values.first() {
        return choice.value().clone();
    }
    match field.data_type.unwrap_or_default() {
        DataType::Integer => json!(7),
        DataType::Decimal | DataType::Float => json!(7.5),
        DataType::Boolean => json!(true),
        DataType::DateTime => json!("2026-01-02T03:04:05Z"),
        DataType::File => json!({"Name": "a.txt", "ContentType": "text/plain", "Content": "aGk="}),
        DataType::Undefined => json!({"a": "b"}),
        DataType::Text if field.connector_field.to_lowercase().contains("mail") => {
            json!("ada@example.com")
        }
        DataType::Text => json!("eur"),
    }
}

/// Records that a list brought, at the array that holds most of its fields.
fn records(method: &Method, body: &Value) -> Option<Vec<Value>> {
    let first: Location = method
        .response
        .fields
        .first()?
        .connector_field
        .parse()
        .ok()?;
    let mut body = body.clone();
    first.outermost_array()?.take_array(&mut body)
}

fn order(method: &Method) -> u8 {
    match method.http_method {
        Some(HttpMethod::GET) | None => 0,
        Some(HttpMethod::POST) => 1,
        Some(HttpMethod::PATCH | HttpMethod::PUT) => 2,
        Some(HttpMethod::DELETE) => 3,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_every_test_definition_is_answered_by_its_twin() {
    assert!(call_everything("tests/definitions").await > 50);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_method_of_every_seed_connector_is_answered_by_its_twin() {
    assert!(call_everything("connectors").await > 100);
}

/// Calls all methods of a folder's definitions with each of their authentications; how many calls.
async fn call_everything(folder: &str) -> usize {
    let bench = Bench::start(&[folder], RateLimits::Off).await;
    let mut faults = Vec::new();
    let mut called = 0;
    for definition in &bench.definitions {
        for authentication in &definition.authentications {
            let place = format!("{}/{}", definition.slug, authentication.key);
            let connected = match bench.connect(definition, authentication).await {
                Ok(connected) => connected,
                Err(fault) => {
                    faults.push(format!("{place}: {fault}"));
                    continue;
                }
            };
            let mut methods: Vec<&Method> = definition
                .methods
                .iter()
                .filter(|method| method.kind == MethodType::Action)
                .filter(|method| {
                    method.authentications.is_empty()
                        || method.authentications.contains(&authentication.key)
                })
                .collect();
            methods.sort_by_key(|method| order(method));
            for method in methods {
                called += 1;
                let parameters = connected.parameters(method).await;
                match connected.call(method, &parameters, &fields(method)).await {
                    Ok(reply) => faults.extend(
                        seen_once(definition, method, reply)
                            .err()
                            .map(|fault| format!("{place}/{}: {fault}", method.key)),
                    ),
                    Err(fault) => faults.push(format!("{place}/{}: {fault}", method.key)),
                }
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults of {called} calls:\n{}",
        faults.len(),
        faults.join("\n")
    );
    called
}

/// A list that is paged brings several pages, and each record once.
fn seen_once(
    definition: &ConnectorDefinition,
    method: &Method,
    reply: Reply,
) -> Result<(), String> {
    let paging = method
        .paging
        .clone()
        .unwrap_or_default()
        .over(&definition.paging.clone().unwrap_or_default());
    let pages = reply.pages;
    let body = reply.body.into_value();
    let Some(found) = records(method, &body).filter(|_| method.name.starts_with("List ")) else {
        return Ok(());
    };
    let distinct: HashSet<String> = found.iter().map(Value::to_string).collect();
    if distinct.len() != found.len() {
        return Err(format!(
            "{} records, {} of them distinct",
            found.len(),
            distinct.len()
        ));
    }
    let variables = definition.parameters.iter().chain(&method.parameters);
    let turns = variables
        .filter_map(|parameter| parameter.values.first())
        .any(|value| {
            let text = value.text();
            text.starts_with("CYCLR_PAGE_") && text != "CYCLR_PAGE_SIZE"
        });
    let size = paging.inbound_page_size.unwrap_or(0) as usize;
    if paging.inbound == Some(true) && turns && (pages < 3 || found.len() <= 2 * size) {
        return Err(format!("{pages} pages with {} records", found.len()));
    }
    if found.is_empty() {
        return Err("no records".to_owned());
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_our_client_creates_is_listed_changed_and_deleted() {
    let bench = Bench::start(&["tests/definitions"], RateLimits::Off).await;
    for slug in ["page-number", "page-token", "oauth2-code"] {
        let definition = bench.definition(slug);
        let authentication = &definition.authentications[0];
        let connected = bench.connect(definition, authentication).await.unwrap();
        let method = |key: &str| definition.method(key).unwrap();
        let list = async || {
            let nothing = Map::new();
            let reply = connected
                .call(method("list-contacts"), &nothing, &nothing)
                .await;
            reply.unwrap().body.into_value()["items"]
                .as_array()
                .unwrap()
                .clone()
        };
        let before = list().await.len();

        let fields = Map::from_iter([("name".to_owned(), json!("Zoe Newcomer"))]);
        let made = connected
            .call(method("create-contact"), &Map::new(), &fields)
            .await;
        let id = made.unwrap().body.into_value()["id"].clone();
        let listed = list().await;
        assert_eq!(listed.len(), before + 1, "{slug}");
        assert_eq!(listed.last().unwrap()["name"], "Zoe Newcomer", "{slug}");

        let of_record = Map::from_iter([("ContactId".to_owned(), id)]);
        let fields = Map::from_iter([("name".to_owned(), json!("Zoe Renamed"))]);
        connected
            .call(method("update-contact"), &of_record, &fields)
            .await
            .unwrap();
        let read = connected
            .call(method("get-contact"), &of_record, &Map::new())
            .await;
        assert_eq!(
            read.unwrap().body.into_value()["name"],
            "Zoe Renamed",
            "{slug}"
        );

        connected
            .call(method("delete-contact"), &of_record, &Map::new())
            .await
            .unwrap();
        assert_eq!(list().await.len(), before, "{slug}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_twin_that_says_slow_down_is_waited_for() {
    let bench = Bench::start(&["tests/definitions"], RateLimits::Off).await;
    let definition = bench.definition("page-number");
    let authentication = &definition.authentications[0];
    let connected = bench.connect(definition, authentication).await.unwrap();
    let too_many = Fault::Status {
        status: 429,
        retry_after: Some(1),
    };
    bench.control.inject(
        FaultRule::next(too_many)
            .at_host("api.page-number.example")
            .after(1),
    );

    let list = definition.method("list-contacts").unwrap();
    let reply = connected
        .call(list, &Map::new(), &Map::new())
        .await
        .unwrap();

    assert_eq!(records(list, &reply.body.into_value()).unwrap().len(), 50);
    assert_eq!(bench.control.requests("page-number").unwrap(), 4);
}
