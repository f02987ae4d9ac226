//! One run in one realm.

use std::sync::{Arc, atomic::AtomicBool};

use rquickjs::{Coerced, Ctx, Function, Value as JsValue};
use serde_json::Value;
use tokio::sync::mpsc;
use velodrome_model::ExposeSecret;

use super::{late, queue::Ticket};
use crate::{
    Code, Event, FaultKind, Level, Levels, Limits, Outcome, Run, Script, ScriptError,
    functions::REACHING,
    furniture::Furniture,
    realm::{self, Realm, eval},
    run::Question,
    source::check_bounds,
    value::{self, Unreadable},
};

/// Characters of a message; a script may throw anything.
const MESSAGE: usize = 4_096;

/// Runs it; the realm is gone afterwards.
pub(super) fn execute(
    realm: Realm,
    run: Run,
    questions: mpsc::UnboundedSender<Question>,
    given_up: Arc<AtomicBool>,
    ticket: &Ticket,
) -> Result<Outcome, ScriptError> {
    let limits = run.limits;
    realm.runtime.set_memory_limit(limits.memory);
    realm.runtime.set_max_stack_size(limits.stack);
    realm.console.open(limits.console_lines);
    realm
        .outside
        .open(questions, Box::new(ticket.observer()), limits.http_calls);
    realm.watch.begin(given_up);
    realm.may_take(limits.time);
    let first_level = run.first_level();
    let mut outcome = realm
        .context
        .with(|ctx| Running::new(&ctx, &realm, &limits).run(run));
    if let Err(error) = &mut outcome {
        error.level = error.level.or(first_level);
        if realm.watch.is_over() {
            *error = ScriptError {
                level: error.level,
                ..late(&limits)
            };
        } else if error.kind == FaultKind::Memory || is_full(&realm, error, &limits) {
            *error = ScriptError {
                level: error.level,
                line: error.line,
                ..ScriptError::new(FaultKind::Memory, "Script exceeded memory")
            };
        }
    }
    outcome.map(|mut outcome| {
        outcome.console = realm.console.take();
        outcome
    })
}

/// Where there is no memory left even for an error, the engine throws null.
fn is_full(realm: &Realm, error: &ScriptError, limits: &Limits) -> bool {
    let null = matches!(&error.kind, FaultKind::Thrown { name } if name == "null");
    null && usize::try_from(realm.runtime.memory_usage().malloc_size)
        .is_ok_and(|used| used > limits.memory / 10 * 9)
}

struct Running<'a, 'js> {
    ctx: &'a Ctx<'js>,
    realm: &'a Realm,
    limits: &'a Limits,
    /// Bytes of globals and results so far.
    bytes: usize,
}

impl<'a, 'js> Running<'a, 'js> {
    fn new(ctx: &'a Ctx<'js>, realm: &'a Realm, limits: &'a Limits) -> Self {
        Self {
            ctx,
            realm,
            limits,
            bytes: 0,
        }
    }

    fn run(mut self, run: Run) -> Result<Outcome, ScriptError> {
        let Run {
            code,
            globals,
            auth_value,
            reads,
            ..
        } = run;
        for (name, value) in globals {
            self.set(&name, &value)?;
        }
        let auth_value = auth_value.map(|secret| secret.expose_secret().to_owned());
        let mut outcome = Outcome::default();
        let names: Vec<String> = match (reads, &code) {
            (Some(names), _) => names,
            (None, Code::Handlers { event, .. }) => event
                .writes()
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            (None, Code::Text(_) | Code::Mapping(_)) => Vec::new(),
        };
        match &code {
            Code::Handlers { event, levels } => {
                // Without a handler, as where a comment names the event, the globals come back as they are.
                let handlers = self.load(*event, levels, auth_value.as_ref())?;
                if !handlers.is_empty() {
                    self.handle(*event, handlers, auth_value.as_ref(), &mut outcome)?;
                }
            }
            Code::Text(script) => {
                self.realm.auth_value.replace(auth_value);
                let result = self.eval::<JsValue<'js>>(Level::Inline, script)?;
                let result = self.settled(Level::Inline, result)?;
                self.answer(Level::Inline, &result, &mut outcome)?;
            }
            Code::Mapping(texts) => outcome.result = self.map(texts)?,
        }
        for name in names {
            if let Some(value) = self.get(&name)? {
                outcome.globals.insert(name, value);
            }
        }
        Ok(outcome)
    }

    /// Evaluates every level in one realm and finds its handler of the event.
    fn load(
        &self,
        event: Event,
        levels: &Levels,
        auth_value: Option<&String>,
    ) -> Result<Vec<(Level, Function<'js>)>, ScriptError> {
        let mut handlers: Vec<(Level, Function<'js>)> = Vec::new();
        // A global of any kind, `const` included, and undefined where there is none.
        let lookup = format!("typeof {event} === 'function' ? {event} : undefined");
        for level in [Level::Connector, Level::Method, Level::Step] {
            let Some(script) = levels.get(level) else {
                continue;
            };
            self.show(level, auth_value);
            self.eval::<JsValue<'js>>(level, script)?;
            let found: JsValue<'js> =
                eval(self.ctx, lookup.as_str(), "velodrome").map_err(|e| self.fault(level, &e))?;
            let Some(handler) = found.into_function() else {
                continue;
            };
            let known = handlers.iter().any(|(_, one)| one == &handler);
            if event.order().contains(&level) && !known {
                handlers.push((level, handler));
            }
            // The next level defines its own or none.
            let globals = self.ctx.globals();
            if globals.contains_key(event.name()).unwrap_or(false) {
                globals
                    .set(event.name(), rquickjs::Undefined)
                    .map_err(|e| self.fault(level, &e))?;
            }
        }
        let place = |level: Level| event.order().iter().position(|one| *one == level);
        handlers.sort_by_key(|(level, _)| place(*level));
        Ok(handlers)
    }

    fn handle(
        &mut self,
        event: Event,
        handlers: Vec<(Level, Function<'js>)>,
        auth_value: Option<&String>,
        outcome: &mut Outcome,
    ) -> Result<(), ScriptError> {
        for (level, handler) in handlers {
            self.show(level, auth_value);
            let result: JsValue<'js> = handler
                .call(())
                .map_err(|error| self.handler_fault(event, level, &error))?;
            let result = match self.settled(level, result) {
                Ok(result) => result,
                Err(error) => return Err(renewal(event, level, error)),
            };
            self.answer(level, &result, outcome)?;
            if event.stops() && result.as_bool() == Some(false) {
                outcome.stopped = true;
                break;
            }
        }
        Ok(())
    }

    /// The results of a mapping's texts.
    fn map(&mut self, texts: &[String]) -> Result<Value, ScriptError> {
        let fault = |running: &Self, error| running.fault(Level::Inline, &error);
        self.withhold()?;
        let evaluate: Function<'js> = Furniture::Mapping
            .function(self.ctx)
            .and_then(|made| made.call(()))
            .map_err(|error| fault(self, error))?;
        let mut results = Vec::with_capacity(texts.len());
        for text in texts {
            check_bounds(Level::Inline, text)?;
            self.realm.may_take(self.limits.time);
            self.bytes = 0;
            let result: JsValue<'js> = evaluate
                .call((text.as_str(),))
                .map_err(|error| fault(self, error))?;
            let result = self.settled(Level::Inline, result)?;
            let result = self.json(&result, "the result", Level::Inline)?;
            results.push(result.unwrap_or_default());
        }
        Ok(results.into())
    }

    /// Lets a level see the credential, or not.
    fn show(&self, level: Level, auth_value: Option<&String>) {
        let visible = matches!(level, Level::Connector | Level::Method);
        self.realm
            .auth_value
            .replace(auth_value.filter(|_| visible).cloned());
    }

    /// Takes away what a mapping may not use.
    fn withhold(&self) -> Result<(), ScriptError> {
        let globals = self.ctx.globals();
        for (name, _) in REACHING {
            globals
                .remove(name)
                .map_err(|error| self.fault(Level::Inline, &error))?;
        }
        Ok(())
    }

    fn eval<T: rquickjs::FromJs<'js>>(
        &self,
        level: Level,
        script: &Script,
    ) -> Result<T, ScriptError> {
        eval(self.ctx, script.text(), level.name()).map_err(|error| self.fault(level, &error))
    }

    /// Runs what was put off, and waits for the result where it is a promise.
    fn settled(&self, level: Level, result: JsValue<'js>) -> Result<JsValue<'js>, ScriptError> {
        while !self.realm.watch.is_over() && self.ctx.execute_pending_job() {}
        if self.realm.watch.is_over() {
            return Err(late(self.limits));
        }
        match result.as_promise() {
            None => Ok(result),
            Some(promise) => match promise.result::<JsValue<'js>>() {
                Some(settled) => settled.map_err(|error| self.fault(level, &error)),
                None => Err(self.thrown_by(
                    level,
                    "Error",
                    "the handler answers with a promise that nothing resolves",
                )),
            },
        }
    }

    fn answer(
        &mut self,
        level: Level,
        result: &JsValue<'js>,
        outcome: &mut Outcome,
    ) -> Result<(), ScriptError> {
        outcome.truthy = result
            .get::<Coerced<bool>>()
            .map_err(|error| self.fault(level, &error))?
            .0;
        outcome.result = self.json(result, "the result", level)?.unwrap_or_default();
        Ok(())
    }

    fn set(&mut self, name: &str, value: &Value) -> Result<(), ScriptError> {
        if value::is_deeper(value, self.limits.depth) {
            return Err(self.too_deep(name));
        }
        let made = match value {
            Value::Array(_) | Value::Object(_) => {
                let json = value::to_json(value);
                self.count(json.len())?;
                self.ctx.json_parse(json)
            }
            Value::Number(_) => self.ctx.json_parse(value::to_json(value)),
            scalar => {
                self.count(scalar.as_str().map_or(0, str::len))?;
                realm::write(self.ctx, scalar)
            }
        };
        made.and_then(|made| self.ctx.globals().set(name, made))
            .map_err(|error| ScriptError {
                level: None,
                ..self.fault(Level::Inline, &error)
            })
    }

    fn get(&mut self, name: &str) -> Result<Option<Value>, ScriptError> {
        let found: JsValue<'js> = self
            .ctx
            .globals()
            .get(name)
            .map_err(|error| self.unplaced(&error))?;
        self.json(&found, name, Level::Inline)
            .map_err(|error| ScriptError {
                level: None,
                ..error
            })
    }

    /// A value of the script as ours; none for what has no JSON form.
    fn json(
        &mut self,
        found: &JsValue<'js>,
        name: &str,
        level: Level,
    ) -> Result<Option<Value>, ScriptError> {
        if found.is_undefined() {
            return Ok(None);
        }
        let json = self.ctx.json_stringify(found.clone()).map_err(|error| {
            let mut fault = self.fault(level, &error);
            fault.message = format!("{name}: {}", fault.message);
            fault
        })?;
        let Some(json) = json else {
            return Ok(None);
        };
        let json = json
            .to_string()
            .map_err(|error| self.fault(level, &error))?;
        self.count(json.len())?;
        match value::from_json(json, self.limits.depth) {
            Ok(value) => Ok(Some(value)),
            Err(Unreadable::Walk(json)) => self
                .ctx
                .json_parse(json)
                .and_then(|plain| realm::walked(&plain))
                .map(Some)
                .map_err(|error| self.fault(level, &error)),
            Err(Unreadable::Deep) => Err(self.too_deep(name)),
            Err(Unreadable::NoJson) => Err(ScriptError::new(
                FaultKind::Engine,
                format!("{name} cannot be read from the script"),
            )),
        }
    }

    fn count(&mut self, bytes: usize) -> Result<(), ScriptError> {
        self.bytes += bytes;
        if self.bytes > self.limits.values {
            return Err(ScriptError::new(
                FaultKind::TooLarge,
                format!(
                    "globals and results together are larger than {} MiB",
                    self.limits.values >> 20
                ),
            ));
        }
        Ok(())
    }

    fn too_deep(&self, name: &str) -> ScriptError {
        ScriptError::new(
            FaultKind::TooLarge,
            format!("{name} nests deeper than {} levels", self.limits.depth),
        )
    }

    fn handler_fault(&self, event: Event, level: Level, error: &rquickjs::Error) -> ScriptError {
        renewal(event, level, self.fault(level, error))
    }

    fn unplaced(&self, error: &rquickjs::Error) -> ScriptError {
        ScriptError {
            level: None,
            ..self.fault(Level::Inline, error)
        }
    }

    fn thrown_by(&self, level: Level, name: &str, message: &str) -> ScriptError {
        ScriptError {
            level: Some(level),
            ..ScriptError::new(FaultKind::Thrown { name: name.into() }, message)
        }
    }

    /// What a failure of the engine's says. The level is the one whose code failed, if that is known.
    fn fault(&self, level: Level, error: &rquickjs::Error) -> ScriptError {
        let error = match error {
            rquickjs::Error::Exception => thrown(self.ctx, &self.ctx.catch()),
            rquickjs::Error::Allocation => {
                ScriptError::new(FaultKind::Memory, "Script exceeded memory")
            }
            other => ScriptError::new(FaultKind::Engine, other.to_string()),
        };
        ScriptError {
            level: error.level.or(Some(level)),
            ..error
        }
    }
}

/// Whether an exception asks for authentication, where it may.
fn renewal(event: Event, level: Level, error: ScriptError) -> ScriptError {
    let FaultKind::Thrown { name } = &error.kind else {
        return error;
    };
    let kind = match name.as_str() {
        "AuthRefreshException" => FaultKind::AuthRefresh,
        "AuthSessionException" => FaultKind::AuthSession,
        _ => return error,
    };
    if event.may_renew() && matches!(level, Level::Connector | Level::Method) {
        ScriptError { kind, ..error }
    } else {
        error
    }
}

/// Reads what was thrown.
pub(crate) fn thrown<'js>(ctx: &Ctx<'js>, thrown: &JsValue<'js>) -> ScriptError {
    let text = |value: &JsValue<'js>| value.get::<Coerced<String>>().ok().map(|text| text.0);
    let member = |name: &str| {
        let value: JsValue<'js> = thrown.as_object()?.get(name).ok()?;
        if value.is_undefined() || value.is_null() {
            return None;
        }
        text(&value)
    };
    let (name, message) = match (member("name"), member("message")) {
        (Some(name), Some(message)) => (name, message),
        (None, Some(message)) => ("Error".to_owned(), message),
        _ if thrown.is_null() => ("null".to_owned(), "null".to_owned()),
        _ => {
            let json = || {
                let object = thrown.as_object().filter(|_| !thrown.is_error())?;
                ctx.json_stringify(object.clone()).ok()??.to_string().ok()
            };
            let message = json().or_else(|| text(thrown));
            ("Error".to_owned(), message.unwrap_or_default())
        }
    };
    let (level, line, column) = place(&member("stack").unwrap_or_default());
    // Reading it may have thrown again.
    drop(ctx.catch());
    if name == "InternalError" && message == "out of memory" {
        return ScriptError {
            line,
            level,
            ..ScriptError::new(FaultKind::Memory, "Script exceeded memory")
        };
    }
    let ours = name == "Error" || name == "null";
    let message = if ours || message.is_empty() && !name.is_empty() {
        if message.is_empty() {
            name.clone()
        } else {
            message
        }
    } else {
        format!("{name}: {message}")
    };
    ScriptError {
        level,
        line,
        column,
        ..ScriptError::new(
            FaultKind::Thrown {
                name: name.chars().take(100).collect(),
            },
            message.chars().take(MESSAGE).collect::<String>(),
        )
    }
}

/// The innermost place in a script that a stack trace names: `at f (step:3:11)` or `at step:3:11`.
fn place(stack: &str) -> (Option<Level>, Option<u32>, Option<u32>) {
    const LEVELS: [Level; 4] = [Level::Connector, Level::Method, Level::Step, Level::Inline];
    /// What the engine calls a text that is handed to `eval`, as those of mappings are.
    const EVALUATED: &str = "<input>";
    let named = LEVELS.map(|level| (level.name(), level));
    let evaluated = [(EVALUATED, Level::Inline)];
    // What a script of a level evaluates itself is at the place where it does so.
    let found = place_in(stack, &named).or_else(|| place_in(stack, &evaluated));
    match found {
        Some((level, line, column)) => (Some(level), line, column),
        None => (None, None, None),
    }
}

type Place = (Level, Option<u32>, Option<u32>);

fn place_in(stack: &str, names: &[(&str, Level)]) -> Option<Place> {
    for frame in stack.lines() {
        let frame = frame.trim().trim_end_matches(')');
        let place = frame.rsplit(['(', ' ']).next().unwrap_or(frame);
        let mut parts = place.split(':');
        let (Some(name), Some(line), Some(column)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        if let Some((_, level)) = names.iter().find(|(known, _)| *known == name) {
            return Some((*level, line.parse().ok(), column.parse().ok()));
        }
    }
    None
}
