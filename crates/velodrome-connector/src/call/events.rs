//! The events of a call: what its scripts are handed and what comes of it (connectors.md §3,
//! scripting.md §2).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use velodrome_model::{
    SecretString,
    definition::TargetType,
    location::{Location, derive_names},
    value::DateFormat,
};
use velodrome_script::{Event, FaultKind, Level, Levels, Outcome, Run, ScriptError};

use super::{
    Call, CallError, Mode,
    host::ScriptHost,
    pages::ScriptMark,
    record::secrets,
    request::Draft,
    session::Session,
    values::{Fields, Overrides, Parameters},
};
use crate::{
    auth::{Credential, CredentialError},
    paging::Cursor,
};

/// What the scripts of a call have said and kept so far.
pub(super) struct Scripts {
    pub levels: Levels,
    /// What mergefields mean beside their usual sources.
    pub overrides: Overrides,
    /// What parameters said of mergefields when the last request began.
    of_parameters: Map<String, Value>,
    action_data: Value,
    next_run: Option<Value>,
    /// The last request, as later events see it.
    endpoint: String,
    request: Value,
    headers: Value,
    parameters: Value,
    pub warnings: Vec<String>,
    pub console: Vec<String>,
    refreshed: bool,
    session_renewed: bool,
}

/// What `after_error` made of a failure.
pub(super) enum Verdict {
    /// It stays one.
    Failed(CallError),
    /// This stands for the answer; null for none.
    Replaced(Value),
    /// The credential is new; the request is sent again.
    Again,
}

impl Scripts {
    pub(super) fn new(levels: Levels) -> Self {
        Self {
            levels,
            overrides: Overrides::default(),
            of_parameters: Map::new(),
            action_data: json!({}),
            next_run: None,
            endpoint: String::new(),
            request: Value::Null,
            headers: json!({}),
            parameters: json!({}),
            warnings: Vec::new(),
            console: Vec::new(),
            refreshed: false,
            session_renewed: false,
        }
    }

    /// The levels that a call has scripts on; none where it has none.
    pub(super) fn of(
        call: &Call<'_>,
        pipeline: &super::Pipeline,
    ) -> Result<Option<Self>, CallError> {
        let compile = |level, text: &Option<String>| {
            text.as_deref()
                .map(|text| pipeline.scripts.compiled(level, text))
                .transpose()
                .map_err(|error| CallError::script(Event::BeforeAction, error))
        };
        let levels = Levels {
            connector: compile(Level::Connector, &call.definition.script)?,
            method: compile(Level::Method, &call.method.script)?,
            step: call.scripting.step.cloned(),
        };
        Ok((!levels.is_empty()).then(|| Self::new(levels)))
    }

    /// What is stored as the date of the run, where a script said so and it can be read.
    pub(super) fn next_run(&mut self) -> Option<DateTime<Utc>> {
        let value = self.next_run.take()?;
        let read = value
            .as_str()
            .and_then(|text| DateFormat::ISO.read(text, Tz::UTC));
        if read.is_none() {
            self.warnings.push(
                "next_last_successful_run_date is no date that can be read; it is ignored".into(),
            );
        }
        read
    }

    /// What the scripts of the next pages must know.
    pub(super) fn mark(&self) -> ScriptMark {
        ScriptMark {
            action_data: self.action_data.clone(),
            mergefields: self.said(),
            warnings: self.warnings.clone(),
        }
    }

    /// Goes on with that, and with the next request.
    pub(super) fn restore(&mut self, mark: ScriptMark) {
        self.action_data = mark.action_data;
        self.overrides.mergefields = mark.mergefields;
        self.of_parameters.clear();
        self.warnings = mark.warnings;
    }

    /// Mergefields are what parameters say now, but for those that a script has given another meaning since
    /// they said so the last time.
    fn begin_request(&mut self, of_parameters: Map<String, Value>) {
        let said = self.said();
        self.overrides.mergefields = of_parameters.clone();
        self.overrides.mergefields.extend(said);
        self.of_parameters = of_parameters;
    }

    /// The mergefields that scripts have set, without those that are as parameters said.
    fn said(&self) -> Map<String, Value> {
        let all = self.overrides.mergefields.iter();
        all.filter(|(name, value)| self.of_parameters.get(*name) != Some(*value))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Remembers what was sent, for later events.
    pub(super) fn sent(&mut self, endpoint: String) {
        self.endpoint = endpoint;
    }

    fn took(&mut self, outcome: &mut Outcome) {
        self.console.append(&mut outcome.console);
        if let Some(data) = outcome.globals.remove("action_data") {
            self.action_data = data;
        }
        if let Some(Value::Object(fields)) = outcome.globals.remove("method_request_mergefields") {
            self.overrides.mergefields = fields;
        }
    }
}

impl Session<'_> {
    /// Whether a handler of the event may be there.
    pub(super) fn handles(&self, event: Event) -> bool {
        self.scripts
            .as_ref()
            .is_some_and(|scripts| scripts.levels.handle(event))
    }

    /// Whether a script wants to see the pages of an answer together.
    pub(super) fn wants_all_pages(&self) -> bool {
        self.handles(Event::AfterActionPaging) || self.handles(Event::ActionCondition)
    }

    pub(super) async fn run(
        &mut self,
        event: Event,
        globals: Vec<(&str, Value)>,
    ) -> Result<Outcome, CallError> {
        let scripts = self.scripts.as_ref().expect("asked after `handles`");
        let account = account_key(&self.call.context.account_id);
        let mut run = Run::event(account, event, scripts.levels.clone());
        run.globals = self.common(scripts)?;
        run.globals.extend(
            globals
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
        run.auth_value = auth_value(&self.credential);
        run.secrets = secrets(&self.call, Some(&self.credential));
        let mut outcome = self
            .pipeline
            .scripts
            .pool()
            .run(run, &ScriptHost { session: self })
            .await
            .map_err(|error| CallError::script(event, error))?;
        if let Some(scripts) = &mut self.scripts {
            scripts.took(&mut outcome);
        }
        Ok(outcome)
    }

    /// The globals of every event.
    fn common(&self, scripts: &Scripts) -> Result<Vec<(String, Value)>, CallError> {
        let cursor = Cursor::default();
        let mut globals = outside_globals(&self.call);
        globals.extend([
            (
                "script_parameters",
                script_parameters(&self.parameters, &self.fields(&cursor))?,
            ),
            ("action_data", scripts.action_data.clone()),
            (
                "method_request_mergefields",
                scripts.overrides.mergefields.clone().into(),
            ),
        ]);
        // Long, and seldom wanted.
        if scripts.levels.say("method_response_fields") {
            globals.push(("method_response_fields", self.response_fields()));
        }
        Ok(globals
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }

    fn response_fields(&self) -> Value {
        let fields = &self.call.method.response.fields;
        let located: Vec<_> = fields
            .iter()
            .filter_map(|field| Some((field, field.connector_field.parse::<Location>().ok()?)))
            .collect();
        let names = derive_names(located.iter().map(|(field, location)| {
            (
                location,
                field.system_field.as_deref(),
                field.display_field.as_deref(),
            )
        }));
        located
            .iter()
            .zip(names)
            .map(|((field, _), name)| {
                json!({
                    "ConnectorField": field.connector_field,
                    "SystemField": name.system,
                    "DisplayField": name.display,
                    "DataType": field.data_type,
                })
            })
            .collect()
    }

    /// `before_action`: may change everything of a request that is not merged yet.
    pub(super) async fn before_action(
        &mut self,
        mut draft: Draft,
        cursor: &Cursor,
    ) -> Result<Draft, CallError> {
        self.begin_request(&draft, cursor)?;
        if !self.handles(Event::BeforeAction) {
            return Ok(draft);
        }
        let (headers, mut parameters) = (object(&draft.headers), object(&draft.query));
        let webhook = self.call.context.mergefields.get(WEBHOOK_ID).cloned();
        if let Some(id) = webhook.filter(|_| !parameters.contains_key(WEBHOOK_ID)) {
            parameters.insert(WEBHOOK_ID.to_owned(), id);
        }
        let scripts = self.scripts.as_ref().expect("checked above");
        let last_run = scripts
            .overrides
            .last_run
            .unwrap_or(self.call.context.last_successful_run);
        let last_run = last_run.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let given = vec![
            ("method_request_headers", Value::from(headers.clone())),
            ("method_request_parameters", parameters.clone().into()),
            // Scripts add members to a body that has none yet.
            (
                "method_request",
                if draft.body.is_null() {
                    json!({})
                } else {
                    draft.body.clone()
                },
            ),
            ("method_endpoint", draft.endpoint_text(&self.call).into()),
            ("last_successful_run_date", last_run.clone().into()),
        ];
        let outcome = self.run(Event::BeforeAction, given).await?;
        if outcome.stopped {
            return Err(CallError::Build {
                field: None,
                message: "the script's before_action answered false".into(),
            });
        }
        let mut globals = outcome.globals;
        let scripts = self.scripts.as_mut().expect("checked above");
        if let Some(Value::String(date)) = globals.remove("last_successful_run_date")
            && date != last_run
        {
            let read = DateFormat::ISO.read(&date, Tz::UTC).ok_or_else(|| {
                CallError::build("last_successful_run_date", "it is no ISO 8601 date")
            })?;
            scripts.overrides.last_run = Some(read);
        }
        scripts.headers = globals.remove("method_request_headers").unwrap_or_default();
        scripts.parameters = globals
            .remove("method_request_parameters")
            .unwrap_or_default();
        scripts.request = globals.remove("method_request").unwrap_or_default();
        draft.headers = self.merged(
            &headers,
            self.scripts_headers(),
            TargetType::HttpHeader,
            cursor,
        )?;
        draft.query = self.merged(
            &parameters,
            self.scripts_parameters(),
            TargetType::QueryString,
            cursor,
        )?;
        // The webhook's id is only shown; a script that wants it sent says where.
        draft.query.retain(|(name, value)| {
            name != WEBHOOK_ID || parameters.get(WEBHOOK_ID) != Some(value)
        });
        let left = self
            .scripts
            .as_ref()
            .expect("checked above")
            .request
            .clone();
        if !(draft.body.is_null() && left == json!({})) {
            draft.body = left;
        }
        if let Some(Value::String(endpoint)) = globals.remove("method_endpoint") {
            draft.set_endpoint(&self.call, endpoint);
        }
        Ok(draft)
    }

    fn scripts_headers(&self) -> Value {
        self.scripts
            .as_ref()
            .map(|s| s.headers.clone())
            .unwrap_or_default()
    }

    fn scripts_parameters(&self) -> Value {
        self.scripts
            .as_ref()
            .map(|s| s.parameters.clone())
            .unwrap_or_default()
    }

    /// A new request begins: mergefields start from what parameters say on its page, and what scripts said
    /// stays.
    fn begin_request(&mut self, draft: &Draft, cursor: &Cursor) -> Result<(), CallError> {
        let mut fields = Map::new();
        for one in self
            .parameters
            .iter()
            .filter(|one| one.parameter.target_type == TargetType::MergeField)
        {
            if let Some(value) = self.value_of(one, cursor)? {
                fields.insert(one.parameter.target_name.clone(), value);
            }
        }
        if let Some(scripts) = &mut self.scripts {
            scripts.overrides.last_run = None;
            scripts.begin_request(fields);
            scripts.request = draft.body.clone();
            scripts.headers = object(&draft.headers).into();
            scripts.parameters = object(&draft.query).into();
        }
        Ok(())
    }

    /// Headers or parameters as a script left them. What it did not touch is merged anew, for it may have
    /// changed what mergefields mean.
    fn merged(
        &self,
        given: &Map<String, Value>,
        left: Value,
        target: TargetType,
        cursor: &Cursor,
    ) -> Result<Vec<(String, Value)>, CallError> {
        let Value::Object(left) = left else {
            return match left {
                Value::Null => Ok(Vec::new()),
                _ => Err(CallError::Build {
                    field: None,
                    message: "the script's headers and parameters must be objects".into(),
                }),
            };
        };
        let fields = self.fields(cursor);
        let mut merged = Vec::new();
        for (name, value) in left {
            let untouched = given.get(&name) == Some(&value);
            let parameter = self.parameters.iter().find(|one| {
                one.parameter.target_type == target && one.parameter.target_name == name
            });
            let value = match parameter.filter(|_| untouched) {
                Some(one) => fields.parameter_value(one)?,
                None => fields.definition_value(&name, &value, false)?,
            };
            merged.extend(value.map(|value| (name, value)));
        }
        Ok(merged)
    }

    /// Puts the headers of an answer beside its members, where the method has fields for them and a mapping
    /// uses one.
    pub(super) fn show_headers(&self, headers: &HeaderMap, page: &mut Value) {
        let (Some(name), Some(cycle)) = (
            &self.call.method.response.header_fields,
            self.call.scripting.cycle,
        ) else {
            return;
        };
        let is_header = |field: &String| {
            let below = field.strip_prefix(name.as_str());
            below.is_some_and(|below| below.starts_with('.'))
        };
        if let Value::Object(members) = page
            && cycle.fields_in_use.iter().any(is_header)
        {
            members.insert(name.clone(), shown_headers(headers));
        }
    }

    /// `after_action`: may change this page.
    pub(super) async fn after_action(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
        page: Value,
    ) -> Result<Value, CallError> {
        if !self.handles(Event::AfterAction) {
            return Ok(page);
        }
        let scripts = self.scripts.as_ref().expect("checked above");
        let given = vec![
            ("method_endpoint", scripts.endpoint.as_str().into()),
            ("method_request", scripts.request.clone()),
            ("method_response_headers", shown_headers(headers)),
            ("statusCode", status.as_u16().into()),
            (
                "reasonPhrase",
                status.canonical_reason().unwrap_or_default().into(),
            ),
            ("method_response", page),
        ];
        let mut outcome = self.run(Event::AfterAction, given).await?;
        Ok(outcome
            .globals
            .remove("method_response")
            .unwrap_or_default())
    }

    /// `after_action_paging`: may change all pages.
    pub(super) async fn after_action_paging(&mut self, all: Value) -> Result<Value, CallError> {
        if !self.handles(Event::AfterActionPaging) {
            return Ok(all);
        }
        let scripts = self.scripts.as_ref().expect("checked above");
        let given = vec![
            ("method_request_headers", scripts.headers.clone()),
            ("method_request_parameters", scripts.parameters.clone()),
            ("next_last_successful_run_date", Value::Null),
            ("method_response", all),
        ];
        let mut outcome = self.run(Event::AfterActionPaging, given).await?;
        if let (Some(scripts), Some(date)) = (
            &mut self.scripts,
            outcome.globals.remove("next_last_successful_run_date"),
        ) {
            scripts.next_run = Some(date).filter(|date| !date.is_null());
        }
        Ok(outcome
            .globals
            .remove("method_response")
            .unwrap_or_default())
    }

    /// `after_error`: decides what a failure means. `answer` is the status, its phrase and the text.
    pub(super) async fn after_error(
        &mut self,
        answer: Option<(StatusCode, String)>,
        failure: CallError,
    ) -> Result<Verdict, CallError> {
        if !self.handles(Event::AfterError) {
            return Ok(Verdict::Failed(failure));
        }
        let (status, phrase, content) = match answer {
            Some((status, text)) => (
                status.as_u16(),
                status.canonical_reason().unwrap_or_default().to_owned(),
                text,
            ),
            None => (0, failure.to_string(), String::new()),
        };
        let parsed = serde_json::from_str(&content)
            .ok()
            .filter(|value: &Value| !value.is_null())
            .unwrap_or_else(|| content.as_str().into());
        let error = json!({
            "statusCode": status, "reasonPhrase": phrase, "content": content, "error": parsed,
            "isError": true, "isWarning": false, "isSuccess": false,
        });
        let outcome = match self
            .run(Event::AfterError, vec![("method_error", error)])
            .await
        {
            Ok(outcome) => outcome,
            Err(error) => return self.recover(error).await.map(|()| Verdict::Again),
        };
        let said = outcome.globals.get("method_error");
        let is = |name: &str| {
            said.and_then(|said| said.get(name))
                .is_some_and(|value| match value {
                    Value::Bool(yes) => *yes,
                    Value::Null => false,
                    Value::Number(number) => number.as_f64() != Some(0.0),
                    Value::String(text) => !text.is_empty(),
                    Value::Array(_) | Value::Object(_) => true,
                })
        };
        if is("isError") || said.is_none_or(Value::is_null) {
            return Ok(Verdict::Failed(failure));
        }
        if is("isSuccess") {
            let content = said.and_then(|said| said.get("content")).cloned();
            return Ok(Verdict::Replaced(match content {
                Some(Value::String(text)) if text.trim().is_empty() => Value::Null,
                Some(Value::String(text)) => {
                    serde_json::from_str(&text).unwrap_or(Value::String(text))
                }
                other => other.unwrap_or_default(),
            }));
        }
        if let Some(scripts) = &mut self.scripts {
            scripts.warnings.push(failure.to_string());
        }
        Ok(Verdict::Replaced(Value::Null))
    }

    /// `action_condition`: the exit, where the method has a condition.
    pub(super) async fn action_condition(
        &mut self,
        response: &Value,
    ) -> Result<Option<bool>, CallError> {
        if !self.handles(Event::ActionCondition) {
            return Ok(None);
        }
        let given = vec![("method_response", response.clone())];
        let outcome = self.run(Event::ActionCondition, given).await?;
        Ok(Some(outcome.truthy))
    }

    /// Renews what a script's exception asks for, once each; afterwards the request is sent again.
    pub(super) async fn recover(&mut self, error: CallError) -> Result<(), CallError> {
        let kind = match &error {
            CallError::Script { error, .. } => error.kind.clone(),
            _ => return Err(error),
        };
        let Some(scripts) = &mut self.scripts else {
            return Err(error);
        };
        let again = || {
            CallError::from(CredentialError::Unavailable(
                "the script asks for it a second time".into(),
            ))
        };
        match kind {
            FaultKind::AuthRefresh if self.call.authentication.oauth2.is_some() => {
                if std::mem::replace(&mut scripts.refreshed, true) {
                    return Err(again());
                }
                self.credential = self.source.renewed(&self.credential).await?;
                Ok(())
            }
            FaultKind::AuthSession => {
                if std::mem::replace(&mut scripts.session_renewed, true) {
                    return Err(again());
                }
                match self.source.session_renewed().await {
                    Ok(properties) => self.adopt(properties),
                    Err(CredentialError::NoSession) => Err(error),
                    Err(failed) => Err(failed.into()),
                }
            }
            _ => Err(error),
        }
    }
}

/// The globals of every event that say where a script runs.
pub(super) fn outside_globals(call: &Call<'_>) -> Vec<(&'static str, Value)> {
    let cycle = call.scripting.cycle;
    let id = |of: fn(&super::CycleGlobals) -> &String| {
        // A step that is tried out runs in no transaction.
        cycle
            .map(|cycle| of(cycle).as_str())
            .filter(|id| !id.is_empty())
            .map_or(Value::Null, Value::from)
    };
    let context = match (call.mode, cycle) {
        (_, Some(cycle)) if cycle.testing => "STEP_TESTING",
        (Mode::FirstPage, _) => "CONNECTOR_TESTING",
        (Mode::AllPages | Mode::Records(_), _) => "RUNNING_TRANSACTION",
    };
    let in_use = json!(cycle.map_or(&[][..], |cycle| &cycle.fields_in_use));
    vec![
        (
            "cycle_variables",
            cycle.map_or_else(|| json!({}), |cycle| cycle.variables.clone().into()),
        ),
        ("cycle_id", id(|cycle| &cycle.cycle_id)),
        ("cycle_step_id", id(|cycle| &cycle.step_id)),
        ("transaction_id", id(|cycle| &cycle.transaction_id)),
        ("cyclr_account_id", call.context.account_id.as_str().into()),
        (
            "external_account_id",
            call.context.account_external_id.as_str().into(),
        ),
        ("script_execution_context", context.into()),
        ("method_response_fields_in_use", in_use.clone()),
        ("method_response_parameters_in_use", in_use),
    ]
}

/// `script_parameters`: parameters of types Script and Index.
pub(super) fn script_parameters(
    parameters: &Parameters<'_>,
    fields: &Fields<'_>,
) -> Result<Value, CallError> {
    let mut values = Map::new();
    for one in parameters.iter().filter(|one| {
        matches!(
            one.parameter.target_type,
            TargetType::Script | TargetType::Index
        )
    }) {
        let value = fields.parameter_value(one)?.unwrap_or_default();
        values.insert(one.parameter.target_name.clone(), value);
    }
    Ok(values.into())
}

/// The mergefield and parameter that names a registered webhook.
const WEBHOOK_ID: &str = "Cyclr_Webhook_Id";

fn object(pairs: &[(String, Value)]) -> Map<String, Value> {
    pairs.iter().cloned().collect()
}

/// Headers as scripts see them; several of one name are one text.
pub(super) fn shown_headers(headers: &HeaderMap) -> Value {
    let mut shown = Map::new();
    for (name, value) in headers {
        let text = String::from_utf8_lossy(value.as_bytes());
        match shown.get_mut(name.as_str()) {
            Some(Value::String(first)) => first.extend([", ", &text]),
            _ => {
                shown.insert(name.as_str().to_owned(), text.into());
            }
        }
    }
    shown.into()
}

/// `method_auth_value`: key, access token, or user and password as Basic writes them.
fn auth_value(credential: &Credential) -> Option<SecretString> {
    match credential {
        Credential::ApiKey(key) => Some(key.clone()),
        Credential::OAuth2(token) => token.access_token.clone(),
        Credential::Basic(basic) => Some(basic.encoded().into()),
        Credential::None | Credential::AuthFields(_) | Credential::OAuth1(_) => None,
    }
}

/// A number for the account, so that accounts take turns.
pub(super) fn account_key(account: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    account.hash(&mut hasher);
    hasher.finish()
}

impl CallError {
    /// A script's fault in an event.
    pub(super) fn script(event: Event, error: ScriptError) -> Self {
        Self::Script {
            building: event == Event::BeforeAction,
            error: Box::new(error),
        }
    }
}

/// The text of an answer, for scripts.
pub(super) fn answer_text(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}
