//! Data on Demand: values in, the provider's data out, and every way in which that fails.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use serde_json::{Value, json};
use velodrome_compat::{Shared, scenarios};
use velodrome_testkit::Answer;

scenarios! { data_on_demand:
    values_go_by_id_and_by_name_typed_or_as_text,
    fields_go_to_their_places_in_the_body,
    custom_fields_are_sent_by_number_and_by_location,
    a_key_the_method_does_not_have_is_named_and_nothing_is_called,
    a_value_that_is_missing_or_of_the_wrong_type_is_named_and_nothing_is_called,
    webhook_methods_are_refused_and_hidden_ones_called,
    bodies_are_judged_before_anything_is_called,
    all_pages_are_fetched_and_a_test_takes_the_first,
    a_file_keeps_its_type_and_bytes,
    text_is_a_string_and_xml_becomes_json,
    a_refusal_of_the_provider_is_told_with_its_details_and_no_secret,
    the_providers_429_is_passed_on_with_the_time_to_wait,
    a_failing_provider_is_a_bad_gateway,
    a_silent_provider_is_given_up_in_time,
    what_cannot_be_read_is_a_bad_gateway,
    redirects_into_the_operators_network_are_not_followed,
    an_endless_answer_and_one_that_unpacks_without_end_are_cut_off,
    a_test_reports_any_answer_as_a_result,
    a_test_refuses_what_a_call_refuses,
    a_connector_that_is_not_authenticated_is_not_called,
    a_lookup_gives_names_and_values_and_filters_them,
    a_lookup_that_fails_says_whose_fault_it_is,
}

const FAILED: &str = "Failed to call the method";

async fn values_go_by_id_and_by_name_typed_or_as_text(workshop: Shared) {
    let installed = workshop.install_with_key("values").await;
    let method = workshop.method("Get Piece");
    workshop
        .upstream
        .on("GET", "/pieces/values", Answer::json("{\"id\":7}"));
    let parameter = |name: &str| {
        let all = method["Parameters"].as_array().unwrap();
        let found = all.iter().find(|one| one["TargetName"] == name).unwrap();
        found["Id"].to_string()
    };
    let by_number = format!("{}/methods/{}", installed.path, method["Id"]);
    let by_guid = workshop
        .method_path(&installed, "Get Piece")
        .to_ascii_uppercase()
        .replace("/V1.0/ACCOUNT/CONNECTORS", "/v1.0/account/connectors");

    for (path, body) in [
        (
            &by_number,
            json!({ parameter("Piece"): "values", parameter("limit"): 5 }),
        ),
        (&by_guid, json!({ "Piece": "values", "limit": "5" })),
        (&by_guid, json!({ "PIECE": "values", "LIMIT": 5 })),
    ] {
        let answer = installed
            .account
            .post(path, json!({ "Parameters": body }))
            .await
            .expect(200);
        assert_eq!(answer.json(), json!({ "id": 7 }));
        assert_eq!(answer.header("x-velodrome-upstream"), None);
    }

    for call in workshop.received("/pieces/values") {
        assert_eq!(call.query(), "limit=5");
        assert_eq!(call.header("x-api-key"), Some("key-of-values"));
    }
}

async fn fields_go_to_their_places_in_the_body(workshop: Shared) {
    let installed = workshop.install_with_key("places").await;
    let method = workshop.method("Create Piece");
    workshop
        .upstream
        .on("POST", "/pieces/places", Answer::json("{\"id\":1}"));
    let size = method["RequestFields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["Location"] == "size")
        .unwrap()["Id"]
        .to_string();

    installed
        .account
        .post(
            &workshop.method_path(&installed, "Create Piece"),
            json!({
                "Parameters": { "Piece": "places" },
                "Fields": { "name": "Chair", size: "3", "[parts].label": ["leg", "seat"] },
            }),
        )
        .await
        .expect(200);

    let sent: Value = serde_json::from_str(&workshop.received("/pieces/places")[0].text()).unwrap();
    assert_eq!(
        sent,
        json!({ "name": "Chair", "size": 3, "parts": [{ "label": "leg" }, { "label": "seat" }] })
    );
}

async fn custom_fields_are_sent_by_number_and_by_location(workshop: Shared) {
    let installed = workshop.install_with_key("own-fields").await;
    workshop
        .upstream
        .on("POST", "/pieces/own-fields", Answer::json("{\"id\":1}"));
    let field = installed
        .account
        .post(
            &format!("{}/fields", installed.path),
            json!({
                "ConnectorField": "colour",
                "DisplayName": "Colour",
                "MethodUniqueIdentifier": workshop.method("Create Piece")["MethodUniqueIdentifier"],
                "ForRequestFormat": true,
            }),
        )
        .await
        .expect(200)
        .json();
    let path = workshop.method_path(&installed, "Create Piece");

    for key in [field["Id"].to_string(), "colour".to_owned()] {
        installed
            .account
            .post(
                &path,
                json!({
                    "Parameters": { "Piece": "own-fields" },
                    "Fields": { "name": "Chair", key: "red" },
                }),
            )
            .await
            .expect(200);
    }

    for call in workshop.received("/pieces/own-fields") {
        let sent: Value = serde_json::from_str(&call.text()).unwrap();
        assert_eq!(sent["colour"], "red");
    }
}

async fn a_key_the_method_does_not_have_is_named_and_nothing_is_called(workshop: Shared) {
    let installed = workshop.install_with_key("strange-keys").await;
    let path = workshop.method_path(&installed, "Create Piece");
    let bodies = [
        (json!({ "Parameters": { "Flavour": "1" } }), "'Flavour'"),
        (
            json!({ "Parameters": { "2147483647": "1" } }),
            "'2147483647'",
        ),
        (json!({ "Fields": { "no.such": "1" } }), "'no.such'"),
    ];

    for (mut body, named) in bodies {
        if body.get("Parameters").is_none() {
            body["Parameters"] = json!({ "Piece": "strange" });
        }
        let message = installed
            .account
            .post(&path, body)
            .await
            .refused_as(400, "method.unknown_key");
        assert!(message.contains(named), "{message}");
    }
    assert!(workshop.received("/pieces/strange").is_empty());
}

async fn a_value_that_is_missing_or_of_the_wrong_type_is_named_and_nothing_is_called(
    workshop: Shared,
) {
    let installed = workshop.install_with_key("wrong-values").await;
    let get = workshop.method_path(&installed, "Get Piece");
    let create = workshop.method_path(&installed, "Create Piece");
    let cases = [
        (&get, json!({}), "Piece"),
        (&get, json!({ "Parameters": { "Piece": "" } }), "Piece"),
        (
            &get,
            json!({ "Parameters": { "Piece": "wrong", "limit": "many" } }),
            "limit",
        ),
        (
            &create,
            json!({ "Parameters": { "Piece": "wrong" }, "Fields": { "size": 1 } }),
            "name",
        ),
        (
            &create,
            json!({ "Parameters": { "Piece": "wrong" }, "Fields": { "name": "a", "size": "big" } }),
            "size",
        ),
        (
            &get,
            json!({ "Parameters": { "Piece": "../wrong" } }),
            "Piece",
        ),
        (
            &get,
            json!({ "Parameters": { "Piece": "a\r\nX-Other: 1" } }),
            "Piece",
        ),
    ];

    for (path, body, named) in cases {
        let answer = installed.account.post(path, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.text);
        assert_eq!(answer.header("x-velodrome-code"), Some("call.not_built"));
        assert!(
            answer.json()["Detail"].as_str().unwrap().contains(named),
            "{body}: {}",
            answer.text
        );
    }
    installed.account.get(&get).await.expect(400);
    assert!(workshop.received("/pieces/wrong").is_empty());
}

async fn webhook_methods_are_refused_and_hidden_ones_called(workshop: Shared) {
    let installed = workshop.install_with_key("kinds").await;
    workshop
        .upstream
        .on("GET", "/count", Answer::json("{\"count\":3}"));

    let webhook = installed
        .account
        .post_nothing(&workshop.method_path(&installed, "Piece Changed"))
        .await;
    let hidden = installed
        .account
        .get(&workshop.method_path(&installed, "Get Tool Count"))
        .await
        .expect(200);

    let message = webhook.refused_as(400, "method.is_webhook");
    assert!(message.contains("Piece Changed"), "{message}");
    assert_eq!(hidden.json()["count"], 3);
}

async fn bodies_are_judged_before_anything_is_called(workshop: Shared) {
    let installed = workshop.install_with_key("judged").await;
    workshop
        .upstream
        .on("GET", "/pieces/judged", Answer::json("{\"id\":1}"));
    let path = workshop.method_path(&installed, "Get Piece");
    let post = reqwest::Method::POST;

    for body in ["{", "[1]", "'text'", "{ Parameters: 7 }", "{ Fields: [] }"] {
        installed
            .account
            .send_text(post.clone(), &path, body)
            .await
            .refused_as(400, "request.unreadable");
    }
    for (method, status, code) in [
        ("7.5", 400, "method.malformed_id"),
        ("get-piece", 400, "method.malformed_id"),
        ("2147483647", 404, "method.not_found"),
        (
            "00000000-0000-0000-0000-000000000000",
            404,
            "method.not_found",
        ),
    ] {
        for kind in ["methods", "test"] {
            installed
                .account
                .get(&format!("{}/{kind}/{method}", installed.path))
                .await
                .refused_as(status, code);
        }
    }
    installed
        .account
        .send_text(
            post,
            &path,
            "{ parameters: { Piece: 'judged', }, /* late */ }",
        )
        .await
        .expect(200);
}

async fn all_pages_are_fetched_and_a_test_takes_the_first(workshop: Shared) {
    let installed = workshop.install_with_key("pages").await;
    workshop.upstream.respond("GET", "/shelves/pages", |call| {
        Answer::json(match call.query() {
            "page=1&size=2" => "{\"pieces\":[{\"id\":1},{\"id\":2}]}",
            "page=2&size=2" => "{\"pieces\":[{\"id\":3}]}",
            _ => "{\"pieces\":[]}",
        })
    });

    let all = workshop
        .call(&installed, "List Pieces", "pages")
        .await
        .expect(200)
        .json();
    let first = installed
        .account
        .post(
            &workshop
                .method_path(&installed, "List Pieces")
                .replace("/methods/", "/test/"),
            json!({ "Parameters": { "Piece": "pages" } }),
        )
        .await
        .expect(200)
        .json();

    assert_eq!(
        all,
        json!({ "pieces": [{ "id": 1 }, { "id": 2 }, { "id": 3 }] })
    );
    assert_eq!(
        first["Response"],
        json!({ "pieces": [{ "id": 1 }, { "id": 2 }] })
    );
}

async fn a_file_keeps_its_type_and_bytes(workshop: Shared) {
    let installed = workshop.install_with_key("files").await;
    workshop.upstream.on(
        "GET",
        "/plans/files",
        Answer::status(200)
            .header("Content-Type", "application/pdf")
            .body("%PDF-1.7 not really"),
    );

    let file = workshop
        .call(&installed, "Get Plan", "files")
        .await
        .expect(200);

    assert_eq!(file.header("content-type"), Some("application/pdf"));
    assert_eq!(file.text, "%PDF-1.7 not really");
    assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
}

async fn text_is_a_string_and_xml_becomes_json(workshop: Shared) {
    let installed = workshop.install_with_key("formats").await;
    workshop.upstream.on(
        "GET",
        "/notes/formats",
        Answer::status(200)
            .header("Content-Type", "text/plain")
            .body("Mind the \"gap\""),
    );
    workshop.upstream.on(
        "GET",
        "/labels/formats",
        Answer::status(200)
            .header("Content-Type", "application/xml")
            .body("<label><id>7</id></label>"),
    );

    let note = workshop
        .call(&installed, "Get Note", "formats")
        .await
        .expect(200);
    let label = workshop
        .call(&installed, "Get Label", "formats")
        .await
        .expect(200);

    assert_eq!(note.json(), "Mind the \"gap\"");
    assert_eq!(label.json()["label"]["id"], "7");
    assert!(
        label
            .header("content-type")
            .unwrap()
            .starts_with("application/json")
    );
}

async fn a_refusal_of_the_provider_is_told_with_its_details_and_no_secret(workshop: Shared) {
    let installed = workshop.install_with_key("refused-calls").await;
    for status in [400, 401, 403, 404, 409, 422] {
        let answer = Answer::json("{\"error\":\"your key key-of-refused-calls is no good\"}")
            .with_status(status);
        workshop.upstream.on("GET", "/pieces/refused", answer);

        let refused = workshop.call(&installed, "Get Piece", "refused").await;

        assert_eq!(refused.status, 400, "{status}: {}", refused.text);
        let body = refused.json();
        assert_eq!(body["Message"], FAILED);
        assert_eq!(body["UpstreamStatusCode"], status);
        let detail = body["Detail"].as_str().unwrap();
        assert!(detail.contains(&status.to_string()), "{detail}");
        assert!(detail.contains("GET "), "{detail}");
        assert!(!refused.text.contains("key-of-refused-calls"), "{detail}");
        assert!(detail.contains("REDACTED"), "{detail}");
        assert_eq!(
            refused.header("x-velodrome-code"),
            Some("call.refused_by_provider")
        );
    }
    let log = workshop.world.server.log();
    assert!(!log.contains("key-of-refused-calls"));
}

async fn the_providers_429_is_passed_on_with_the_time_to_wait(workshop: Shared) {
    let installed = workshop.install_with_key("busy").await;
    let busy = Answer::json("{}")
        .with_status(429)
        .header("Retry-After", "90");
    workshop.upstream.on("GET", "/pieces/busy", busy);

    let first = workshop.call(&installed, "Get Piece", "busy").await;
    let second = workshop.call(&installed, "Get Piece", "busy").await;
    let proxied = installed
        .account
        .get(&format!("{}/proxy/pieces/busy", installed.path))
        .await;

    assert_eq!(first.status, 429, "{}", first.text);
    assert_eq!(first.json()["UpstreamStatusCode"], 429);
    assert_eq!(first.json()["Message"], FAILED);
    assert_eq!(first.header("retry-after"), Some("90"));
    for ours in [second, proxied] {
        assert_eq!(ours.status, 429, "{}", ours.text);
        assert_eq!(ours.json()["UpstreamStatusCode"], Value::Null);
        assert_eq!(ours.header("x-velodrome-upstream"), None);
        let wait: u64 = ours.header("retry-after").unwrap().parse().unwrap();
        assert!((60..=90).contains(&wait), "{wait}");
    }
    assert_eq!(
        workshop.received("/pieces/busy").len(),
        1,
        "the other calls never left"
    );
}

async fn a_failing_provider_is_a_bad_gateway(workshop: Shared) {
    let installed = workshop.install_with_key("failing").await;
    for (answer, seen) in [
        (Answer::json("{}").with_status(500), json!(500)),
        (Answer::html("<h1>Down</h1>").with_status(503), json!(503)),
        (Answer::reset(), Value::Null),
    ] {
        workshop.upstream.on("GET", "/pieces/failing", answer);

        let failed = workshop.call(&installed, "Get Piece", "failing").await;

        assert_eq!(failed.status, 502, "{}", failed.text);
        assert_eq!(failed.json()["Message"], FAILED);
        assert_eq!(failed.json()["UpstreamStatusCode"], seen);
    }
}

async fn a_silent_provider_is_given_up_in_time(workshop: Shared) {
    let installed = workshop.install_with_key("silent").await;
    workshop
        .upstream
        .on("GET", "/pieces/silent", Answer::hang());

    let failed = workshop.call(&installed, "Get Piece Soon", "silent").await;

    assert_eq!(failed.status, 504, "{}", failed.text);
    assert_eq!(failed.json()["Message"], FAILED);
    assert_eq!(failed.json()["UpstreamStatusCode"], Value::Null);
    assert_eq!(failed.header("x-velodrome-code"), Some("call.timeout"));
}

async fn what_cannot_be_read_is_a_bad_gateway(workshop: Shared) {
    let installed = workshop.install_with_key("unreadable").await;
    for (what, answer) in [
        ("a page", Answer::html("<h1>Welcome</h1>")),
        ("half a document", Answer::json("{\"id\":")),
        ("a short body", Answer::json("{\"id\":").truncated(500)),
        (
            "bytes said to be packed",
            Answer::json("{\"id\":1}").header("Content-Encoding", "gzip"),
        ),
    ] {
        workshop.upstream.on("GET", "/pieces/unreadable", answer);

        let failed = workshop.call(&installed, "Get Piece", "unreadable").await;

        assert_eq!(failed.status, 502, "{what}: {}", failed.text);
        assert!(failed.json()["Message"].is_string(), "{what}");
    }
}

async fn redirects_into_the_operators_network_are_not_followed(workshop: Shared) {
    let installed = workshop.install_with_key("redirects").await;
    for target in [
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:169.254.169.254]/latest",
        "http://10.0.0.1/",
        "https://workshop.example:22/",
        "file:///etc/passwd",
    ] {
        workshop
            .upstream
            .on("GET", "/pieces/redirects", Answer::redirect(target));

        let refused = workshop.call(&installed, "Get Piece", "redirects").await;

        assert!(
            [400, 403, 502].contains(&refused.status),
            "{target}: {} {}",
            refused.status,
            refused.text
        );
        assert!(!refused.text.contains("key-of-redirects"));
    }
    let refused = {
        workshop.upstream.on(
            "GET",
            "/pieces/redirects",
            Answer::redirect("http://169.254.169.254/latest/meta-data"),
        );
        workshop.call(&installed, "Get Piece", "redirects").await
    };
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(
        refused.header("x-velodrome-code"),
        Some("call.address_refused")
    );
}

async fn an_endless_answer_and_one_that_unpacks_without_end_are_cut_off(workshop: Shared) {
    let installed = workshop.install_with_key("endless").await;
    workshop
        .upstream
        .on("GET", "/pieces/endless", Answer::endless());

    let endless = workshop.call(&installed, "Get Piece", "endless").await;

    assert_eq!(endless.status, 502, "{}", endless.text);
    assert_eq!(endless.json()["Message"], FAILED);
    workshop.upstream.on(
        "GET",
        "/pieces/endless",
        Answer::json("")
            .body(packed_blanks(256))
            .header("Content-Encoding", "gzip"),
    );
    let bomb = workshop.call(&installed, "Get Piece", "endless").await;
    assert_eq!(bomb.status, 502, "{}", bomb.text);
    for cut in [&endless, &bomb] {
        assert_eq!(
            cut.header("x-velodrome-code"),
            Some("call.answer_too_large")
        );
    }
    workshop
        .upstream
        .on("GET", "/pieces/endless", Answer::json("{\"id\":1}"));
    workshop
        .call(&installed, "Get Piece", "endless")
        .await
        .expect(200);
}

/// A gzip file of this many mebibytes of blanks: one deflate block, said over and over.
///
/// Written by hand from RFC 1951 and 1952: after the first blank, each two bits of a fixed block repeat
/// it 258 times, so a thousandth of the size goes over the wire.
fn packed_blanks(mebibytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.push(0b1, 1); // The last block,
    bits.push(0b01, 2); // with fixed codes.
    bits.push_code(0x30 + 0x20, 8); // A blank.
    for _ in 0..mebibytes * 1024 * 1024 / 258 {
        bits.push_code(0b1100_0101, 8); // Length 258,
        bits.push_code(0, 5); // distance 1.
    }
    bits.push_code(0, 7); // The end.
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    packed.extend(bits.bytes);
    packed.extend([0; 8]); // Nobody gets so far as to check the sum.
    packed
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.len() - 1;
            self.bytes[last] |= u8::from(value >> bit & 1 == 1) << (self.used % 8);
            self.used = (self.used + 1) % 8;
        }
    }

    /// Huffman codes go most significant bit first.
    fn push_code(&mut self, code: u32, count: u32) {
        for bit in (0..count).rev() {
            self.push(code >> bit & 1, 1);
        }
    }
}

async fn a_test_reports_any_answer_as_a_result(workshop: Shared) {
    let installed = workshop.install_with_key("tests").await;
    let path = workshop
        .method_path(&installed, "Get Piece Soon")
        .replace("/methods/", "/test/");
    let cases = [
        (
            Answer::json("{\"id\":1}"),
            true,
            json!(200),
            json!({ "id": 1 }),
        ),
        (
            Answer::json("{\"no\":1}").with_status(404),
            false,
            json!(404),
            json!({ "no": 1 }),
        ),
        (
            Answer::json("{}").with_status(503),
            false,
            json!(503),
            json!({}),
        ),
        (Answer::hang(), false, Value::Null, Value::Null),
        (Answer::reset(), false, Value::Null, Value::Null),
    ];

    for (answer, success, status, response) in cases {
        workshop.upstream.on("GET", "/pieces/tests", answer);

        let tested = installed
            .account
            .post(&path, json!({ "Parameters": { "Piece": "tests" } }))
            .await
            .expect(200);

        let result = tested.json();
        assert_eq!(result["Success"], success, "{result}");
        assert_eq!(result["StatusCode"], status, "{result}");
        assert_eq!(result["Response"], response, "{result}");
        assert_eq!(result["Error"].is_null(), success, "{result}");
        assert!(result["DurationMs"].is_i64(), "{result}");
        let request = result["Request"].as_str().unwrap();
        assert!(request.starts_with("GET "), "{request}");
        assert!(!tested.text.contains("key-of-tests"), "{result}");
    }
}

async fn a_test_refuses_what_a_call_refuses(workshop: Shared) {
    let installed = workshop.install("untested", json!({})).await;
    let test = |name: &str| {
        workshop
            .method_path(&installed, name)
            .replace("/methods/", "/test/")
    };

    let webhook = installed.account.get(&test("Piece Changed")).await;
    let blank = installed.account.get(&test("Get Piece")).await;
    let stranger = installed
        .account
        .post(
            &test("Get Piece"),
            json!({ "Parameters": { "Piece": "untested" } }),
        )
        .await;

    webhook.refused_as(400, "method.is_webhook");
    assert_eq!(blank.status, 400, "{}", blank.text);
    assert_eq!(stranger.status, 400, "{}", stranger.text);
    assert_eq!(
        stranger.json()["Message"],
        "Failed to authenticate the connector"
    );
}

async fn a_connector_that_is_not_authenticated_is_not_called(workshop: Shared) {
    for (number, way) in ["API key", "User and password", "Badge", "Consent", "Signed"]
        .into_iter()
        .enumerate()
    {
        let installed = workshop
            .install(
                &format!("without-credentials-{number}"),
                json!({ "AuthenticationId": workshop.authentication(way) }),
            )
            .await;

        let refused = workshop.call(&installed, "Get Piece", "without").await;

        assert_eq!(refused.status, 400, "{way}: {}", refused.text);
        assert_eq!(
            refused.json()["Message"],
            "Failed to authenticate the connector"
        );
        assert_eq!(
            refused.header("x-velodrome-code"),
            Some("call.not_authenticated")
        );
    }
    assert!(workshop.received("/pieces/without").is_empty());
}

async fn a_lookup_gives_names_and_values_and_filters_them(workshop: Shared) {
    let installed = workshop
        .install(
            "lookups",
            json!({ "AuthValue": "k-1", "Properties": [{ "Name": "Shelf", "Value": "upper" }] }),
        )
        .await;
    workshop.upstream.on(
        "GET",
        "/tools/upper",
        Answer::json("{\"tools\":[{\"id\":1,\"name\":\"Saw\"},{\"id\":2,\"name\":\"Hammer\"}]}"),
    );
    let trigger = &workshop.connector["Triggers"][0]["TriggerId"];
    let path = format!("{}/triggers/{trigger}", installed.path);

    let all = installed.account.post_nothing(&path).await.expect(200);
    let some = installed
        .account
        .post(
            &path,
            json!({ "TriggerId": trigger.to_string(), "Query": "HAM" }),
        )
        .await
        .expect(200);
    let none = installed
        .account
        .post_nothing(&format!("{}/triggers/2147483647", installed.path))
        .await;

    assert_eq!(
        all.text,
        "[{\"Name\":\"Saw\",\"Value\":\"1\"},{\"Name\":\"Hammer\",\"Value\":\"2\"}]"
    );
    assert_eq!(some.json(), json!([{ "Name": "Hammer", "Value": "2" }]));
    none.refusal(404);
    installed
        .account
        .post_nothing(&format!("{}/triggers/first", installed.path))
        .await
        .refusal(400);
}

async fn a_lookup_that_fails_says_whose_fault_it_is(workshop: Shared) {
    let installed = workshop
        .install(
            "failing-lookups",
            json!({ "AuthValue": "k-1", "Properties": [{ "Name": "Shelf", "Value": "broken" }] }),
        )
        .await;
    workshop
        .upstream
        .on("GET", "/tools/broken", Answer::json("{}").with_status(500));
    let trigger = &workshop.connector["Triggers"][0]["TriggerId"];

    let failed = installed
        .account
        .post_nothing(&format!("{}/triggers/{trigger}", installed.path))
        .await;

    assert_eq!(failed.status, 502, "{}", failed.text);
    assert_eq!(failed.json()["Message"], FAILED);
}
