//! Scripts that mean harm: each ends in time, with an error or a harmless value, and the next one runs.

use std::time::{Duration, Instant};

use velodrome_script::{FaultKind, ScriptError};

use crate::world::{limited, value};

/// What must become of a script.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Ends {
    Late,
    Full,
    Large,
    Thrown,
    Harmless,
    /// With one of the limits; which of them depends on the machine.
    Somehow,
}

const HOSTILE: &[(&str, Ends)] = &[
    ("while(true){}", Ends::Late),
    ("for(;;) { try { null.x } catch (e) {} }", Ends::Late),
    (
        "try { while(true){} } finally { while(true){} }",
        Ends::Late,
    ),
    (
        "function f() { try { f() } finally { f() } } f()",
        Ends::Somehow,
    ),
    (
        "const f = () => Promise.resolve().then(f); f()",
        Ends::Somehow,
    ),
    (
        "const f = () => { Promise.resolve().then(f) }; f()",
        Ends::Late,
    ),
    ("async function f() { for (;;) await null } f()", Ends::Late),
    ("[...(function* () { for (;;) yield 1 })()]", Ends::Somehow),
    ("/(a+)+b/.test('a'.repeat(50))", Ends::Late),
    ("'a'.repeat(60).match(/(a|aa)+$b/)", Ends::Somehow),
    (
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        Ends::Late,
    ),
    (
        "Array.prototype.includes.call({length: 2 ** 53 - 1}, 1)",
        Ends::Late,
    ),
    (
        "const a = []; a.length = 2 ** 32 - 1; a.forEach(() => 0)",
        Ends::Late,
    ),
    (
        "const a = []; a.length = 2 ** 32 - 1; a.reverse()",
        Ends::Somehow,
    ),
    (
        "const a = []; a.length = 2 ** 32 - 1; a.sort()",
        Ends::Somehow,
    ),
    ("a=[];while(1)a.push(a.slice())", Ends::Full),
    ("let s = 'x'; for (;;) s += s", Ends::Thrown),
    (
        "const a = []; for (;;) a.push('x'.repeat(1000000) + a.length)",
        Ends::Full,
    ),
    ("'x'.repeat(2 ** 29)", Ends::Somehow),
    ("new ArrayBuffer(2 ** 31)", Ends::Somehow),
    ("new Uint8Array(64 * 1024 * 1024).length", Ends::Somehow),
    (
        "const m = new Map(); for (let i = 0; ; i++) m.set(i, {})",
        Ends::Full,
    ),
    (
        "let o = {}; for (;;) o = {o, p: new Array(1000).fill(0)}",
        Ends::Full,
    ),
    (
        "for (;;) { try { const a = []; for (;;) a.push(new Array(1000).fill(1)) } catch (e) {} }",
        Ends::Somehow,
    ),
    ("Array.from({length: 2 ** 31})", Ends::Somehow),
    ("JSON.parse('['.repeat(1000000))", Ends::Thrown),
    ("function f() { f() } f()", Ends::Thrown),
    ("let o = {}; o.o = o; o", Ends::Thrown),
    (
        "let o = {}, p = o; for (let i = 0; i < 600; i++) p = p.a = {}; o",
        Ends::Large,
    ),
    (
        "let o = {}, p = o; for (let i = 0; i < 1000000; i++) p = p.a = {}; o",
        Ends::Somehow,
    ),
    (
        "let o = {}, p = o; for (let i = 0; i < 500; i++) p = p.a = {n: [1.5, true, 'x', null]}; o",
        Ends::Harmless,
    ),
    ("'x'.repeat(2000000)", Ends::Large),
    ("({toJSON() { for (;;) {} }})", Ends::Late),
    ("new Proxy({}, {ownKeys() { for (;;) {} }})", Ends::Late),
    ("({get a() { throw new Error('got') }})", Ends::Thrown),
    ("throw {get message() { for (;;) {} }}", Ends::Late),
    ("throw {toString() { throw 1 }}", Ends::Thrown),
    ("throw new Proxy({}, {get() { throw 1 }})", Ends::Thrown),
    ("throw 'x'.repeat(1000000)", Ends::Thrown),
    (
        "const e = new Error(); e.name = 'n'.repeat(1000000); throw e",
        Ends::Thrown,
    ),
    (
        "Object.prototype.toJSON = () => 'hijacked'; ({a: 1})",
        Ends::Harmless,
    ),
    (
        "JSON.stringify = () => 'hijacked'; Object.defineProperty = null; ({a: 1})",
        Ends::Harmless,
    ),
    ("Object.freeze(globalThis); 1", Ends::Harmless),
    (
        "for (const name of Object.getOwnPropertyNames(globalThis)) try { delete globalThis[name] } catch {} 1",
        Ends::Harmless,
    ),
    (
        "Function.prototype.call = Function.prototype.apply = null; moment('2024-01-01').isValid()",
        Ends::Thrown,
    ),
    (
        "Promise.prototype.then = () => { for (;;) {} }; Promise.resolve(1)",
        Ends::Harmless,
    ),
    (
        "new (function(){}.constructor)('return typeof process')()",
        Ends::Harmless,
    ),
    (
        "({}).constructor.constructor('return this')() === globalThis",
        Ends::Harmless,
    ),
    (
        "btoa.constructor('return typeof process')()",
        Ends::Harmless,
    ),
    (
        "console.log(new Proxy({}, {get() { throw 1 }, ownKeys() { throw 1 }})); 1",
        Ends::Harmless,
    ),
    ("btoa({toJSON() { throw new Error('no') }})", Ends::Thrown),
    ("cyclr_xml_deserialize('<a>'.repeat(100000))", Ends::Thrown),
    ("cyclr_csv_parse('\"'.repeat(100001))", Ends::Thrown),
    (
        "cyclr_xml_serialize((() => { let o = {}, p = o; for (let i = 0; i < 5000; i++) p = p.a = {}; return o })())",
        Ends::Thrown,
    ),
    ("10n ** (10n ** 9n)", Ends::Somehow),
    ("eval('('.repeat(100000))", Ends::Thrown),
    ("'\\u0000' + String.fromCharCode(0xd800)", Ends::Harmless),
];

fn ending(result: &Result<velodrome_script::Outcome, ScriptError>) -> Ends {
    match result {
        Ok(_) => Ends::Harmless,
        Err(error) => match &error.kind {
            FaultKind::Timeout => Ends::Late,
            FaultKind::Memory => Ends::Full,
            FaultKind::TooLarge => Ends::Large,
            FaultKind::Thrown { .. } => Ends::Thrown,
            other => panic!("{other:?}: {error}"),
        },
    }
}

#[tokio::test]
async fn hostile_scripts_end_and_the_next_one_runs() {
    assert!(HOSTILE.len() >= 40);
    let mut wrong = Vec::new();
    for (source, expected) in HOSTILE {
        let started = Instant::now();
        // Long enough to fill the memory first, where that is what happens.
        let time = if *expected == Ends::Late { 400 } else { 20_000 };
        let result = limited(source, Duration::from_millis(time)).await;
        let ended = ending(&result);
        if *expected != Ends::Somehow && ended != *expected {
            wrong.push(format!("{source}: {result:?}, not {expected:?}"));
        }
        assert!(
            started.elapsed() < Duration::from_secs(30),
            "{source} took {:?}",
            started.elapsed()
        );
        if let Err(error) = &result {
            assert!(error.message.len() <= 5_000, "{source}");
        }
        assert_eq!(value("1 + 1").await, Ok(2.into()), "after {source}");
    }
    assert_eq!(wrong, Vec::<String>::new());
}

mod property {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn no_text_brings_the_engine_down(text in "\\PC{0,60}|([a-z]{1,4}|[(){}\\[\\];=+.,'\"`/\\\\ \n0-9]){0,40}") {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let Ok(script) = velodrome_script::Script::compile(velodrome_script::Level::Inline, &text) else {
                return Ok(());
            };
            let run = velodrome_script::Run {
                limits: velodrome_script::Limits { time: Duration::from_millis(500), ..Default::default() },
                ..velodrome_script::Run::text(1, script)
            };
            // Whatever it comes to, it comes to an end and is not the engine's failure.
            if let Err(error) = runtime.block_on(crate::world::POOL.run(run, &crate::world::World::default())) {
                prop_assert_ne!(error.kind, FaultKind::Engine);
            }
        }

        #[test]
        fn every_value_comes_back_as_it_went_in(value in any_json()) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let run = crate::world::method(velodrome_script::Event::AfterAction, "function after_action() {}")
                .with("method_response", value.clone());
            let outcome = runtime.block_on(crate::world::POOL.run(run, &crate::world::World::default())).unwrap();
            prop_assert_eq!(&outcome.globals["method_response"], &value);
        }
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            (-(1_i64 << 53)..(1_i64 << 53)).prop_map(Into::into),
            "\\PC{0,12}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                proptest::collection::vec(("[a-z_]{1,8}", inner), 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        })
    }
}
