//! Every example of scripting.md that shows a value.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use velodrome_script::FaultKind;

use crate::world::{POOL, World, value, value_in};

async fn all_are(table: &[(&str, Value)]) {
    for (source, expected) in table {
        let result = value(source).await;
        assert_eq!(result.as_ref(), Ok(expected), "{source}");
    }
}

async fn all_throw(table: &[(&str, &str)]) {
    for (source, name) in table {
        let error = value(source).await.expect_err(source);
        assert_eq!(
            error.kind,
            FaultKind::Thrown {
                name: (*name).into()
            },
            "{source}: {error}"
        );
    }
}

#[tokio::test]
async fn base64_knows_its_character_sets() {
    all_are(&[
        ("btoa('Hĕllō Wōrld')", json!("SMSVbGzFjSBXxY1ybGQ=")),
        ("btoa('Hĕllō Wōrld','ascii')", json!("SD9sbD8gVz9ybGQ=")),
        (
            "btoa('Hĕllō Wōrld','iso-8859-1')",
            json!("SGVsbG8gV29ybGQ="),
        ),
        ("btoa('A','utf-16be')", json!("AEE=")),
        ("atob('SMSVbGzFjSBXxY1ybGQ=')", json!("Hĕllō Wōrld")),
        ("atob('QQA=', 'UTF-16')", json!("A")),
        ("atob(btoa('ä+€', 'utf-7'), 'utf-7')", json!("ä+€")),
        ("btoa(1)", json!("MQ==")),
    ])
    .await;
    all_throw(&[
        ("atob('!')", "InvalidBase64"),
        ("btoa('a','x')", "UnknownCharset"),
    ])
    .await;
}

const KEY: &str = include_str!("key.pem");

#[tokio::test]
async fn signatures_are_made_with_hmac_and_rsa() {
    all_are(&[
        (
            "cyclr_sign('HMAC-SHA1','key','The quick brown fox jumps over the lazy dog')",
            json!("3nybhbi3iqa8ino29wqQcBydtNk="),
        ),
        (
            "cyclr_sign('HMAC-SHA256','key','The quick brown fox jumps over the lazy dog', 'hex')",
            json!("f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"),
        ),
        ("cyclr_sign('hmac-sha512','k','v').length", json!(88)),
    ])
    .await;
    all_throw(&[
        ("cyclr_sign('HMAC-MD5','k','v')", "UnknownAlgorithm"),
        ("cyclr_sign('RSA-SHA256','k','v')", "InvalidKey"),
        ("cyclr_sign('HMAC-SHA1','k','v','utf-8')", "UnknownEncoding"),
    ])
    .await;
    let key = json!(KEY);
    for algorithm in [
        "RSA-SHA1",
        "RSA-SHA224",
        "RSA-SHA256",
        "RSA-SHA384",
        "RSA-SHA512",
    ] {
        // 2048 bits are 344 characters of base64; PKCS#1 v1.5 makes the same signature every time.
        let twice = format!(
            "const s = cyclr_sign('{algorithm}', {key}, 'v'); [s.length, s === cyclr_sign('{algorithm}', {key}, 'v')]"
        );
        assert_eq!(value(&twice).await, Ok(json!([344, true])), "{algorithm}");
    }
    let known = format!("cyclr_sign('RSA-SHA256', {key}, 'velodrome').slice(0, 24)");
    assert_eq!(
        value(&known).await,
        Ok(json!(include_str!("signature.txt").trim()[..24]))
    );
}

#[tokio::test]
async fn csv_is_read_and_written() {
    all_are(&[
        (
            "cyclr_csv_parse('1,2\\na,b', ',', false)",
            json!([{"Field1": "1", "Field2": "2"}, {"Field1": "a", "Field2": "b"}]),
        ),
        (
            "cyclr_csv_parse('n;t\\n\"a;b\";', ';', true)",
            json!([{"n": "a;b", "t": ""}]),
        ),
        (
            "cyclr_csv_parse('\\ufeff\"a\"\"b\\r\\nc\",d\\r\\n')",
            json!([{"Field1": "a\"b\r\nc", "Field2": "d"}]),
        ),
        ("cyclr_csv_parse('')", json!([])),
        (
            "cyclr_csv_parse('a,b\\n1', ',', true)",
            json!([{"a": "1", "b": ""}]),
        ),
        (
            "cyclr_csv_serialize([{a: 1, b: 'x,\"y\"'}, {a: null, b: true}], ',', true)",
            json!("a,b\r\n1,\"x,\"\"y\"\"\"\r\n,true\r\n"),
        ),
        ("cyclr_csv_serialize([[1, 2]], ';')", json!("1;2\r\n")),
    ])
    .await;
    all_throw(&[
        ("cyclr_csv_parse('\"x')", "InvalidCsv"),
        ("cyclr_csv_parse('a', ',,')", "InvalidCsv"),
        ("cyclr_csv_serialize(1)", "InvalidCsv"),
    ])
    .await;
    let error = value("cyclr_csv_parse('a\\nb,\"x')").await.unwrap_err();
    assert!(error.message.contains("line 2"), "{error}");
}

#[tokio::test]
async fn xml_is_read_and_written() {
    all_are(&[
        (
            "cyclr_xml_serialize({n:{'@id':1,to:['a','b<']}})",
            json!(r#"<n id="1"><to>a</to><to>b&lt;</to></n>"#),
        ),
        (
            "cyclr_xml_deserialize('<n id=\"1\"><to>a</to></n>')",
            json!({"n": {"@id": "1", "to": "a"}}),
        ),
    ])
    .await;
    all_throw(&[
        ("cyclr_xml_serialize({a:1,b:2})", "InvalidXml"),
        ("cyclr_xml_deserialize('<!DOCTYPE x>')", "InvalidXml"),
    ])
    .await;
}

#[tokio::test]
async fn libraries_are_there_when_they_are_named() {
    all_are(&[
        (
            "moment('2024-01-31').add(1,'M').format('YYYY-MM-DD')",
            json!("2024-02-29"),
        ),
        (
            "moment.tz('2024-06-01T12:00:00Z','Europe/London').format('HH:mm')",
            json!("13:00"),
        ),
        (
            "moment('2024-06-01T12:00:00').toISOString()",
            json!("2024-06-01T12:00:00.000Z"),
        ),
        (
            "moment('2024-06-01T12:00:00Z').format('HH:mm Z')",
            json!("12:00 +00:00"),
        ),
        ("moment.tz.names().length > 500", json!(true)),
        (
            "moment.tz('1950-07-01T12:00:00Z','Pacific/Auckland').format('Z')",
            json!("+12:00"),
        ),
        (
            "CryptoJS.SHA256('abc').toString()",
            json!("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ),
        (
            "CryptoJS.SHA256('abc').toString(CryptoJS.enc.Base64)",
            json!("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        ),
        ("CryptoJS.HmacSHA1('v','k').toString().length", json!(40)),
        (
            "const key = CryptoJS.enc.Hex.parse('00112233445566778899aabbccddeeff'); \
             CryptoJS.AES.encrypt('abc', key, {iv: key}).toString().length",
            json!(32),
        ),
        (
            "const c = CryptoJS.AES.encrypt('secret text', 'pass').toString(); \
             /^[0-9a-f]+$/.test(c) + CryptoJS.AES.decrypt(c, 'pass').toString(CryptoJS.enc.Utf8)",
            json!("truesecret text"),
        ),
        (
            "const c = CryptoJS.AES.encrypt('t', 'p').toString(CryptoJS.enc.Base64); \
             CryptoJS.AES.decrypt(c, 'p').toString(CryptoJS.enc.Utf8)",
            json!("t"),
        ),
        (
            "require('moment') === moment && require('crypto-js') === CryptoJS",
            json!(true),
        ),
        (
            "[Object.isFrozen(moment.fn), Object.isFrozen(moment.tz), Object.isFrozen(CryptoJS)]",
            json!([true, true, true]),
        ),
        (
            "moment.utc = 1; CryptoJS.MD5 = 1; [typeof moment.utc, typeof CryptoJS.MD5]",
            json!(["function", "function"]),
        ),
        ("moment.x = 1; moment.x === undefined", json!(true)),
        ("var moment = 5; moment", json!(5)),
        (
            "new Date(2024, 0, 31).toISOString()",
            json!("2024-01-31T00:00:00.000Z"),
        ),
        ("new Date(2024, 6, 1).getTimezoneOffset()", json!(0)),
    ])
    .await;
    all_throw(&[
        ("require('fs')", "ModuleNotFound"),
        ("require('crypto')", "ModuleNotFound"),
    ])
    .await;
}

#[tokio::test]
async fn stores_keep_what_they_are_given() {
    let world = World::default();
    for (source, expected) in [
        (
            "cyclr_storage_set('p',1); cyclr_storage_get('p')",
            json!("1"),
        ),
        ("cyclr_storage_get('unknown')", json!(null)),
        (
            "cyclr_storage_append('ap','a'); cyclr_storage_append('ap','b'); cyclr_storage_get('ap')",
            json!("ab"),
        ),
        (
            "cyclr_storage_increment('n'); cyclr_storage_increment('n')",
            json!(2),
        ),
        ("cyclr_storage_increment('n', 0.5)", json!(2.5)),
        ("cyclr_storage_decrement('n', 1.5)", json!(1)),
        (
            "cyclr_storage_set('o',{a:1}); cyclr_storage_get('o')",
            json!("{\"a\":1}"),
        ),
        (
            "cyclr_storage_delete('p'); cyclr_storage_get('p')",
            json!(null),
        ),
        (
            "cyclr_storage_delete_all(); cyclr_storage_set('b', '2'); cyclr_storage_set('a', '1'); \
             [cyclr_storage_list_keys(), cyclr_storage_list_values()]",
            json!([["a", "b"], ["1", "2"]]),
        ),
        ("cycle_storage_get('a')", json!(null)),
        (
            "cycle_storage_set('a', '3'); cycle_storage_get('a') + cyclr_storage_get('a')",
            json!("31"),
        ),
        (
            "try { cyclr_storage_set('k'.repeat(129), 1) } catch (e) { e.name }",
            json!("StorageLimit"),
        ),
        (
            "cyclr_storage_set('k'.repeat(128), 'é'.repeat(1024)); true",
            json!(true),
        ),
        (
            "try { cyclr_storage_append('k'.repeat(128), 'x') } catch (e) { e.name }",
            json!("StorageLimit"),
        ),
        (
            "cyclr_storage_set('x','x'); try { cyclr_storage_increment('x') } catch (e) { e.name }",
            json!("NotANumber"),
        ),
    ] {
        assert_eq!(value_in(&world, source).await, Ok(expected), "{source}");
    }
    let nowhere = World {
        no_cycle: true,
        ..World::default()
    };
    let error = value_in(&nowhere, "cycle_storage_get('a')")
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        FaultKind::Thrown {
            name: "NoCycle".into()
        }
    );
}

#[tokio::test]
async fn requests_go_through_the_host() {
    all_are(&[
        (
            "const r = http_request({url: 'https://a.example', parameters: {a: [1, 2], b: null}, data: {a: 1}}); \
             [r.status_code, r.content.method, r.content.parameters, r.content.body, r.content.headers]",
            json!([200, "GET", [["a", "1"], ["a", "2"]], "{\"a\":1}", [["Content-Type", "application/json"]]]),
        ),
        ("http_request({url: 'https://a.example/text', method: 'post'}).content", json!("plain")),
        ("http_request({url: 'https://a.example/missing'}).status_code", json!(404)),
        ("http_request({url: 'https://a.example', auth: false}).content.auth", json!(false)),
        ("http_request({url: 'https://a.example'}).headers['content-type'].slice(0, 16)", json!("application/json")),
        (
            "let n = 0; try { for (;;) { http_request({url: 'https://a.example'}); n++ } } catch (e) { [n, e.name] }",
            json!([50, "TooManyRequests"]),
        ),
    ])
    .await;
    all_throw(&[
        (
            "http_request({url: 'http://169.254.169.254/'})",
            "EgressDenied",
        ),
        ("http_request({})", "InvalidRequest"),
        ("http_request('https://a.example')", "InvalidRequest"),
        (
            "http_request({url: 'https://a.example', headers: 'x'})",
            "InvalidRequest",
        ),
    ])
    .await;
}

#[tokio::test]
async fn the_realm_holds_nothing_of_the_host() {
    for name in [
        "process",
        "setTimeout",
        "setInterval",
        "Worker",
        "fetch",
        "XMLHttpRequest",
        "WebSocket",
        "Deno",
        "module",
        "exports",
        "std",
        "os",
        "print",
        "performance",
        "Atomics",
        "SharedArrayBuffer",
        "scriptArgs",
        "__filename",
        "native",
        "gc",
        "define",
        "importScripts",
        "load",
        "read",
        "quit",
    ] {
        let source = format!("typeof {name}");
        assert_eq!(value(&source).await, Ok(json!("undefined")), "{name}");
    }
    all_are(&[
        ("eval('1 + 1') + new Function('return 2')()", json!(4)),
        ("console.log('a'); typeof console.log", json!("function")),
        ("with ({a: 1}) { a }", json!(1)),
        ("[1,2,3].findLast(x => x < 3)", json!(2)),
        ("[3,1].toSorted()", json!([1, 3])),
    ])
    .await;
    let error = value("import('fs').then(() => 1)").await.unwrap_err();
    assert!(matches!(error.kind, FaultKind::Thrown { .. }), "{error}");
}

#[tokio::test]
async fn hashes_are_those_of_the_standard_whatever_the_length() {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let text = |length: usize| -> String { "añ€ 9".chars().cycle().take(length).collect() };
    let lengths: Vec<usize> = (0..70).chain([119, 127, 128, 1_000]).collect();
    let script = "lengths.map(function (length) {
        var text = 'añ€ 9'.repeat(length).slice(0, length);
        var key = text + '!';
        var parts = CryptoJS.algo.SHA256.create();
        for (var place = 0; place < length; place += 7) parts.update(text.slice(place, place + 7));
        return [CryptoJS.SHA256(text), CryptoJS.SHA224(text), CryptoJS.HmacSHA256(text, key), parts.finalize()].map(String);
    })";
    let run = crate::world::text(script).with("lengths", json!(lengths));
    let outcome = POOL.run(run, &World::default()).await.unwrap();

    let expected: Vec<Value> = lengths
        .iter()
        .map(|length| {
            let text = text(*length);
            let whole = hex(&Sha256::digest(&text));
            let mut mac = Hmac::<Sha256>::new_from_slice(format!("{text}!").as_bytes()).unwrap();
            mac.update(text.as_bytes());
            json!([
                whole,
                hex(&sha2::Sha224::digest(&text)),
                hex(&mac.finalize().into_bytes()),
                whole
            ])
        })
        .collect();
    assert_eq!(outcome.result, Value::from(expected));
}
