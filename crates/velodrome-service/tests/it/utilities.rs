//! Utility connectors as steps use them (cycles.md §10).

use serde_json::{Value, json};
use uuid::Uuid;
use velodrome_model::{
    AccountActor, AccountConnectorId, CycleId, TransactionId,
    cycle::{CycleDocument, Exit, Source, Step, StepDone, StepOutcome, Trouble, Ways},
};
use velodrome_service::{
    account_connectors::Install,
    library::ConnectorRef,
    steps::{RunSteps, StepRun},
};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::{
    bench::Bench,
    steps::{Data, done, failed, from, id, line, method_step, typed},
};

/// A utility connector that is installed in an account.
struct Utility {
    bench: Bench,
    actor: AccountActor,
    name: &'static str,
    installed: AccountConnectorId,
}

impl Utility {
    async fn start(name: &'static str) -> Self {
        let bench = Bench::start().await;
        let actor = bench.account("acme").await;
        let installed = install(&bench, &actor, name).await;
        Self {
            bench,
            actor,
            name,
            installed,
        }
    }

    fn step(&self, key: &str, mapped: &[(&str, Source)]) -> Step {
        method_step(&self.bench, self.name, self.installed, 2, key, mapped)
    }

    /// Runs a method in a transaction of its own.
    async fn run(&self, key: &str, mapped: &[(&str, Source)]) -> StepOutcome {
        let transaction = Uuid::new_v4().as_u128();
        self.run_in(77, transaction, key, mapped).await
    }

    async fn run_in(
        &self,
        cycle: u128,
        transaction: u128,
        key: &str,
        mapped: &[(&str, Source)],
    ) -> StepOutcome {
        let document = self.document(key, mapped);
        self.run_second(&document, cycle, transaction).await
    }

    async fn run_second(
        &self,
        document: &CycleDocument,
        cycle: u128,
        transaction: u128,
    ) -> StepOutcome {
        let data = Data::of(&[(1, rows())]);
        let run = StepRun {
            scope: self.actor.scope,
            cycle: CycleId(Uuid::from_u128(cycle)),
            document,
            graph: &document.graph(),
            step: document.step(id(2)).unwrap(),
            transaction: TransactionId(Uuid::from_u128(transaction)),
            answered: 0,
            last_successful_run: None,
            data: &data,
            list: None,
        };
        self.bench.steps.run(run).await.unwrap()
    }

    fn document(&self, key: &str, mapped: &[(&str, Source)]) -> CycleDocument {
        let first = method_step(&self.bench, self.name, self.installed, 1, key, &[]);
        line(vec![first, self.step(key, mapped)])
    }
}

async fn install(bench: &Bench, actor: &AccountActor, name: &str) -> AccountConnectorId {
    let connector = ConnectorRef::Name(name.to_owned());
    let install = Install {
        properties: match name.contains("Object") {
            true => vec![("FieldList".into(), Some("Name, Score,,Key".into()))],
            false => Vec::new(),
        },
        ..Install::default()
    };
    let installed = bench.connectors.install(actor, &connector, None, install);
    installed.await.unwrap().connector.id
}

fn rows() -> Value {
    json!({"rows": [{"a": 1, "b": "x,y"}, {"a": 2, "b": "z"}]})
}

fn output(outcome: StepOutcome) -> Value {
    done(outcome).output
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_stored_once_however_often_its_step_is_repeated() {
    let store = Utility::start("Global Data Storage").await;
    let (key, value) = (("Key", typed("k")), ("Value", typed("x")));
    let both = [key.clone(), value];

    let first = done(store.run_in(77, 78, "append-value", &both).await);
    let repeated = store.run_in(77, 78, "append-value", &both).await;
    let other_transaction = store.run("append-value", &both).await;

    assert!(first.is_task);
    assert_eq!(first.output, json!({"Key": "k", "Value": "x"}));
    assert_eq!(output(repeated), json!({"Key": "k", "Value": "x"}));
    assert_eq!(output(other_transaction)["Value"], "xx");
    output(store.run("set-value", &[("Key", typed("a"))]).await);
    assert_eq!(
        output(store.run("get-all-values", &[]).await),
        json!({"Items": [{"Key": "a", "Value": ""}, {"Key": "k", "Value": "xx"}]})
    );
    output(store.run("delete-key", std::slice::from_ref(&key)).await);
    assert_eq!(
        output(store.run("get-value", &[key]).await)["Value"],
        Value::Null
    );
    output(store.run("delete-all-keys", &[]).await);
    assert_eq!(
        output(store.run("get-all-values", &[]).await),
        json!({"Items": []})
    );

    let long = "k".repeat(129);
    let refused = store.run("set-value", &[("Key", typed(&long))]).await;
    assert_eq!(failed(refused).0, Trouble::BuildFailed);
    let full = typed(&"v".repeat(1024));
    output(
        store
            .run("set-value", &[("Key", typed("f")), ("Value", full)])
            .await,
    );
    let one_more = [("Key", typed("f")), ("Value", typed("v"))];
    let over = store.run("append-value", &one_more);
    let (trouble, detail) = failed(over.await);
    assert_eq!(trouble, Trouble::CallFailed);
    assert!(detail.contains("StorageLimit"), "{detail}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_cycle_and_each_account_has_its_own_values() {
    let store = Utility::start("Cycle Data Storage").await;
    let both = [("Key", typed("k")), ("Value", typed("x"))];

    output(store.run("set-value", &both).await);
    let here = store.run("get-value", &both[..1]).await;
    let elsewhere = store.run_in(99, 78, "get-value", &both[..1]).await;
    let other = store.bench.account("other").await;
    let theirs = Utility {
        installed: install(&store.bench, &other, store.name).await,
        actor: other,
        ..store
    };
    let of_other = theirs.run("get-value", &both[..1]).await;

    assert_eq!(output(here)["Value"], "x");
    assert_eq!(output(elsewhere)["Value"], Value::Null);
    assert_eq!(output(of_other)["Value"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_has_the_properties_of_its_field_list() {
    let store = Utility::start("Global Object Storage").await;
    let long = "n".repeat(1024);
    let named = [("Key", typed("k")), ("Name", typed(&long))];
    let scored = [("Key", typed("k")), ("Score", typed("7"))];

    let fields = output(store.run("list-fields", &[]).await);
    output(store.run("set-entry", &named).await);
    let both = output(store.run("set-entry", &scored).await);
    output(store.run("set-entry", &[("Key", typed("a"))]).await);

    let locations: Vec<_> = fields
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["location"])
        .collect();
    assert_eq!(locations, ["Name", "Score"]);
    assert_eq!(both, json!({"Key": "k", "Name": long, "Score": "7"}));
    let all = output(store.run("get-all-entries", &[]).await);
    assert_eq!(all, json!({"Entries": [{"Key": "a"}, both]}));
    output(store.run("delete-key", &named[..1]).await);
    let gone = output(store.run("get-entry", &named[..1]).await);
    assert_eq!(gone, Value::Null);
    output(store.run("delete-all", &[]).await);
    assert_eq!(
        output(store.run("get-all-entries", &[]).await),
        json!({"Entries": []})
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_came_from_the_other_side_is_no_update() {
    let preventer = Utility::start("Cross Updating Preventer").await;
    let record = |name: &str| {
        [
            ("CommonKey", typed("7")),
            ("Name", typed(name)),
            ("Empty", typed("")),
        ]
    };
    let ask =
        async |key: &str, name: &str| -> StepDone { done(preventer.run(key, &record(name)).await) };

    let unknown = ask("update-ok-outbound", "Ann").await;
    ask("store-data-inbound", "Ann").await;
    let echo = ask("update-ok-outbound", "Ann").await;
    let change = ask("update-ok-outbound", "Bo").await;
    let other_direction = ask("update-ok-inbound", "Ann").await;
    output(preventer.run("delete-data", &record("")).await);
    let forgotten = ask("update-ok-outbound", "Ann").await;

    let exits = [unknown, echo, change, other_direction, forgotten].map(|done| done.ways);
    let exit = |truth: bool| Ways::One(if truth { Exit::True } else { Exit::False });
    assert_eq!(exits, [true, false, true, true, true].map(exit));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_is_found_by_either_id_changed_and_forgotten() {
    let cross = Utility::start("Entity Cross Reference").await;
    let ids = |one: &str, two: &str| {
        vec![
            ("Entity1.Id", typed(one)),
            ("Entity2.Id", typed(two)),
            ("SourceApplication", typed("Shop")),
        ]
    };
    let first = [("Entity1.Id", typed("7"))];
    let second = [("Entity2.Id", typed("c-2"))];

    let mut named = ids("7", "c-1");
    named.extend([
        ("Entity1.Name", typed("Ann")),
        ("Entity2.Status", typed("new")),
        ("Note", typed("n")),
    ]);
    let made = output(cross.run("create", &named).await);
    output(cross.run("create", &ids("7", "c-2")).await);
    output(cross.run("create", &ids("8", "c-2")).await);
    let mut again = ids("7", "c-1");
    again.push(("Note", typed("m")));
    let updated = output(cross.run("create", &again).await);

    let whole = |note: &str| {
        json!({"Entity1": {"Id": "7", "Name": "Ann"}, "Entity2": {"Id": "c-1", "Status": "new"},
               "SourceApplication": "Shop", "Note": note})
    };
    let plain = |one: &str, two: &str| json!({"Entity1": {"Id": one}, "Entity2": {"Id": two}, "SourceApplication": "Shop"});
    assert_eq!(made, whole("n"));
    assert_eq!(updated, whole("m"));
    assert_eq!(
        output(cross.run("get-all", &[]).await),
        json!([whole("m"), plain("7", "c-2"), plain("8", "c-2")])
    );
    assert_eq!(
        output(cross.run("get-by-entity-1", &first).await),
        json!([whole("m"), plain("7", "c-2")])
    );
    assert_eq!(
        output(cross.run("get-by-entity-2", &second).await),
        json!([plain("7", "c-2"), plain("8", "c-2")])
    );
    assert_eq!(
        output(
            cross
                .run("get-by-entity-1", &[("Entity1.Id", typed("9"))])
                .await
        ),
        json!([])
    );

    let change = [&first[..], &[("Entity2.Status", typed("old"))]].concat();
    let changed = output(cross.run("update", &change).await);
    assert_eq!(changed[0]["Entity2"], json!({"Id": "c-1", "Status": "old"}));
    assert_eq!(changed[0]["Entity1"]["Name"], "Ann");
    assert_eq!(changed[1]["Entity2"], json!({"Id": "c-2", "Status": "old"}));
    let gone = output(cross.run("delete", &second).await);
    assert_eq!(gone.as_array().unwrap().len(), 2);
    let left = output(cross.run("get-all", &[]).await);
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["Entity2"]["Id"], "c-1");
    output(cross.run("create", &ids("8", "c-2")).await);
    assert_eq!(
        output(cross.run("get-by-entity-2", &second).await),
        json!([plain("8", "c-2")])
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn references_are_made_once_within_bounds_and_kept_apart() {
    let cross = Utility::start("Entity Cross Reference").await;
    let ids = [
        ("Entity1.Id", typed("7")),
        ("Entity2.Id", typed("c-1")),
        ("SourceApplication", typed("Shop")),
    ];

    let first = cross.run_in(77, 78, "create", &ids).await;
    let repeated = cross.run_in(77, 78, "create", &ids).await;
    assert_eq!(output(first), output(repeated));
    let all = output(cross.run("get-all", &[]).await);
    assert_eq!(all.as_array().unwrap().len(), 1);

    let nowhere = cross.run("delete", &[]).await;
    let (trouble, detail) = failed(nowhere);
    assert_eq!(trouble, Trouble::CallFailed);
    assert!(detail.contains("Entity1.Id or Entity2.Id"), "{detail}");
    let half = cross.run("create", &[ids[0].clone(), ids[2].clone()]).await;
    assert_eq!(failed(half).0, Trouble::BuildFailed);
    let long = [&ids[..], &[("Note", typed(&"x".repeat(1025)))]].concat();
    let (_, detail) = failed(cross.run("create", &long).await);
    assert!(detail.contains("StorageLimit"), "{detail}");

    let other = cross.bench.account("other").await;
    let theirs = Utility {
        installed: install(&cross.bench, &other, cross.name).await,
        actor: other,
        ..cross
    };
    assert_eq!(output(theirs.run("get-all", &[]).await), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unsplit_list_makes_one_file_and_a_file_a_list() {
    let file = Utility::start("Generic File").await;
    let columns = [("[].a", from(1, "[rows].a")), ("[].b", from(1, "[rows].b"))];
    let mut bare = columns.to_vec();
    bare.extend([
        ("?Delimiter", typed(";")),
        ("?IncludeHeader", typed("false")),
    ]);

    let written = output(file.run("create-delimited-text", &columns).await);
    let written_bare = output(file.run("create-delimited-text", &bare).await);
    let content = written["Content"].as_str().unwrap();
    let read = output(
        file.run("read-delimited-text", &[("Content", typed(content))])
            .await,
    );

    let lines = |text: &Value| -> Vec<String> {
        text.as_str().unwrap().lines().map(str::to_owned).collect()
    };
    assert_eq!(lines(&written["Content"]), ["a,b", "1,\"x,y\"", "2,z"]);
    assert_eq!(lines(&written_bare["Content"]), ["1;x,y", "2;z"]);
    assert_eq!(read, json!([{"a": "1", "b": "x,y"}, {"a": "2", "b": "z"}]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_leave_by_the_exit_of_their_answer() {
    let tools = Utility::start("Velodrome Tools").await;
    for (key, mapped, valid) in [
        (
            "verify-email",
            vec![("Email", "ann.lee+x@mail.example.com")],
            true,
        ),
        ("verify-email", vec![("Email", "ann@example")], false),
        (
            "verify-email",
            vec![("Email", "ann lee@example.com")],
            false,
        ),
        ("verify-email", vec![("Email", "a..b@example.com")], false),
        ("verify-email", vec![], false),
        (
            "verify-regex",
            vec![("Value", "AB-12"), ("Pattern", "^[A-Z]+-\\d+$")],
            true,
        ),
        (
            "verify-regex",
            vec![("Value", "ab"), ("Pattern", "^[A-Z]+$")],
            false,
        ),
    ] {
        let mapped: Vec<_> = mapped
            .iter()
            .map(|(name, text)| (*name, typed(text)))
            .collect();
        let done = done(tools.run(key, &mapped).await);
        let exit = if valid { Exit::True } else { Exit::False };
        assert_eq!(done.ways, Ways::One(exit), "{key} {mapped:?}");
        assert_eq!(done.output, json!({"IsValid": valid}));
    }
    let bad = tools
        .run(
            "verify-regex",
            &[("Value", typed("x")), ("Pattern", typed("("))],
        )
        .await;
    assert_eq!(failed(bad).0, Trouble::CallFailed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_of_any_shape_are_sent_where_the_step_says() {
    let upstream = FakeUpstream::start();
    upstream.on(
        "POST",
        "/t",
        Answer::json("{\"id\":1}").header("X-Left", "9"),
    );
    upstream.on("GET", "/t", Answer::html("hello"));
    upstream.on("POST", "/f", Answer::status(204));
    let url = |path: &str| ("?URL", typed(&format!("{}{path}", upstream.url())));
    let fields = [("state", typed("open")), ("Header.X-Trace", typed("7"))];
    let hook = Utility::start("Generic Webhook").await;

    let posted = output(
        hook.run("post-url", &[&fields[..], &[url("/t")]].concat())
            .await,
    );
    let got = output(
        hook.run("get-url", &[&fields[..], &[url("/t?x=1")]].concat())
            .await,
    );
    let nowhere = hook.run("get-url", &fields).await;
    let first = method_step(&hook.bench, hook.name, hook.installed, 1, "get-url", &[]);
    let read = [("trace", from(2, "Header.x-left"))];
    let reader = method_step(&hook.bench, hook.name, hook.installed, 3, "get-url", &read);
    let read = line(vec![first, hook.step("post-url", &[url("/t")]), reader]);
    let with_headers = output(hook.run_second(&read, 77, 79).await);
    let form = Utility::start("Generic Form").await;
    let formed = output(
        form.run("post-form", &[("a.b", typed("x y")), url("/f")])
            .await,
    );

    assert_eq!(posted, json!({"id": 1}));
    assert_eq!(with_headers["id"], 1);
    assert_eq!(with_headers["Header"]["x-left"], "9");
    assert_eq!(got, json!("hello"));
    assert_eq!(formed, Value::Null);
    assert_eq!(failed(nowhere).0, Trouble::BuildFailed);
    let received = upstream.received();
    assert_eq!(received[0].text(), "{\"state\":\"open\"}");
    assert_eq!(received[0].header("X-Trace"), Some("7"));
    assert_eq!(received[1].query(), "x=1&state=open");
    assert_eq!(received[1].header("X-Trace"), Some("7"));
    assert_eq!(received[1].text(), "");
    assert_eq!(received[2].text(), "");
    assert_eq!(received[3].text(), "a%5Bb%5D=x+y");
}
