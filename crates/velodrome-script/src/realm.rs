//! A realm: an engine with our functions in it, used for one run and thrown away.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::OnceLock,
    time::{Duration, Instant},
};

use rquickjs::{
    Coerced, Context, Ctx, Exception, Function, Object, Runtime, Value as JsValue,
    context::EvalOptions, function::Rest,
};
use serde_json::Value;

use crate::{
    Fault, FaultKind, Level, Limits, ScriptError, functions,
    furniture::Furniture,
    run::{Outside, Watch},
    value::{self, Unreadable},
};

/// Characters of a line that `console.log` writes.
const LINE: usize = 4_096;

/// An engine that has not seen a script yet.
pub(crate) struct Realm {
    // Dropped in this order: the context before its engine.
    pub context: Context,
    pub runtime: Runtime,
    pub outside: Rc<Outside>,
    pub watch: Rc<Watch>,
    pub console: Rc<Console>,
    pub auth_value: Rc<RefCell<Option<String>>>,
}

/// What `console.log` wrote.
#[derive(Default)]
pub(crate) struct Console {
    lines: RefCell<Vec<String>>,
    left: Cell<usize>,
}

impl Console {
    pub(crate) fn open(&self, lines: usize) {
        self.left.set(lines);
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.lines.take()
    }

    fn write(&self, line: String) {
        if let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            self.lines.borrow_mut().push(line);
        }
    }
}

impl Realm {
    /// Builds one. Fails only where there is no memory left.
    pub(crate) fn new(limits: &Limits) -> rquickjs::Result<Self> {
        let runtime = Runtime::new()?;
        runtime.set_memory_limit(limits.memory);
        runtime.set_max_stack_size(limits.stack);
        let context = Context::full(&runtime)?;
        let realm = Self {
            context,
            outside: Rc::default(),
            watch: Rc::default(),
            console: Rc::default(),
            auth_value: Rc::default(),
            runtime,
        };
        realm.context.with(|ctx| realm.furnish(&ctx))?;
        let watch = Rc::clone(&realm.watch);
        realm
            .runtime
            .set_interrupt_handler(Some(Box::new(move || watch.is_over())));
        Ok(realm)
    }

    /// Says that something begins here that may take so long.
    pub(crate) fn may_take(&self, time: Duration) {
        let deadline = Instant::now() + time;
        self.watch.started(deadline);
        self.outside.started(deadline);
    }

    fn furnish<'js>(&self, ctx: &Ctx<'js>) -> rquickjs::Result<()> {
        let globals = ctx.globals();
        for (name, function) in functions::PURE.into_iter().chain(functions::REACHING) {
            globals.set(name, self.function(ctx, name, function)?)?;
        }
        let native = Object::new(ctx.clone())?;
        let console = Rc::clone(&self.console);
        native.set(
            "log",
            Function::new(
                ctx.clone(),
                move |ctx: Ctx<'js>, values: Rest<JsValue<'js>>| {
                    let words: Vec<String> =
                        values.iter().map(|value| shown(&ctx, value)).collect();
                    console.write(words.join(" ").chars().take(LINE).collect());
                },
            )?,
        )?;
        native.set("libraries", Function::new(ctx.clone(), libraries)?)?;
        let auth_value = Rc::clone(&self.auth_value);
        native.set(
            "authValue",
            Function::new(ctx.clone(), move || auth_value.borrow().clone())?,
        )?;
        if !is_utc(ctx)? {
            Furniture::Utc.function(ctx)?.call::<_, ()>(())?;
        }
        Furniture::Prelude.function(ctx)?.call::<_, ()>((native,))
    }

    fn function<'js>(
        &self,
        ctx: &Ctx<'js>,
        name: &'static str,
        function: functions::Function,
    ) -> rquickjs::Result<Function<'js>> {
        let outside = Rc::clone(&self.outside);
        Function::new(
            ctx.clone(),
            move |ctx: Ctx<'js>, arguments: Rest<JsValue<'js>>| {
                let arguments = arguments
                    .iter()
                    .map(|argument| read(&ctx, argument))
                    .collect::<rquickjs::Result<Vec<_>>>()?;
                match function(&outside, &arguments) {
                    Ok(result) => write(&ctx, &result),
                    Err(fault) => Err(throw(&ctx, &fault)),
                }
            },
        )?
        .with_name(name)
    }
}

/// Checks a text for faults of syntax without running any of it.
pub(crate) fn check_syntax(level: Level, text: &str) -> Result<(), ScriptError> {
    // The engine parses all of a text before it runs any, so this first statement ends it in time.
    const STOP: &str = "throw null;";
    let failed = |error: rquickjs::Error| ScriptError {
        level: Some(level),
        ..ScriptError::new(FaultKind::Engine, error.to_string())
    };
    let runtime = Runtime::new().map_err(failed)?;
    runtime.set_memory_limit(Limits::default().memory);
    runtime.set_max_stack_size(Limits::default().stack);
    let context = Context::full(&runtime).map_err(failed)?;
    context.with(|ctx| {
        if eval::<JsValue<'_>>(&ctx, format!("{STOP}{text}"), level.name()).is_ok() {
            return Ok(());
        }
        let thrown = ctx.catch();
        if thrown.is_null() {
            return Ok(());
        }
        let mut error = ScriptError {
            level: Some(level),
            ..crate::pool::thrown(&ctx, &thrown)
        };
        error.kind = FaultKind::Syntax;
        if error.line == Some(1) {
            let before = u32::try_from(STOP.len()).expect("a short text");
            error.column = error
                .column
                .map(|column| column.saturating_sub(before).max(1));
        }
        Err(error)
    })
}

/// Evaluates sloppy global code under a name that stands in stack traces.
pub(crate) fn eval<'js, T: rquickjs::FromJs<'js>>(
    ctx: &Ctx<'js>,
    text: impl Into<Vec<u8>>,
    name: &str,
) -> rquickjs::Result<T> {
    let mut options = EvalOptions::default();
    options.strict = false;
    options.filename = Some(name.to_owned());
    ctx.eval_with_options(text, options)
}

/// A script's value as ours; what has no JSON form is null.
pub(crate) fn read<'js>(ctx: &Ctx<'js>, given: &JsValue<'js>) -> rquickjs::Result<Value> {
    if let Some(number) = given.as_int() {
        return Ok(number.into());
    }
    if let Some(yes) = given.as_bool() {
        return Ok(yes.into());
    }
    if let Some(Ok(text)) = given.as_string().map(rquickjs::String::to_string) {
        return Ok(text.into());
    }
    let Some(json) = ctx.json_stringify(given.clone())? else {
        return Ok(Value::Null);
    };
    match value::from_json(json.to_string()?, Limits::default().depth) {
        Ok(value) => Ok(value),
        Err(Unreadable::Walk(json)) => walked(&ctx.json_parse(json)?),
        Err(_) => Err(throw(
            ctx,
            &Fault::new("TooLarge", "the value nests deeper than 512 levels"),
        )),
    }
}

/// A value that came from JSON, read member by member.
pub(crate) fn walked(value: &JsValue<'_>) -> rquickjs::Result<Value> {
    if let Some(elements) = value.as_array() {
        return elements
            .iter::<JsValue<'_>>()
            .map(|element| walked(&element?))
            .collect();
    }
    if let Some(members) = value.as_object() {
        let mut read = serde_json::Map::new();
        for member in members.props::<String, JsValue<'_>>() {
            let (name, value) = member?;
            read.insert(name, walked(&value)?);
        }
        return Ok(read.into());
    }
    if let Some(text) = value.as_string() {
        return Ok(text.to_string()?.into());
    }
    Ok(match (value.as_int(), value.as_number(), value.as_bool()) {
        (Some(whole), ..) => whole.into(),
        (_, Some(number), _) => number.into(),
        (.., Some(yes)) => yes.into(),
        _ => Value::Null,
    })
}

/// Our value as a script's.
pub(crate) fn write<'js>(ctx: &Ctx<'js>, value: &Value) -> rquickjs::Result<JsValue<'js>> {
    match value {
        Value::Null => Ok(JsValue::new_null(ctx.clone())),
        Value::Bool(yes) => Ok(JsValue::new_bool(ctx.clone(), *yes)),
        Value::String(text) => {
            rquickjs::String::from_str(ctx.clone(), text).map(rquickjs::String::into_value)
        }
        other => ctx.json_parse(value::to_json(other)),
    }
}

fn throw(ctx: &Ctx<'_>, fault: &Fault) -> rquickjs::Error {
    let made = Exception::from_message(ctx.clone(), &fault.message)
        .and_then(|error| error.as_object().set("name", fault.name).map(|()| error));
    match made {
        Ok(error) => error.throw(),
        Err(error) => error,
    }
}

/// What loads a library by its name: most scripts name none, so it is not made before.
fn libraries<'js>(ctx: Ctx<'js>) -> rquickjs::Result<Function<'js>> {
    let source = Function::new(ctx.clone(), source)?;
    let random_word = Function::new(ctx.clone(), rand::random::<i32>)?;
    let sha256 = Function::new(ctx.clone(), add_block)?;
    Furniture::Libraries
        .function(&ctx)?
        .call((source, random_word, sha256))
}

fn source<'js>(ctx: Ctx<'js>, name: String) -> rquickjs::Result<Function<'js>> {
    match Furniture::library(&name) {
        Some(library) => library.function(&ctx),
        None => Err(throw(&ctx, &unknown(&name))),
    }
}

/// Adds the sixteen words at an offset to a SHA-256 hash of eight (FIPS 180-4 §6.2.2), as CryptoJS keeps them.
fn add_block<'js>(
    hash: rquickjs::Array<'js>,
    words: rquickjs::Array<'js>,
    offset: usize,
) -> rquickjs::Result<()> {
    let word = |of: &rquickjs::Array<'js>, place| -> rquickjs::Result<i32> {
        // What is not there is 0, as for the operators of the language.
        Ok(of.get::<Coerced<i32>>(place)?.0)
    };
    let mut state = [0; 8];
    for (place, one) in state.iter_mut().enumerate() {
        *one = word(&hash, place)?.cast_unsigned();
    }
    let mut block = [0; 64];
    for (place, bytes) in block.chunks_exact_mut(4).enumerate() {
        bytes.copy_from_slice(&word(&words, offset + place)?.to_be_bytes());
    }
    sha2::block_api::compress256(&mut state, &[block]);
    for (place, one) in state.into_iter().enumerate() {
        hash.set(place, one.cast_signed())?;
    }
    Ok(())
}

fn unknown(name: &str) -> Fault {
    let name: String = name.chars().take(80).collect();
    Fault::new(
        "ModuleNotFound",
        format!("there is no module {name:?}; scripts have moment and crypto-js"),
    )
}

/// Whether local time is UTC on this machine, in every year that matters.
fn is_utc(ctx: &Ctx<'_>) -> rquickjs::Result<bool> {
    static UTC_HERE: OnceLock<bool> = OnceLock::new();
    if let Some(known) = UTC_HERE.get() {
        return Ok(*known);
    }
    let probe = "(() => { for (let month = 0; month < 2400; month++) { \
                 if (new Date(1900, month, 1).getTimezoneOffset() !== 0) return false; } return true; })()";
    let utc = eval(ctx, probe, "velodrome")?;
    Ok(*UTC_HERE.get_or_init(|| utc))
}

/// A value as `console.log` writes it.
fn shown<'js>(ctx: &Ctx<'js>, value: &JsValue<'js>) -> String {
    let json = || -> Option<String> {
        let plain = value.is_string() || value.is_undefined() || value.is_function();
        if plain || value.is_symbol() || value.is_error() {
            return None;
        }
        ctx.json_stringify(value.clone()).ok()??.to_string().ok()
    };
    let text = json().or_else(|| value.get::<Coerced<String>>().ok().map(|text| text.0));
    text.unwrap_or_else(|| {
        // What was thrown while showing it is of no interest.
        drop(ctx.catch());
        value.type_name().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_time_is_utc_whatever_the_machine_says() {
        let runtime = Runtime::new().unwrap();
        let context = Context::full(&runtime).unwrap();
        context.with(|ctx| {
            Furniture::Utc
                .function(&ctx)
                .unwrap()
                .call::<_, ()>(())
                .unwrap();
            for (expression, expected) in [
                (
                    "new Date(2024, 0, 31, 5).toISOString()",
                    "2024-01-31T05:00:00.000Z",
                ),
                (
                    "new Date('2024-06-01T12:00:00').toISOString()",
                    "2024-06-01T12:00:00.000Z",
                ),
                (
                    "new Date('2024-06-01').toISOString()",
                    "2024-06-01T00:00:00.000Z",
                ),
                (
                    "new Date('2024-06-01T12:00:00+02:00').toISOString()",
                    "2024-06-01T10:00:00.000Z",
                ),
                (
                    "String(new Date(0))",
                    "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)",
                ),
                (
                    "'' + (new Date(0) instanceof Date) + typeof Date()",
                    "truestring",
                ),
                ("'' + Date.parse('June 1, 2024 12:00')", "1717243200000"),
                (
                    "var d = new Date(0); d.setHours(5); d.toJSON()",
                    "1970-01-01T05:00:00.000Z",
                ),
                ("new Date(new Date(7)).getTime() + ''", "7"),
                ("class Day extends Date {} new Day(9).getTime() + ''", "9"),
            ] {
                let text: String = eval(&ctx, expression, "t").unwrap();
                assert_eq!(text, expected, "{expression}");
            }
        });
    }

    #[test]
    fn a_fault_of_syntax_has_its_place() {
        for (text, line, column) in [
            ("function(", 1, 9),
            ("var a = 1;\nfunction x( {\n}", 3, 2),
            ("let a; let a;", 1, 13),
        ] {
            let error = check_syntax(Level::Connector, text).unwrap_err();
            assert_eq!(error.kind, FaultKind::Syntax);
            assert_eq!(
                (error.line, error.column),
                (Some(line), Some(column)),
                "{text}: {error}"
            );
        }
        for text in [
            "",
            "undefinedFunction()",
            "while(true){}",
            "function f() { with ({}) {} }",
        ] {
            assert_eq!(check_syntax(Level::Step, text), Ok(()), "{text}");
        }
    }
}
