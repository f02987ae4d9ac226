//! What a partner sets up once for all accounts: values, and guides of its own.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use serde_json::{Value, json};
use velodrome_compat::{Shared, Workshop, scenarios};

scenarios! { the_partners_setup:
    the_list_says_what_still_has_to_be_set_up,
    secrets_are_kept_and_never_shown,
    a_value_is_cleared_by_null_and_by_empty_text,
    what_is_refused_leaves_the_setup_as_it_was,
    setup_applies_to_accounts_until_they_have_a_value_of_their_own,
    a_guide_of_the_partners_own_replaces_ours_until_it_is_reset,
    scripts_do_not_survive_in_a_guides_html,
    ids_of_connectors_are_checked_everywhere,
}

/// The setup belongs to the partner, so each scenario takes a connector of its own.
async fn setup_path(workshop: &Workshop, connector: &str) -> String {
    let connector = workshop.world.connector(&workshop.partner, connector).await;
    format!("/v1.0/partner/connectors/{}/setup", connector["Id"])
}

async fn the_list_says_what_still_has_to_be_set_up(workshop: Shared) {
    let open = workshop
        .partner
        .get("/v1.0/partner/connectors?setupRequired=true&category=crms")
        .await
        .expect(200);
    let page = workshop
        .partner
        .get("/v1.0/partner/connectors?pageSize=2&orderBy=AccountCount")
        .await
        .expect(200);

    let open_ones = open.json();
    let open_ones = open_ones.as_array().unwrap();
    let is_open = |name: &str| open_ones.iter().any(|one| one["Connector"]["Name"] == name);
    assert!(is_open("Pipedrive (OAuth 2.0)"));
    assert!(!is_open("Pipedrive"), "its accounts enter their own key");
    for one in open_ones {
        assert_eq!(one["SupportsPartnerSetup"], true, "{one}");
        assert_eq!(one["HasGuide"], true, "{one}");
    }
    assert_eq!(
        open.header("total-records"),
        Some(&*open_ones.len().to_string())
    );
    assert_eq!(page.json().as_array().unwrap().len(), 2);
}

async fn secrets_are_kept_and_never_shown(workshop: Shared) {
    let path = setup_path(&workshop, "Stripe (OAuth)").await;

    let saved = workshop
        .partner
        .put(
            &path,
            json!({
                "clientid": "ca_made_up",
                "CLIENTSECRET": "never-shown-again",
                "HasClientSecret": false,
                "CallbackUrl": "https://evil.example",
            }),
        )
        .await
        .expect(200);
    let read = workshop.partner.get(&path).await.expect(200);
    let sent_back = workshop
        .partner
        .put(&path, {
            let mut body = read.json();
            body.as_object_mut().unwrap().remove("ClientSecret");
            body
        })
        .await
        .expect(200);

    for answer in [&saved, &read, &sent_back] {
        assert!(
            !answer.text.contains("never-shown-again"),
            "{}",
            answer.text
        );
        let body = answer.json();
        assert_eq!(body["ClientId"], "ca_made_up");
        assert_eq!(body["ClientSecret"], Value::Null);
        assert_eq!(body["HasClientSecret"], true);
        assert_eq!(
            body["CallbackUrl"],
            format!("{}/connector/callback", workshop.world.server.url())
        );
    }
    let log = workshop.partner.get("/v1.0/partner/auditlog").await;
    assert!(!log.expect(200).text.contains("never-shown-again"));
    assert!(!workshop.world.server.log().contains("never-shown-again"));
}

async fn a_value_is_cleared_by_null_and_by_empty_text(workshop: Shared) {
    let path = setup_path(&workshop, "Pipedrive (OAuth 2.0)").await;
    for blank in [Value::Null, json!("")] {
        workshop
            .partner
            .put(
                &path,
                json!({ "ClientId": "app", "ClientSecret": "made-up" }),
            )
            .await
            .expect(200);

        let cleared = workshop
            .partner
            .put(&path, json!({ "ClientId": blank, "ClientSecret": blank }))
            .await
            .expect(200)
            .json();

        assert_eq!(cleared["ClientId"], Value::Null);
        assert_eq!(cleared["HasClientSecret"], false);
        assert_eq!(cleared["SetupRequired"], true);
    }
    let deleted = workshop.partner.delete(&path).await.expect(204);
    assert_eq!(deleted.text, "");
}

async fn what_is_refused_leaves_the_setup_as_it_was(workshop: Shared) {
    let path = setup_path(&workshop, "1st Connect").await;
    let property = |name: &str, value: &str| json!({ "ClientId": "changed", "Properties": [{ "Name": name, "Value": value }] });
    workshop
        .partner
        .put(
            &path,
            json!({ "ClientId": "key", "Properties": [{ "Name": "BaseUrl", "Value": "https://api.example" }] }),
        )
        .await
        .expect(200);
    let before = workshop.partner.get(&path).await.expect(200).json();

    let unknown = workshop
        .partner
        .put(&path, property("NoSuch", "1"))
        .await
        .refused_as(400, "setup.unknown_property");
    workshop
        .partner
        .put(&path, property("BaseUrl", "no address"))
        .await
        .refused_as(400, "setup.invalid_value");
    for body in ["{", "{ Properties: 5 }", "[]"] {
        workshop
            .partner
            .send_text(reqwest::Method::PUT, &path, body)
            .await
            .refusal(400);
    }

    assert!(unknown.contains("'NoSuch'"), "{unknown}");
    let after = workshop.partner.get(&path).await.expect(200).json();
    assert_eq!(after, before);
}

async fn setup_applies_to_accounts_until_they_have_a_value_of_their_own(workshop: Shared) {
    use velodrome_testkit::Answer;
    let path = setup_path(&workshop, "Workshop").await;
    workshop
        .partner
        .put(
            &path,
            json!({
                "ClientId": "the-partners",
                "ClientSecret": "made-up",
                "Properties": [{ "Name": "Hall", "Value": "east" }, { "Name": "HallKey", "Value": "hush-1" }],
            }),
        )
        .await
        .expect(200);
    workshop.upstream.on(
        "POST",
        "/machine-token",
        Answer::json("{\"access_token\":\"m-1\",\"expires_in\":3600}"),
    );
    workshop
        .upstream
        .on("GET", "/pieces/setup", Answer::json("{\"id\":1}"));
    let machine = json!({
        "AuthenticationId": workshop.authentication("Machine"),
        "AuthValue": "{}",
    });
    let mut own = machine.clone();
    own["Properties"] = json!([
        { "Name": "ClientId", "Value": "the-accounts" },
        { "Name": "ClientSecret", "Value": "theirs" },
    ]);
    let shown = workshop.partner.get(&path).await.expect(200);

    let of_partner = workshop.install("uses-setup", machine).await;
    workshop
        .call(&of_partner, "Get Piece", "setup")
        .await
        .expect(200);
    let of_account = workshop.install("overrides-setup", own).await;
    workshop
        .call(&of_account, "Get Piece", "setup")
        .await
        .expect(200);

    let asked: Vec<String> = workshop
        .received("/machine-token")
        .iter()
        .map(|call| call.text())
        .collect();
    assert!(asked[0].contains("client_id=the-partners"), "{asked:?}");
    assert!(asked[1].contains("client_id=the-accounts"), "{asked:?}");
    assert!(!shown.text.contains("hush-1"), "{}", shown.text);
    assert!(shown.text.contains("east"), "{}", shown.text);
    let refused = of_partner
        .account
        .post(
            "/v1.0/connectors/Workshop/install",
            json!({ "Name": "B", "Properties": [{ "Name": "Hall", "Value": "west" }] }),
        )
        .await;
    assert!(
        refused
            .refused_as(400, "account_connector.not_an_account_property")
            .contains("'Hall'")
    );
}

async fn a_guide_of_the_partners_own_replaces_ours_until_it_is_reset(workshop: Shared) {
    let path = format!(
        "/v1.0/partner/connectors/{}/guide",
        workshop.connector["Id"]
    );
    let callback = format!("{}/connector/callback", workshop.world.server.url());

    let ours = workshop.partner.get(&path).await.expect(200).json();
    let written = workshop
        .partner
        .put(
            &path,
            json!({ "Title": "Our way", "Markdown": "Enter **{{CallbackUrl}}**." }),
        )
        .await
        .expect(200)
        .json();
    workshop
        .partner
        .put(&path, json!({ "Markdown": "  " }))
        .await
        .refusal(400);
    workshop
        .partner
        .put(&path, json!({ "Title": "Only a title" }))
        .await
        .refusal(400);
    let kept = workshop.partner.get(&path).await.expect(200).json();
    let reset = workshop.partner.delete(&path).await.expect(204);

    assert_eq!(ours["IsCustom"], false);
    assert_eq!(ours["UpdatedOnUtc"], Value::Null);
    let markdown = ours["Markdown"].as_str().unwrap();
    assert!(markdown.contains(&callback), "{markdown}");
    assert!(
        markdown.contains(&format!("calls come from {}", workshop.world.server.url())),
        "{markdown}"
    );
    assert!(!markdown.contains("{{"), "{markdown}");
    assert!(ours["Html"].as_str().unwrap().contains("<h1>"));
    assert_eq!(written["Title"], "Our way");
    assert_eq!(written["IsCustom"], true);
    assert_eq!(
        written["Html"],
        format!("<p>Enter <strong>{callback}</strong>.</p>\n")
    );
    assert_eq!(kept, written);
    assert_eq!(reset.text, "");
    assert_eq!(workshop.partner.get(&path).await.expect(200).json(), ours);
}

async fn scripts_do_not_survive_in_a_guides_html(workshop: Shared) {
    let twin = workshop
        .partner
        .get("/v1.0/connectors/Twin/1")
        .await
        .expect(200)
        .json();
    let path = format!("/v1.0/partner/connectors/{}/guide", twin[0]["Id"]);
    workshop
        .partner
        .get(&path)
        .await
        .refused_as(404, "connector.not_found");

    let written = workshop
        .partner
        .put(
            &path,
            json!({ "Markdown": "Hello <script>alert(1)</script><img src=x onerror=alert(1)>\n\n[here](javascript:alert(1)) <iframe src=https://evil.example></iframe>" }),
        )
        .await
        .expect(200)
        .json();

    let html = written["Html"].as_str().unwrap();
    assert!(html.contains("Hello"), "{html}");
    for active in ["script", "onerror", "javascript:", "iframe"] {
        assert!(!html.contains(active), "{html}");
    }
}

async fn ids_of_connectors_are_checked_everywhere(workshop: Shared) {
    let guide = json!({ "Markdown": "a" });
    for (id, status) in [("seven", 400), ("2147483647", 404)] {
        let setup = format!("/v1.0/partner/connectors/{id}/setup");
        let path = format!("/v1.0/partner/connectors/{id}/guide");
        for answer in [
            workshop.partner.get(&setup).await,
            workshop.partner.put(&setup, json!({})).await,
            workshop.partner.delete(&setup).await,
            workshop.partner.get(&path).await,
            workshop.partner.put(&path, guide.clone()).await,
            workshop.partner.delete(&path).await,
        ] {
            answer.refusal(status);
        }
    }
    workshop
        .partner
        .send_text(
            reqwest::Method::PUT,
            "/v1.0/partner/connectors/2147483647/setup",
            "{",
        )
        .await
        .refused_as(400, "request.unreadable");
}
