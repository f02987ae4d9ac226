//! Accounts and users.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn an_account_is_made_changed_and_removed() {
    let app = TestApp::start().await;
    let token = app.token().await;

    let made = app
        .post("/v1.0/accounts")
        .bearer(&token)
        .json(&json!({"Name": "Acme", "Timezone": "europe/lisbon"}))
        .send()
        .await;
    let body = made.json();
    let id = body["Id"].as_str().unwrap().to_owned();
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(
        (
            &body["Timezone"],
            &body["CreatedDate"],
            &body["NextBillDateUtc"]
        ),
        (
            &json!("Europe/Lisbon"),
            &json!("2026-03-04T09:30:00Z"),
            &json!("2026-04-04T09:30:00Z")
        )
    );
    assert_eq!(
        (
            &body["Description"],
            &body["ParentAccountId"],
            &body["IsSuspended"]
        ),
        (&json!(null), &json!(null), &json!(false))
    );

    // An answer can be sent back, and what is left out stays.
    let path = format!("/v1.0/accounts/{id}");
    assert_eq!(
        app.put(&path).bearer(&token).json(&body).send().await.text,
        made.text
    );
    let changed = app
        .put(&path)
        .bearer(&token)
        .json(&json!({"Description": "d", "TransactionErrorWebhookUrl": "ops.example.com"}))
        .send()
        .await;
    assert_eq!(
        (&changed.json()["Description"], &changed.json()["Name"]),
        (&json!("d"), &json!("Acme"))
    );
    assert_eq!(
        changed.json()["TransactionErrorWebhookUrl"],
        "https://ops.example.com"
    );
    let cleared = app
        .put(&path)
        .bearer(&token)
        .json(&json!({"description": null, "ConcurrentTransactionLimit": "many"}))
        .send()
        .await;
    assert_eq!(
        (
            &cleared.json()["Description"],
            &cleared.json()["ConcurrentTransactionLimit"]
        ),
        (&json!(null), &json!(null))
    );

    let removed = app.delete(&path).bearer(&token).send().await;
    assert_eq!(
        (removed.status, removed.text.as_str()),
        (StatusCode::OK, "")
    );
    assert_eq!(
        app.get(&path).bearer(&token).send().await.failure(),
        (404, "account.not_found")
    );
    assert_eq!(
        app.audited(&token).await[..2],
        ["account.deleted", "account.changed"]
    );
}

#[tokio::test]
async fn refusals_use_the_published_sentences() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;

    for (body, message) in [
        (json!({"Id": "acme", "Name": "Again"}), "ID already in use"),
        (json!({}), "Name is required."),
        (json!({"Name": "  "}), "Name is required."),
        (
            json!({"Name": "A", "StepDataErroredRetentionHours": -7}),
            "StepDataErroredRetentionHours (-7): may not be negative",
        ),
        (
            json!({"Name": "A", "TransactionErrorWebhookEnabled": true}),
            "Transaction Error Webhook enabled: Transaction Error Webhook URL must be defined",
        ),
        (
            json!({"Name": "A", "TransactionErrorWebhookUrl": "not a url"}),
            "The URL https://not a url is not valid.",
        ),
        (
            json!({"Name": "A", "ParentAccountId": "nobody"}),
            "ParentAccountId names no account of this partner.",
        ),
        (json!({"Name": {}}), "Name must be text."),
        (
            json!({"Name": "A", "NextBillDateUtc": "soon"}),
            "NextBillDateUtc must be a date and time, such as 2026-03-04T09:30:00Z.",
        ),
    ] {
        let answer = app
            .post("/v1.0/accounts")
            .bearer(&token)
            .json(&body)
            .send()
            .await;
        assert_eq!(
            (answer.status, answer.message().as_str()),
            (StatusCode::BAD_REQUEST, message),
            "{body}"
        );
    }
    let long = app
        .post("/v1.0/accounts")
        .bearer(&token)
        .json(&json!({"Id": "x".repeat(129), "Name": "A"}))
        .send()
        .await;
    assert_eq!(long.failure(), (400, "account.id_invalid"));
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&token)
            .send()
            .await
            .header("total-records"),
        "1"
    );
}

#[tokio::test]
async fn lists_are_paged_sorted_and_bounded() {
    let app = TestApp::start().await;
    let token = app.token().await;
    for key in ["b", "a", "c"] {
        app.pass(TimeDelta::seconds(1));
        app.account(&token, key).await;
    }
    let (app, token) = (&app, &token);
    let ids = async |query: &str| {
        let answer = app
            .get(&format!("/v1.0/accounts{query}"))
            .bearer(token)
            .send()
            .await;
        let ids: Vec<_> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a["Id"].as_str().unwrap().to_owned())
            .collect();
        (
            ids.concat(),
            format!(
                "{}/{}",
                answer.header("total-pages"),
                answer.header("total-records")
            ),
        )
    };

    assert_eq!(ids("").await, ("bac".into(), "1/3".into()));
    assert_eq!(
        ids("?orderBy=name&sortOrderAsc=false&pageSize=2").await,
        ("cb".into(), "2/3".into())
    );
    assert_eq!(
        ids("?ORDERBY=Name&page=2&per_page=2").await,
        ("c".into(), "2/3".into())
    );
    assert_eq!(ids("?page=9").await, (String::new(), "1/3".into()));
    assert_eq!(
        ids("?page=x&pageSize=-1&orderBy=Password").await,
        ("bac".into(), "1/3".into())
    );
}

#[tokio::test]
async fn sub_accounts_are_listed_and_go_with_their_parent() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "parent").await;
    let child = json!({"Id": "child", "Name": "Child", "ParentAccountId": "parent"});
    assert_eq!(
        app.post("/v1.0/accounts")
            .bearer(&token)
            .json(&child)
            .send()
            .await
            .json()["ParentAccountId"],
        "parent"
    );

    let children = app
        .get("/v1.0/accounts/parent/subaccounts")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(
        (
            children.json()[0]["Id"].as_str(),
            children.header("total-records")
        ),
        (Some("child"), "1")
    );
    app.delete("/v1.0/accounts/parent")
        .bearer(&token)
        .send()
        .await;

    assert_eq!(
        app.get("/v1.0/accounts/child")
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_account_is_suspended_and_resumed_any_number_of_times() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;

    for (word, suspended) in [
        ("suspend", true),
        ("suspend", true),
        ("resume", false),
        ("resume", false),
    ] {
        let answer = app
            .post(&format!("/v1.0/accounts/acme/{word}"))
            .bearer(&token)
            .send()
            .await;
        assert_eq!(
            (answer.status, &answer.json()["IsSuspended"]),
            (StatusCode::OK, &json!(suspended))
        );
    }
    let usage = app
        .get("/v1.0/accounts/acme/usage")
        .bearer(&token)
        .send()
        .await;
    assert_eq!(
        usage.json(),
        json!({"Id": "acme", "TasksUsed": 0, "StartTime": "2026-03-04T09:30:00Z", "EndTime": "2026-04-04T09:30:00Z"})
    );
}

#[tokio::test]
async fn the_template_account_is_not_listed_and_stays() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let id = app.get("/v1.0/partner").bearer(&token).send().await.json()["TemplateAccountId"]
        .as_str()
        .unwrap()
        .to_owned();

    assert_eq!(
        app.get("/v1.0/accounts").bearer(&token).send().await.json(),
        json!([])
    );
    assert_eq!(
        app.delete(&format!("/v1.0/accounts/{id}"))
            .bearer(&token)
            .send()
            .await
            .failure(),
        (409, "account.template_account")
    );
    let builder = app
        .get("/v1.0/account/connectors")
        .bearer(&token)
        .header("x-cyclr-account", &id)
        .send()
        .await;
    assert_eq!(builder.status, StatusCode::OK);
}

#[tokio::test]
async fn another_partner_sees_none_of_it() {
    let app = TestApp::start().await;
    let (token, other) = (app.token().await, app.other_partner().await);
    app.account(&token, "ours").await;
    let user = json!({"UserName": "ana", "Password": "password 1"});
    app.put("/v1.0/accounts/ours/users")
        .bearer(&token)
        .json(&user)
        .send()
        .await;

    for path in [
        "/v1.0/accounts/ours",
        "/v1.0/accounts/ours/usage",
        "/v1.0/accounts/ours/users",
        "/v1.0/accounts/ours/subaccounts",
        "/v1.0/users/ana",
    ] {
        assert_eq!(
            app.get(path).bearer(&other).send().await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["/v1.0/accounts/ours", "/v1.0/users/ana"] {
        assert_eq!(
            app.delete(path).bearer(&other).send().await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    for path in ["suspend", "resume"] {
        assert_eq!(
            app.post(&format!("/v1.0/accounts/ours/{path}"))
                .bearer(&other)
                .send()
                .await
                .status,
            StatusCode::NOT_FOUND
        );
    }
    let header = app
        .get("/v1.0/account/connectors")
        .bearer(&other)
        .header("x-cyclr-account", "ours")
        .send()
        .await;
    assert_eq!(header.failure(), (401, "auth.account_unknown"));
    // The same id names an account of its own in each partner.
    assert_eq!(
        app.get("/v1.0/accounts/acme")
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    app.account(&token, "acme").await;
    assert_eq!(
        app.get("/v1.0/accounts")
            .bearer(&other)
            .send()
            .await
            .header("total-records"),
        "1"
    );
    assert!(
        !app.audited(&other)
            .await
            .contains(&"account.created".to_owned())
    );
}

#[tokio::test]
async fn a_sign_in_token_makes_its_user_and_lasts_five_minutes() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;

    let made = app
        .post("/v1.0/accounts/acme/signintoken")
        .bearer(&token)
        .json(&json!({"username": "ana"}))
        .send()
        .await;
    let nameless = app
        .post("/v1.0/accounts/acme/signintoken")
        .bearer(&token)
        .send()
        .await;
    let unknown = app
        .post("/v1.0/accounts/nobody/signintoken")
        .bearer(&token)
        .json(&json!({"Username": "ana"}))
        .send()
        .await;

    assert_eq!(made.json()["ExpiresAtUtc"], "2026-03-04T09:35:00Z");
    let text = made.json()["Token"].as_str().unwrap().to_owned();
    assert!(
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    );
    assert_eq!(nameless.message(), "Username is required.");
    assert_eq!(unknown.failure(), (404, "account.not_found"));
    let user = app
        .get("/v1.0/users/ANA")
        .bearer(&token)
        .send()
        .await
        .json();
    assert_eq!(
        (&user["UserName"], &user["AccountIds"], &user["CanSignIn"]),
        (&json!("ana"), &json!(["acme"]), &json!(false))
    );
}

#[tokio::test]
async fn users_enter_and_leave_accounts() {
    let app = TestApp::start().await;
    let token = app.token().await;
    app.account(&token, "acme").await;
    let path = "/v1.0/accounts/acme/users";

    let weak = app
        .put(path)
        .bearer(&token)
        .json(&json!({"UserName": "ana", "Password": "short"}))
        .send()
        .await;
    assert_eq!(
        (weak.failure(), weak.message().as_str()),
        (
            (400, "user.password_weak"),
            "Password must have at least 8 characters."
        )
    );
    for name in ["ben", "Ana"] {
        let added = app
            .put(path)
            .bearer(&token)
            .json(&json!({"Username": name, "Password": "password 1"}))
            .send()
            .await;
        assert_eq!((added.status, added.text.as_str()), (StatusCode::OK, ""));
    }
    assert_eq!(
        app.get(path).bearer(&token).send().await.json(),
        json!(["Ana", "ben"])
    );

    let removed = app
        .delete(path)
        .bearer(&token)
        .json(&json!({"UserName": "ANA"}))
        .send()
        .await;
    let again = app
        .delete(path)
        .bearer(&token)
        .json(&json!({"UserName": "ana"}))
        .send()
        .await;
    let nobody = app.delete(path).bearer(&token).send().await;

    assert_eq!(
        (removed.status, removed.text.as_str()),
        (StatusCode::OK, "")
    );
    assert_eq!(again.failure(), (404, "user.not_found"));
    assert_eq!(nobody.message(), "UserName is required.");
    assert_eq!(
        app.get("/v1.0/users")
            .bearer(&token)
            .send()
            .await
            .header("total-records"),
        "2"
    );
}

#[tokio::test]
async fn users_are_made_found_and_removed() {
    let app = TestApp::start().await;
    let token = app.token().await;
    let ana = json!({"UserName": "ana", "Password": "password 1"});

    let made = app
        .post("/v1.0/users")
        .bearer(&token)
        .json(&ana)
        .send()
        .await;
    assert_eq!(
        (made.status, &made.json()["LastSignInUtc"]),
        (StatusCode::CREATED, &json!(null))
    );
    assert_eq!(
        app.post("/v1.0/users")
            .bearer(&token)
            .json(&ana)
            .send()
            .await
            .failure(),
        (409, "user.name_in_use")
    );
    app.post("/v1.0/users")
        .bearer(&token)
        .json(&json!({"UserName": "100%_ben", "Password": "password 1"}))
        .send()
        .await;
    let found = app.get("/v1.0/users?query=AN").bearer(&token).send().await;
    assert_eq!(
        (
            found.header("total-records"),
            found.json()[0]["UserName"].as_str()
        ),
        ("1", Some("ana"))
    );
    assert_eq!(
        app.get("/v1.0/users?query=%25")
            .bearer(&token)
            .send()
            .await
            .header("total-records"),
        "1"
    );
    assert_eq!(
        app.put("/v1.0/users")
            .bearer(&token)
            .json(&ana)
            .send()
            .await
            .status,
        StatusCode::OK
    );
    let unknown = app
        .put("/v1.0/users")
        .bearer(&token)
        .json(&json!({"UserName": "eve", "Password": "password 1"}))
        .send()
        .await;
    assert_eq!(unknown.failure(), (404, "user.not_found"));

    assert_eq!(
        app.delete("/v1.0/users/ana")
            .bearer(&token)
            .send()
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        app.delete("/v1.0/users/ana")
            .bearer(&token)
            .send()
            .await
            .failure(),
        (404, "user.not_found")
    );
}
