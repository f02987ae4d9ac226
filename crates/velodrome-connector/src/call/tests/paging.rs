//! Pages, asked for one after the other and merged.

use super::*;

fn paged(parameters: Value, paging: Value) -> Case {
    Case::of(json!({
        "parameters": parameters,
        "paging": paging,
        "response": {"fields": [{"connectorField": "[rows].id"}]},
    }))
}

fn hidden(target: &str, name: &str, value: &str) -> Value {
    json!({"targetType": target, "targetName": name, "hide": true, "values": [value]})
}

fn on() -> Value {
    json!({"inbound": true, "inboundPageSize": 2})
}

#[tokio::test]
async fn pages_are_numbered_until_one_is_not_full() {
    let parameters = json!([
        hidden("QueryString", "page", "CYCLR_PAGE_NUMBER"),
        hidden("QueryString", "limit", "CYCLR_PAGE_SIZE")
    ]);

    let ran = paged(parameters, on())
        .run(vec![
            ok(json!({"rows": [1, 2], "n": 1})),
            ok(json!({"rows": [3, 4], "n": 2})),
            ok(json!({"rows": [5], "n": 3})),
        ])
        .await;

    assert_eq!(
        ran.lines(),
        [
            "GET /m?page=1&limit=2",
            "GET /m?page=2&limit=2",
            "GET /m?page=3&limit=2"
        ]
    );
    assert_eq!(ran.result.as_ref().unwrap().pages, 3);
    assert_eq!(ran.body(), json!({"rows": [1, 2, 3, 4, 5], "n": 3}));
}

#[tokio::test]
async fn offsets_count_records() {
    let parameters = json!([hidden("QueryString", "offset", "CYCLR_PAGE_OFFSET")]);

    let ran = paged(parameters, on())
        .run(vec![ok(json!({"rows": [1, 2]})), ok(json!({"rows": []}))])
        .await;

    assert_eq!(ran.lines(), ["GET /m?offset=0", "GET /m?offset=2"]);
    assert_eq!(ran.body(), json!({"rows": [1, 2]}));
}

#[tokio::test]
async fn next_addresses_are_followed_relative_and_absolute() {
    let parameters = json!([
        hidden("ResponseField", "next", "CYCLR_PAGE_NEXT_URL"),
        hidden("QueryString", "x", "1")
    ]);
    let ran = paged(parameters, on())
        .run(vec![
            ok(json!({"rows": [1], "next": "/other?cursor=a"})),
            ok(json!({"rows": [2], "next": "?cursor=b"})),
            ok(json!({"rows": [3], "next": null})),
        ])
        .await;

    assert_eq!(
        ran.lines(),
        ["GET /m?x=1", "GET /other?cursor=a", "GET /other?cursor=b"]
    );
    assert_eq!(ran.body()["rows"], json!([1, 2, 3]));
}

#[tokio::test]
async fn a_next_address_elsewhere_is_refused_or_asked_without_credentials() {
    let parameters = json!([hidden("ResponseField", "next", "CYCLR_PAGE_NEXT_URL")]);
    let elsewhere = ok(json!({"rows": [1], "next": "http://localhost:1/x"}));
    let ran = paged(parameters.clone(), on()).run(vec![elsewhere]).await;
    assert!(
        ran.error()
            .to_string()
            .contains("localhost, which is not one"),
        "{}",
        ran.error()
    );

    let mut other = Server::start(vec![ok(json!({"rows": [2]}))]).await;
    let next = other.url("/x").to_string();
    let key = json!({"authentications": [{"key": "k", "type": "ApiKey", "authScheme": "X-Key"}]});
    let mut method = json!({"parameters": parameters, "paging": {"inbound": true, "allowCrossOrigin": true}, "response": {"fields": [{"connectorField": "[rows].id"}]}});
    merge(&mut method, json!({}));
    let source = FixedCredential::from(Credential::ApiKey("the-key".into()));
    let ran = Case::with(key, method)
        .run_with(vec![ok(json!({"rows": [1], "next": next}))], &source)
        .await;

    assert_eq!(ran.header("x-key"), Some("the-key"));
    assert_eq!(header(&other.asked().await, "x-key"), None);
    assert_eq!(ran.body()["rows"], json!([1, 2]));
}

#[tokio::test]
async fn tokens_go_from_the_answer_into_the_next_request() {
    let parameters = json!([
        hidden("ResponseField", "meta.after", "CYCLR_PAGE_TOKEN_AFTER"),
        hidden("ResponseField", "meta.filter", "CYCLR_PAGE_TOKEN_FILTER"),
        hidden("QueryString", "after", "CYCLR_PAGE_TOKEN_AFTER"),
        hidden("HttpHeader", "X-Filter", "CYCLR_PAGE_TOKEN_FILTER"),
    ]);

    let ran = paged(parameters, on())
        .run(vec![
            ok(json!({"rows": [1], "meta": {"after": "a b", "filter": 7}})),
            ok(json!({"rows": [2], "meta": {"after": "", "filter": null}})),
        ])
        .await;

    assert_eq!(ran.lines(), ["GET /m", "GET /m?after=a+b"]);
    assert_eq!(
        (
            header(&ran.asked[0], "x-filter"),
            header(&ran.asked[1], "x-filter")
        ),
        (None, Some("7"))
    );
    assert_eq!(ran.body()["rows"], json!([1, 2]));
}

#[tokio::test]
async fn a_token_and_a_number_go_together() {
    let parameters = json!([
        hidden("ResponseField", "query", "CYCLR_PAGE_TOKEN"),
        hidden("QueryString", "queryId", "CYCLR_PAGE_TOKEN"),
        hidden("QueryString", "page", "CYCLR_PAGE_NUMBER"),
    ]);

    let ran = paged(parameters, on())
        .run(vec![
            ok(json!({"rows": [1, 2], "query": "q"})),
            ok(json!({"rows": [3], "query": "q"})),
        ])
        .await;

    assert_eq!(ran.lines(), ["GET /m?page=1", "GET /m?queryId=q&page=2"]);
}

#[tokio::test]
async fn the_first_page_alone_is_fetched_when_that_is_all_that_is_wanted() {
    let numbered = json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);
    let page = || ok(json!({"rows": [1, 2]}));
    let mut first = paged(numbered.clone(), on());
    first.mode = Mode::FirstPage;
    assert_eq!(first.run(vec![page()]).await.lines(), ["GET /m?page=1"]);
    let off = paged(numbered, json!({"inbound": false}));
    assert_eq!(off.run(vec![page()]).await.lines(), ["GET /m?page=1"]);
    let unnamed = paged(
        json!([hidden(
            "QueryString",
            "{{PageParameter}}",
            "CYCLR_PAGE_NUMBER"
        )]),
        on(),
    );
    assert_eq!(unnamed.run(vec![page()]).await.lines(), ["GET /m"]);
}

#[tokio::test]
async fn paging_ends_where_pages_repeat_and_fails_where_there_are_too_many() {
    let numbered = json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);
    let page = |id: i32| ok(json!({"rows": [id, id]}));
    let repeated = paged(numbered.clone(), on())
        .run(vec![page(1), page(1)])
        .await;
    assert_eq!(repeated.body(), json!({"rows": [1, 1]}));
    let many = paged(
        numbered,
        json!({"inbound": true, "inboundPageSize": 2, "maxPages": 2}),
    )
    .run(vec![page(1), page(2)])
    .await;
    assert!(many.error().to_string().contains("more than 2 pages"));
}

#[tokio::test]
async fn pages_that_are_too_long_for_memory_are_kept_in_a_file() {
    let parameters = json!([hidden("QueryString", "offset", "CYCLR_PAGE_OFFSET")]);
    let long = "x".repeat(3 * 1024 * 1024);
    let page = |first: i32| {
        let records: Vec<Value> = (first..first + 2)
            .map(|id| json!({"id": id, "text": long}))
            .collect();
        ok(json!({"rows": records, "page": first}))
    };

    let ran = paged(parameters, on())
        .run(vec![
            page(0),
            page(2),
            page(4),
            ok(json!({"rows": [], "page": "last"})),
        ])
        .await;

    let reply = ran.result.unwrap();
    let ReplyBody::Long(answer) = reply.body else {
        panic!("{:?}", reply.body)
    };
    assert_eq!(answer.records(), 6);
    let value = answer.into_value().unwrap();
    assert_eq!(value["page"], "last");
    let ids: Vec<&Value> = value["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["id"])
        .collect();
    assert_eq!(json!(ids), json!([0, 1, 2, 3, 4, 5]));
}

#[tokio::test]
async fn a_script_that_wants_all_pages_gets_them_however_long_they_are() {
    let long = "x".repeat(5 * 1024 * 1024);
    let ran = Case::of(json!({
        "parameters": [hidden("QueryString", "offset", "CYCLR_PAGE_OFFSET")],
        "paging": on(),
        "response": {"fields": [{"connectorField": "[rows]"}]},
        "script": "function after_action_paging() { method_response = {count: method_response.rows.length}; return true; }",
    }))
    .run(vec![
        ok(json!({"rows": [long, 1]})),
        ok(json!({"rows": [long, 2]})),
        ok(json!({"rows": []})),
    ])
    .await;

    assert_eq!(ran.body(), json!({"count": 4}));
}

#[tokio::test]
async fn a_failure_on_a_later_page_fails_the_call() {
    let numbered = json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);

    let ran = paged(numbered, on())
        .run(vec![
            ok(json!({"rows": [1, 2]})),
            json_answer(500, json!({"sorry": true})),
        ])
        .await;

    assert!(matches!(ran.error(), CallError::Upstream { status, .. } if status.as_u16() == 500));
}

#[tokio::test]
async fn a_long_list_is_sent_in_parts() {
    let case = || {
        Case::of(json!({
            "httpMethod": "POST",
            "paging": {"outbound": true, "outboundPageSize": 2, "outboundLocation": "[]"},
            "request": {"fields": [{"connectorField": "[].n", "dataType": "Integer"}]},
            "response": {"fields": [{"connectorField": "[].id"}]},
        }))
        .fields(json!({"[].n": [1, 2, 3]}))
    };
    let ran = case()
        .run(vec![
            ok(json!([{"id": 1}, {"id": 2}])),
            ok(json!([{"id": 3}])),
        ])
        .await;
    let bodies: Vec<&str> = ran
        .asked
        .iter()
        .map(|r| r.split_once("\r\n\r\n").unwrap().1)
        .collect();
    assert_eq!(bodies, [r#"[{"n":1},{"n":2}]"#, r#"[{"n":3}]"#]);
    assert_eq!(ran.body(), json!([{"id": 1}, {"id": 2}, {"id": 3}]));

    let failed = case()
        .run(vec![ok(json!([])), json_answer(422, json!({}))])
        .await;
    let CallError::PartlySent { sent, unsent, .. } = failed.error() else {
        panic!("{:?}", failed.error())
    };
    assert_eq!((sent.clone(), unsent.clone()), (0..2, 2..3));
    assert!(
        failed
            .error()
            .to_string()
            .contains("elements 1 to 2 were sent, 3 to 3 were not")
    );
}

#[tokio::test]
async fn a_request_that_was_sent_in_part_goes_on_where_it_stopped() {
    let case = || {
        Case::of(json!({
            "httpMethod": "POST",
            "paging": {"outbound": true, "outboundPageSize": 2, "outboundLocation": "[]"},
            "request": {"fields": [{"connectorField": "[].n", "dataType": "Integer"}]},
            "response": {"fields": [{"connectorField": "[].id"}]},
        }))
        .fields(json!({"[].n": [1, 2, 3, 4, 5]}))
    };
    let bodies = |ran: &Ran| {
        let body = |request: &String| request.split_once("\r\n\r\n").unwrap().1.to_owned();
        ran.asked.iter().map(body).collect::<Vec<_>>()
    };
    let progress = |ran: &Ran| match ran.error() {
        CallError::PartlySent { progress, .. } => progress.as_ref().clone(),
        other => panic!("{other:?}"),
    };

    let first = case()
        .run(vec![
            ok(json!([{"id": "a"}, {"id": "b"}])),
            json_answer(503, json!({})),
        ])
        .await;
    let second = case()
        .progress(progress(&first))
        .run(vec![
            ok(json!([{"id": "c"}, {"id": "d"}])),
            json_answer(503, json!({})),
        ])
        .await;
    let last = case()
        .progress(progress(&second))
        .run(vec![ok(json!([{"id": "e"}]))])
        .await;

    assert_eq!(bodies(&second)[0], r#"[{"n":3},{"n":4}]"#);
    assert!(
        second
            .error()
            .to_string()
            .contains("elements 1 to 4 were sent, 5 to 5 were not")
    );
    assert_eq!(bodies(&last), [r#"[{"n":5}]"#]);
    let ids = ["a", "b", "c", "d", "e"].map(|id| json!({"id": id}));
    let all = progress(&second);
    assert_eq!(all.sent, 4);
    assert!(!format!("{all:?}").contains("id"), "answers are not logged");
    assert_eq!(last.body(), json!(ids));

    let nothing_left = Progress {
        sent: 5,
        answered: json!(ids),
    };
    let done = case().progress(nothing_left).run(vec![]).await;
    assert_eq!(done.body(), json!(ids));
}

#[tokio::test]
async fn filters_apply_to_all_pages_together() {
    let rows = json!({"rows": [
        {"id": 1, "at": "2029-05-31T00:00:00Z", "s": "a"},
        {"id": 2, "at": "2029-06-01T00:00:00Z", "s": "a"},
        {"id": 3, "at": "2029-06-02T00:00:00Z", "s": "b"},
        {"id": 4, "at": "never", "s": "a"},
    ]});
    let filtered = |filter: Value| {
        Case::of(
            json!({"parameters": [filter], "response": {"fields": [{"connectorField": "[rows].at", "dataType": "DateTime"}]}}),
        )
    };
    let ids = |body: &Value| {
        body["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect::<Vec<_>>()
    };

    let by_date =
        filtered(json!({"targetType": "FilterField", "targetName": "[rows].at", "optional": true}))
            .run(vec![ok(rows.clone())])
            .await;
    assert_eq!(by_date.result.as_ref().unwrap().warnings.len(), 1);
    assert_eq!(ids(&by_date.body()), [3, 4]);
    let by_value =
        filtered(json!({"targetType": "FilterField", "targetName": "[rows].s", "optional": true}))
            .parameters(json!({"[rows].s": "b"}))
            .run(vec![ok(rows)])
            .await;
    assert_eq!(ids(&by_value.body()), [3]);
}

#[tokio::test]
async fn filters_compare_values_by_their_type() {
    let rows = json!({"rows": [
        {"id": 1, "n": 10, "d": 1.50, "b": true, "t": "x"},
        {"id": 2, "n": "10", "d": "1.5", "b": "true", "t": "y"},
        {"id": 3, "n": 9007199254740993_i64, "d": 2, "b": false, "t": "z"},
        {"id": 4},
    ]});
    for (field, data_type, value, wanted) in [
        ("n", "Integer", json!("10"), vec![1, 2]),
        ("n", "Integer", json!("9007199254740993"), vec![3]),
        ("n", "Integer", json!("9007199254740992"), vec![]),
        ("d", "Decimal", json!("1.5"), vec![1, 2]),
        ("b", "Boolean", json!("1"), vec![1, 2]),
        ("t", "Text", json!(["x", "z"]), vec![1, 3]),
    ] {
        let location = format!("[rows].{field}");
        let ran = Case::of(json!({
            "parameters": [{"targetType": "FilterField", "targetName": location, "optional": true}],
            "response": {"fields": [{"connectorField": location, "dataType": data_type}]},
        }))
        .parameters(json!({ location.as_str(): value }))
        .run(vec![ok(rows.clone())])
        .await;

        let body = ran.body();
        let ids: Vec<i64> = body["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        assert_eq!(ids, wanted, "{field} {value}");
    }
}

/// Keeps pages in memory; a call goes on from the mark that is left.
#[derive(Default)]
pub(super) struct Shelf(parking_lot::Mutex<Shelved>);

#[derive(Default)]
struct Shelved {
    pieces: Vec<(String, usize)>,
    mark: Option<PageMark>,
    /// Records that counted with each mark.
    marked: Vec<usize>,
    is_broken: bool,
}

impl Shelf {
    fn marked(&self) -> Vec<usize> {
        self.0.lock().marked.clone()
    }
}

#[async_trait]
impl PageKeeper for Shelf {
    fn mark(&self) -> Option<PageMark> {
        // What would be stored.
        let written = serde_json::to_string(&self.0.lock().mark).unwrap();
        serde_json::from_str(&written).unwrap()
    }

    fn begin_anew(&self) {
        *self.0.lock() = Shelved::default();
    }

    async fn kept(&self, number: usize) -> Option<String> {
        let shelf = self.0.lock();
        shelf.pieces.get(number).map(|(json, _)| json.clone())
    }

    async fn keep(
        &self,
        behind: usize,
        records: Vec<(String, usize)>,
        mark: Option<PageMark>,
    ) -> bool {
        let mut shelf = self.0.lock();
        if shelf.is_broken {
            return false;
        }
        let before: usize = shelf.pieces.iter().map(|(_, count)| count).sum();
        assert_eq!(behind, before);
        shelf.pieces.extend(records);
        if let Some(mark) = mark {
            shelf.marked.push(mark.records());
            shelf.mark = Some(mark);
        }
        true
    }
}

/// Full pages from one number to another, as every way of paging reads them.
fn full(from: usize, to: usize) -> Vec<Turn> {
    (from..=to).map(|page| ok(full_page(page))).collect()
}

fn full_page(page: usize) -> Value {
    json!({
        "rows": [page * 10, page * 10 + 1],
        "n": page,
        "next": format!("/m?from={}", page + 1),
        "token": format!("t{}", page + 1),
    })
}

#[tokio::test]
async fn a_call_that_is_broken_off_goes_on_behind_the_pages_that_were_kept() {
    let token = || {
        json!([
            hidden("ResponseField", "token", "CYCLR_PAGE_TOKEN"),
            hidden("QueryString", "after", "CYCLR_PAGE_TOKEN"),
        ])
    };
    for (parameters, paging, line) in [
        (
            json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]),
            on(),
            "GET /m?page=21",
        ),
        (
            json!([hidden("QueryString", "offset", "CYCLR_PAGE_OFFSET")]),
            on(),
            "GET /m?offset=40",
        ),
        (token(), json!({"inbound": true}), "GET /m?after=t21"),
        (
            json!([hidden("ResponseField", "next", "CYCLR_PAGE_NEXT_URL")]),
            json!({"inbound": true}),
            "GET /m?from=21",
        ),
    ] {
        let shelf = Arc::new(Shelf::default());
        let mut turns = full(1, 24);
        turns.push(json_answer(500, json!({})));
        let failed = paged(parameters.clone(), paging.clone())
            .keeper(&shelf)
            .run(turns)
            .await;
        assert!(failed.result.is_err());
        assert_eq!(shelf.marked(), [20, 40], "{line}");
        // The address of the next page is the former server's, whose port is gone.
        let is_address = line.contains("from");
        if is_address {
            let mut shelf = shelf.0.lock();
            let mark = shelf.mark.take().unwrap();
            let mut mark = serde_json::to_value(mark).unwrap();
            assert!(mark["next"].as_str().unwrap().ends_with("/m?from=21"));
            mark["next"] = Value::Null;
            shelf.mark = serde_json::from_value(mark).unwrap();
        }
        let mut turns = full(21, 24);
        turns.push(ok(json!({"rows": [250], "n": 25})));

        let ran = paged(parameters, paging).keeper(&shelf).run(turns).await;

        if !is_address {
            assert_eq!(ran.lines()[0], line);
        }
        assert_eq!(ran.lines().len(), 5);
        assert_eq!(ran.result.as_ref().unwrap().pages, 25);
        let mut rows: Vec<usize> = (1..=24)
            .flat_map(|page| [page * 10, page * 10 + 1])
            .collect();
        rows.push(250);
        let body = ran.body();
        assert_eq!((&body["rows"], &body["n"]), (&json!(rows), &json!(25)));
    }
}

#[tokio::test]
async fn short_lists_are_not_kept_and_what_cannot_be_kept_is_read_all_the_same() {
    let parameters = || json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);
    let shelf = Arc::new(Shelf::default());
    let mut turns = full(1, 9);
    turns.push(ok(json!({"rows": []})));
    paged(parameters(), on())
        .keeper(&shelf)
        .run(turns)
        .await
        .result
        .unwrap();
    assert_eq!(shelf.marked(), Vec::<usize>::new());

    shelf.0.lock().is_broken = true;
    let mut turns = full(1, 22);
    turns.push(ok(json!({"rows": []})));
    let ran = paged(parameters(), on()).keeper(&shelf).run(turns).await;
    assert_eq!(ran.body()["rows"].as_array().unwrap().len(), 44);
}

#[tokio::test]
async fn a_provider_that_wants_a_pause_finds_the_pages_before_it_kept() {
    let parameters = || json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);
    let shelf = Arc::new(Shelf::default());
    let mut turns = full(1, 3);
    turns.push(json_answer(429, json!({})));
    let case = paged(parameters(), on()).keeper(&shelf);

    let refused = case.run(turns).await;

    assert!(matches!(refused.error(), CallError::RateLimited { .. }));
    assert_eq!(shelf.marked(), [6]);
    let ran = paged(parameters(), on())
        .keeper(&shelf)
        .run(vec![ok(json!({"rows": []}))])
        .await;
    assert_eq!(ran.lines(), ["GET /m?page=4"]);
    assert_eq!(ran.body()["rows"], json!([10, 11, 20, 21, 30, 31]));
}

#[tokio::test]
async fn a_provider_that_knows_the_place_no_more_is_asked_from_the_first_page_on() {
    let parameters = || {
        json!([
            hidden("ResponseField", "token", "CYCLR_PAGE_TOKEN"),
            hidden("QueryString", "after", "CYCLR_PAGE_TOKEN"),
        ])
    };
    let paging = || json!({"inbound": true});
    let shelf = Arc::new(Shelf::default());
    let mut turns = full(1, 10);
    turns.push(json_answer(500, json!({})));
    paged(parameters(), paging())
        .keeper(&shelf)
        .run(turns)
        .await;
    assert_eq!(shelf.marked(), [20]);
    let mut turns = vec![json_answer(410, json!({"error": "the cursor has expired"}))];
    turns.extend(full(1, 11));
    turns.push(ok(json!({"rows": []})));

    let ran = paged(parameters(), paging())
        .keeper(&shelf)
        .run(turns)
        .await;

    assert_eq!(
        ran.lines()[..3],
        ["GET /m?after=t11", "GET /m", "GET /m?after=t2"]
    );
    assert_eq!(ran.result.as_ref().unwrap().pages, 12);
    assert_eq!(shelf.marked(), [20]);
    assert_eq!(ran.body()["rows"].as_array().unwrap().len(), 22);
    // What fails behind it is a failure.
    let mut turns = full(11, 11);
    turns.push(json_answer(410, json!({})));
    let ran = paged(parameters(), paging())
        .keeper(&shelf)
        .run(turns)
        .await;
    assert!(matches!(ran.error(), CallError::Upstream { .. }));
}

#[tokio::test]
async fn scripts_go_on_with_what_they_had_said() {
    let method = || {
        Case::of(json!({
            "parameters": [hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")],
            "paging": on(),
            "response": {"fields": [{"connectorField": "[rows].id"}]},
            "script": "function after_action() { action_data.n = (action_data.n || 0) + 1; \
                       method_response.rows = method_response.rows.map(r => r * 1000 + action_data.n); }",
        }))
    };
    let shelf = Arc::new(Shelf::default());
    let mut turns = full(1, 11);
    turns.push(json_answer(500, json!({})));
    method().keeper(&shelf).run(turns).await;
    assert_eq!(shelf.marked(), [20]);

    let last = vec![ok(json!({"rows": [7]}))];
    let rows = method().keeper(&shelf).run(last).await.body()["rows"].clone();

    let rows = rows.as_array().unwrap();
    assert_eq!(
        (rows.len(), &rows[19], &rows[20]),
        (21, &json!(101_010), &json!(7_011))
    );
}

#[tokio::test]
async fn a_list_too_long_for_memory_goes_on_in_its_file() {
    let text = "x".repeat(500_000);
    let page =
        |number: usize| json!({"rows": [{"n": number, "t": text}, {"n": number}], "of": number});
    let parameters = || json!([hidden("QueryString", "page", "CYCLR_PAGE_NUMBER")]);
    let shelf = Arc::new(Shelf::default());
    let mut turns: Vec<Turn> = (1..=31).map(|number| ok(page(number))).collect();
    turns.push(json_answer(500, json!({})));
    paged(parameters(), on()).keeper(&shelf).run(turns).await;
    assert_eq!(shelf.marked(), [20, 40, 60]);
    let longest = shelf
        .0
        .lock()
        .pieces
        .iter()
        .map(|(json, _)| json.len())
        .max();
    assert!(longest.unwrap() < 1_100_000);

    let turns = vec![ok(page(31)), ok(json!({"rows": [{"n": 32}], "of": 32}))];
    let ran = paged(parameters(), on()).keeper(&shelf).run(turns).await;

    let ReplyBody::Long(answer) = ran.result.unwrap().body else {
        panic!("it is long");
    };
    assert_eq!(answer.records(), 63);
    let body = answer.into_value().unwrap();
    let numbers: Vec<u64> = body["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["n"].as_u64().unwrap())
        .collect();
    let mut expected: Vec<u64> = (1..=31).flat_map(|number| [number, number]).collect();
    expected.push(32);
    assert_eq!((numbers, &body["of"]), (expected, &json!(32)));
}
