//! What is sent for the values that are given.

use super::*;

#[tokio::test]
async fn each_value_comes_from_its_strongest_source() {
    let parameter = |extra: Value| {
        let mut parameter =
            json!({"targetType": "QueryString", "targetName": "p", "optional": true});
        merge(&mut parameter, extra);
        json!({"parameters": [parameter]})
    };
    for (method, given, property, partner, expected) in [
        (
            json!({"defaultValue": "d"}),
            json!({}),
            json!({}),
            json!({}),
            "GET /m?p=d",
        ),
        (
            json!({"defaultValue": "d"}),
            json!({}),
            json!({}),
            json!({"p": "s"}),
            "GET /m?p=s",
        ),
        (
            json!({"defaultValue": "d"}),
            json!({}),
            json!({"p": "a"}),
            json!({"p": "s"}),
            "GET /m?p=a",
        ),
        (
            json!({"defaultValue": "d"}),
            json!({}),
            json!({"p": " "}),
            json!({"p": "s"}),
            "GET /m?p=s",
        ),
        (
            json!({"hide": true, "values": ["h"]}),
            json!({}),
            json!({"p": "a"}),
            json!({}),
            "GET /m?p=h",
        ),
        (
            json!({"hide": true, "values": ["h"]}),
            json!({"p": "g"}),
            json!({"p": "a"}),
            json!({}),
            "GET /m?p=g",
        ),
        (
            json!({"values": ["x", "y"]}),
            json!({"p": "y"}),
            json!({}),
            json!({}),
            "GET /m?p=y",
        ),
        (
            json!({}),
            json!({"p": ["1", 2, null]}),
            json!({}),
            json!({}),
            "GET /m?p=1&p=2",
        ),
        (
            json!({}),
            json!({"p": "ä b&c"}),
            json!({}),
            json!({}),
            "GET /m?p=%C3%A4+b%26c",
        ),
        (
            json!({}),
            json!({"p": null}),
            json!({}),
            json!({}),
            "GET /m",
        ),
        (
            json!({}),
            json!({"p": "{{AccountId}}"}),
            json!({}),
            json!({}),
            "GET /m?p=%7B%7BAccountId%7D%7D",
        ),
        (
            json!({"defaultValue": "{{AccountExternalId}}-{{LastSuccessfulRunDate format=yyyyMMdd}}"}),
            json!({}),
            json!({}),
            json!({}),
            "GET /m?p=acme-20290601",
        ),
        (
            json!({"dataType": "Boolean"}),
            json!({"p": "TRUE"}),
            json!({}),
            json!({}),
            "GET /m?p=true",
        ),
        (
            json!({"targetName": "{{PageParameter}}"}),
            json!({"{{PageParameter}}": "g"}),
            json!({"PageParameter": "page"}),
            json!({}),
            "GET /m?page=g",
        ),
        (
            json!({"targetName": "{{PageParameter}}"}),
            json!({"{{PageParameter}}": "g"}),
            json!({}),
            json!({}),
            "GET /m",
        ),
    ] {
        let case = Case::of(parameter(method.clone()))
            .parameters(given)
            .properties(property)
            .partner(partner);

        let ran = case.run(vec![ok(json!({}))]).await;

        assert_eq!(ran.lines(), [expected], "{method}");
    }
}

#[tokio::test]
async fn a_method_overrides_or_drops_what_it_inherits() {
    let connector = json!({"parameters": [
        {"targetType": "QueryString", "targetName": "a", "hide": true, "values": ["1"]},
        {"targetType": "QueryString", "targetName": "b", "hide": true, "values": ["1"]},
        {"targetType": "QueryString", "targetName": "c", "hide": true, "values": ["1"]},
        {"targetType": "QueryString", "targetName": "d", "hide": true, "values": ["1"], "authentications": ["other"]},
        {"targetType": "HttpHeader", "targetName": "X-Version", "hide": true, "values": ["7"]},
    ]});
    let method = json!({"parameters": [
        {"targetType": "QueryString", "targetName": "a", "hide": true, "values": ["2"]},
        {"targetType": "QueryString", "targetName": "b", "hide": true, "values": ["CYCLR_IGNORE_PARAMETER"]},
    ]});

    let ran = Case::with(connector, method).run(vec![ok(json!({}))]).await;

    assert_eq!(ran.lines(), ["GET /m?c=1&a=2"]);
    assert_eq!(ran.header("x-version"), Some("7"));
    assert_eq!(ran.header("accept"), Some("application/json"));
    assert_eq!(ran.header("user-agent"), Some("Acme Integrations"));
    assert_eq!(ran.header("content-type"), None);
}

#[tokio::test]
async fn a_parameter_under_a_condition_is_sent_only_when_it_holds() {
    let method = json!({"parameters": [
        {"targetType": "QueryString", "targetName": "kind", "optional": true},
        {"targetType": "QueryString", "targetName": "size", "when": {"parameter": "kind", "equals": "big"}},
    ]});
    for (given, expected) in [
        (
            json!({"kind": "big", "size": 3}),
            Ok("GET /m?kind=big&size=3"),
        ),
        (json!({"kind": "small", "size": 3}), Ok("GET /m?kind=small")),
        (json!({}), Ok("GET /m")),
        (json!({"kind": "big"}), Err("size")),
    ] {
        let ran = Case::of(method.clone())
            .parameters(given)
            .run(vec![ok(json!({}))])
            .await;

        match expected {
            Ok(line) => assert_eq!(ran.lines(), [line]),
            Err(field) => assert!(
                matches!(ran.error(), CallError::Build { field: Some(name), .. } if name == field)
            ),
        }
    }
}

#[tokio::test]
async fn an_address_is_merged_and_its_values_encoded() {
    let method = json!({
        "endpoint": "{{Base}}/v1/{{Id}}/x?k={{Maybe}}",
        "parameters": [
            {"targetType": "MergeField", "targetName": "Id"},
            {"targetType": "MergeField", "targetName": "Maybe", "optional": true},
        ],
    });
    let case = |id: &str| {
        Case::of(method.clone())
            .parameters(json!({"Id": id}))
            .properties(json!({"Base": "http://{host}/base/"}))
    };

    assert_eq!(
        case("a/b c").run(vec![ok(json!({}))]).await.lines(),
        ["GET /base/v1/a%2Fb%20c/x?k="]
    );
    for (id, fault) in [
        ("..", "{{Id}}"),
        ("a\r\nb", "{{Id}}"),
        ("", "{{Id}} has no value"),
    ] {
        let ran = case(id).run(vec![]).await;
        let CallError::Build {
            field: Some(field),
            message,
        } = ran.error()
        else {
            panic!("{:?}", ran.error())
        };
        assert!(field == "Id" && message.contains(fault), "{message}");
    }
}

#[tokio::test]
async fn fields_build_the_body_with_their_types_and_defaults() {
    let method = json!({
        "httpMethod": "POST",
        "request": {"fields": [
            {"connectorField": "name", "validation": {"maxLength": 5}},
            {"connectorField": "[emails].value", "optional": true},
            {"connectorField": "[emails].primary", "dataType": "Boolean", "defaultValue": "true", "hide": true, "optional": true},
            {"connectorField": "age", "dataType": "Integer", "optional": true},
            {"connectorField": "at", "dataType": "DateTime", "format": "MM/dd/yyyy HH:mm", "optional": true},
            {"connectorField": "[events]", "defaultValue": "*", "hide": true},
            {"connectorField": "id", "readOnly": true},
        ]},
    });
    for (fields, expected) in [
        (json!({"name": 12}), json!({"name": "12", "events": ["*"]})),
        (
            json!({"name": "Ann", "[emails].value": ["a", "b"], "age": "9007199254740993", "at": "2024-03-05T14:00:00Z", "id": 1}),
            json!({"name": "Ann", "emails": [{"value": "a", "primary": true}, {"value": "b", "primary": true}],
                "age": 9_007_199_254_740_993_i64, "at": "03/05/2024 15:00", "events": ["*"]}),
        ),
        (
            json!({"name": null, "custom.x": {"y": 1}}),
            json!({"name": null, "events": ["*"], "custom": {"x": {"y": 1}}}),
        ),
    ] {
        let ran = Case::of(method.clone())
            .fields(fields)
            .run(vec![ok(json!({}))])
            .await;

        assert_eq!(serde_json::from_str::<Value>(ran.sent()).unwrap(), expected);
        assert_eq!(ran.header("content-type"), Some("application/json"));
    }
    for (fields, field) in [
        (json!({}), "name"),
        (json!({"name": "toolong"}), "name"),
        (json!({"name": "A", "age": "x"}), "age"),
    ] {
        let ran = Case::of(method.clone()).fields(fields).run(vec![]).await;
        assert!(
            matches!(ran.error(), CallError::Build { field: Some(name), .. } if name == field),
            "{:?}",
            ran.error()
        );
        assert!(ran.asked.is_empty());
    }
}

#[tokio::test]
async fn fields_are_headers_or_go_into_the_query_where_the_method_says_so() {
    let given = json!({"state": "open", "tags": ["a", "b"], "Header.X-Trace": 7});
    for (method, fields, expected, body) in [
        (
            json!({"httpMethod": "POST", "request": {"headerFields": "Header"}}),
            given.clone(),
            "POST /m",
            json!({"state": "open", "tags": ["a", "b"]}),
        ),
        (
            json!({"request": {"headerFields": "Header", "in": "Query"}}),
            given,
            "GET /m?state=open&tags=a&tags=b",
            Value::Null,
        ),
        (
            json!({"httpMethod": "POST", "request": {"headerFields": "Header"}}),
            json!({"Header.X-Trace": "7"}),
            "POST /m",
            Value::Null,
        ),
    ] {
        let ran = Case::of(method)
            .fields(fields)
            .run(vec![ok(json!({}))])
            .await;

        assert_eq!(ran.lines(), [expected]);
        assert_eq!(ran.header("X-Trace"), Some("7"));
        let sent = serde_json::from_str::<Value>(ran.sent());
        assert_eq!(sent.unwrap_or_default(), body);
    }
}

#[tokio::test]
async fn an_optional_constant_whose_mergefields_have_no_value_is_left_out() {
    let method = json!({
        "httpMethod": "POST",
        "parameters": [{"targetType": "HttpHeader", "targetName": "X-Account", "hide": true, "optional": true, "values": ["{{Account}}"]}],
        "request": {"fields": [{"connectorField": "a", "hide": true, "optional": true, "defaultValue": "{{Account}}"}]},
    });
    let ran = Case::of(method.clone()).run(vec![ok(json!({}))]).await;
    assert_eq!((ran.header("x-account"), ran.sent()), (None, "{}"));
    let set = Case::of(method).properties(json!({"Account": "7"}));
    let ran = set.run(vec![ok(json!({}))]).await;
    assert_eq!(
        (ran.header("x-account"), ran.sent()),
        (Some("7"), r#"{"a":"7"}"#)
    );

    let required = json!({"parameters": [{"targetType": "HttpHeader", "targetName": "X-Account", "hide": true, "values": ["{{Account}}"]}]});
    let ran = Case::of(required).run(vec![]).await;
    assert!(
        matches!(ran.error(), CallError::Build { field: Some(field), .. } if field == "X-Account")
    );
}

#[tokio::test]
async fn bodies_take_the_form_that_the_method_names() {
    for (method, fields, content_type, expected) in [
        (
            json!({"dataType": "Form"}),
            json!({"a.b": "x y"}),
            "application/x-www-form-urlencoded",
            "a%5Bb%5D=x+y",
        ),
        (
            json!({"dataType": "Xml", "xmlRootElement": "r"}),
            json!({"a.@id": "1", "[a.b]": 2}),
            "application/xml",
            "<r><a id=\"1\"/><a.b>2</a.b></r>",
        ),
        (
            json!({"dataType": "PlainText"}),
            json!({"text": "hi"}),
            "text/plain; charset=utf-8",
            "hi",
        ),
        (
            json!({"dataType": "SimpleFile"}),
            json!({"f": {"Name": "a", "ContentType": "image/png", "Content": "aGk="}}),
            "image/png",
            "hi",
        ),
    ] {
        let mut method = method;
        merge(
            &mut method,
            json!({"httpMethod": "POST", "response": {"dataType": "Json"}}),
        );

        let ran = Case::of(method)
            .fields(fields)
            .run(vec![ok(json!({}))])
            .await;

        assert_eq!(ran.header("content-type"), Some(content_type));
        assert_eq!(ran.sent(), expected);
    }
}

#[tokio::test]
async fn answers_are_decoded_as_the_method_promises() {
    let answer = |content_type: &str, body: &str| {
        crate::egress::test_server::answer(200, content_type, body)
    };
    let xml = Case::of(json!({"dataType": "Xml"}))
        .run(vec![answer("text/xml", "<a b='1'>t</a>")])
        .await;
    assert_eq!(xml.body(), json!({"a": {"@b": "1", "#text": "t"}}));
    let text = Case::of(json!({"dataType": "PlainText"}))
        .run(vec![answer("text/plain", "hi")])
        .await;
    assert_eq!(text.body(), "hi");
    let disposition = "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename=\"../a.png\"\r\nContent-Length: 2\r\n\r\nhi";
    let file = Case::of(json!({"dataType": "SimpleFile"}))
        .run(vec![crate::egress::test_server::say(disposition)])
        .await;
    assert_eq!(
        file.body(),
        json!({"Name": "a.png", "ContentType": "image/png", "Content": "aGk="})
    );
    let nothing = Case::of(json!({}))
        .run(vec![crate::egress::test_server::say(
            "HTTP/1.1 204 No Content\r\n\r\n",
        )])
        .await;
    assert_eq!(nothing.body(), json!(null));
}

#[tokio::test]
async fn a_file_may_be_as_large_as_the_limit_and_no_larger() {
    const LIMIT: usize = 64 * 1024 * 1024;
    let file = || Case::of(json!({"dataType": "SimpleFile"}));
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/zip\r\nConnection: close\r\n\r\n";
    let mut whole = head.as_bytes().to_vec();
    whole.resize(head.len() + LIMIT, b'x');

    let fits = file().run(vec![Turn::Say(whole)]).await;
    let endless = Turn::Pour(head.into(), vec![b'x'; 1024 * 1024]);
    let too_large = file().run(vec![endless]).await;

    let ReplyBody::File {
        content,
        content_type,
        ..
    } = fits.result.unwrap().body
    else {
        panic!("no file");
    };
    assert_eq!(
        (content.len(), content_type.as_str()),
        (LIMIT, "application/zip")
    );
    assert!(
        matches!(too_large.error(), CallError::TooLarge { limit, .. } if *limit == LIMIT as u64),
        "{:?}",
        too_large.error()
    );
}
