//! The connector library as programs read it: filters, pages, order, and every part of a connector.
#![expect(clippy::unwrap_used, reason = "scenarios are tests")]

use serde_json::{Value, json};
use velodrome_compat::{Answer, Shared, scenarios};

scenarios! { the_library:
    a_page_says_how_many_pages_and_records_there_are,
    filters_combine_and_ignore_case,
    an_exact_name_comes_first_on_whichever_page,
    unusable_paging_and_sorting_fall_back_to_the_default,
    ties_are_ordered_by_id,
    icons_are_left_out_when_they_are_not_wanted,
    drafts_are_not_listed_and_planned_connectors_say_so,
    a_number_gives_one_connector_and_a_name_its_versions_newest_first,
    a_version_is_found_by_name_and_number,
    categories_are_counted_and_stand_before_names,
    methods_are_filtered_paged_and_hidden_ones_left_out,
    a_method_is_described_with_its_parameters_and_fields,
    parameters_and_triggers_of_a_connector_are_listed_in_order,
    a_connector_without_announced_changes_has_an_empty_list,
    what_does_not_exist_is_not_found_and_says_so_in_one_message,
    the_library_needs_a_token_and_an_account_only_where_one_is_named,
}

fn names(answer: &Answer) -> Vec<String> {
    let list = answer.json();
    let items = list.as_array().expect("a list at the top level");
    items
        .iter()
        .map(|one| one["Name"].as_str().expect("a name").to_owned())
        .collect()
}

async fn a_page_says_how_many_pages_and_records_there_are(workshop: Shared) {
    // More than the thousand that a page holds at most.
    let all = workshop
        .partner
        .get("/v1.0/connectors?pageSize=5000")
        .await
        .expect(200);
    let total = names(&all).len();
    assert!(total <= 1000);

    let third = workshop
        .partner
        .get("/v1.0/connectors?page=3&pageSize=2")
        .await
        .expect(200);
    let beyond = workshop
        .partner
        .get("/v1.0/connectors?page=1000&pageSize=2")
        .await
        .expect(200);

    assert_eq!(all.header("total-pages"), Some("1"));
    assert_eq!(third.header("total-records"), Some(&*total.to_string()));
    assert_eq!(
        third.header("total-pages"),
        Some(&*total.div_ceil(2).to_string())
    );
    assert_eq!(names(&third), names(&all)[4..6]);
    assert_eq!(beyond.text, "[]");
    assert_eq!(beyond.header("total-records"), Some(&*total.to_string()));
    assert_eq!(third.header("x-content-type-options"), Some("nosniff"));
    assert!(third.header("x-request-id").is_some());
}

async fn filters_combine_and_ignore_case(workshop: Shared) {
    let by_name = workshop.partner.get("/v1.0/connectors?query=WORK").await;
    let by_both = workshop
        .partner
        .get("/v1.0/connectors?QUERY=work&Category=tOOLS")
        .await;
    let none = workshop
        .partner
        .get("/v1.0/connectors?query=work&category=CRMs")
        .await;

    assert_eq!(names(&by_name.expect(200)), ["Alpha Workshop", "Workshop"]);
    assert_eq!(names(&by_both.expect(200)), ["Workshop"]);
    let none = none.expect(200);
    assert_eq!(none.text, "[]");
    assert_eq!(none.header("total-records"), Some("0"));
}

async fn an_exact_name_comes_first_on_whichever_page(workshop: Shared) {
    let first = workshop
        .partner
        .get("/v1.0/connectors?query=workshop&pageSize=1")
        .await
        .expect(200);
    let second = workshop
        .partner
        .get("/v1.0/connectors?query=workshop&pageSize=1&page=2")
        .await
        .expect(200);
    let partner_list = workshop
        .partner
        .get("/v1.0/partner/connectors?query=workshop&pageSize=1")
        .await
        .expect(200)
        .json();

    assert_eq!(names(&first), ["Workshop"]);
    assert_eq!(names(&second), ["Alpha Workshop"]);
    assert_eq!(partner_list[0]["Connector"]["Name"], "Workshop");
}

async fn unusable_paging_and_sorting_fall_back_to_the_default(workshop: Shared) {
    let usual = workshop.partner.get("/v1.0/connectors").await.expect(200);
    assert!(names(&usual).len() <= 100);

    for query in [
        "page=0",
        "page=-1",
        "page=one&pageSize=-5",
        "pageSize=0",
        "orderBy=NoSuchProperty",
        "orderBy=Authentication",
        "sortOrderAsc=perhaps",
    ] {
        let odd = workshop
            .partner
            .get(&format!("/v1.0/connectors?{query}"))
            .await
            .expect(200);
        assert_eq!(names(&odd), names(&usual), "{query}");
    }
    let last = usual.header("total-pages").unwrap();
    let last = workshop
        .partner
        .get(&format!("/v1.0/connectors?page={last}"))
        .await
        .expect(200);
    let descending = workshop
        .partner
        .get("/v1.0/connectors?orderBy=name&sortOrderAsc=false")
        .await;
    let mut sorted = names(&usual);
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names(&usual), sorted, "the default order is by name");
    assert_eq!(names(&descending.expect(200)).first(), names(&last).last());
}

async fn ties_are_ordered_by_id(workshop: Shared) {
    for order in ["true", "false"] {
        let tied = workshop
            .partner
            .get(&format!(
                "/v1.0/connectors?category=Testing&orderBy=IsSystemConnector&sortOrderAsc={order}"
            ))
            .await
            .expect(200)
            .json();
        let ids: Vec<i64> = tied
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["Id"].as_i64().unwrap())
            .collect();
        assert!(ids.is_sorted(), "ascending={order}: {ids:?}");
        assert!(ids.len() > 3, "{ids:?}");
    }
}

async fn icons_are_left_out_when_they_are_not_wanted(workshop: Shared) {
    let with = workshop.partner.get("/v1.0/connectors").await.expect(200);
    let without = workshop
        .partner
        .get("/v1.0/connectors?includeIcons=false")
        .await
        .expect(200);

    for one in with.json().as_array().unwrap() {
        let icon = one["Icon"].as_str().unwrap_or_default();
        assert!(icon.starts_with("data:image/"), "{}: {icon}", one["Name"]);
    }
    for one in without.json().as_array().unwrap() {
        assert_eq!(one.get("Icon"), Some(&Value::Null), "present as null");
    }
}

async fn drafts_are_not_listed_and_planned_connectors_say_so(workshop: Shared) {
    let listed = workshop
        .partner
        .get("/v1.0/connectors?category=Testing")
        .await
        .expect(200);

    assert!(!names(&listed).contains(&"Drafted".to_owned()));
    let planned: Vec<Value> = listed
        .json()
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["Name"] == "Announced")
        .cloned()
        .collect();
    for one in planned {
        assert_eq!(one["Status"], "Planned");
    }
}

async fn a_number_gives_one_connector_and_a_name_its_versions_newest_first(workshop: Shared) {
    let versions = workshop
        .partner
        .get("/v1.0/connectors/tWIN")
        .await
        .expect(200)
        .json();
    let versions = versions.as_array().expect("a name gives a list").clone();

    let by_id = workshop
        .partner
        .get(&format!("/v1.0/connectors/{}", versions[1]["Id"]))
        .await
        .expect(200)
        .json();

    let numbers: Vec<&str> = versions
        .iter()
        .map(|one| one["Version"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["10", "1"], "as numbers, not as text");
    assert!(by_id.is_object(), "an id gives one connector");
    assert_eq!(by_id, versions[1]);
}

async fn a_version_is_found_by_name_and_number(workshop: Shared) {
    let one = workshop
        .partner
        .get("/v1.0/connectors/Twin/1")
        .await
        .expect(200)
        .json();
    let methods = workshop
        .partner
        .get("/v1.0/connectors/Twin/10/methods")
        .await
        .expect(200)
        .json();

    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["Description"], "The elder of two versions.");
    assert_eq!(methods[0]["EndPoint"], "https://twin-two.example/nothing");
    workshop
        .partner
        .get("/v1.0/connectors/Twin/7")
        .await
        .refused_as(404, "connector.not_found");
}

async fn categories_are_counted_and_stand_before_names(workshop: Shared) {
    let categories = workshop
        .partner
        .get("/v1.0/connectors/categories")
        .await
        .expect(200);

    let list = categories.json();
    let all = list.as_array().unwrap();
    let tools = all.iter().find(|one| one["Name"] == "Tools").unwrap();
    assert_eq!(tools["ConnectorCount"], 1);
    assert!(names(&categories).is_sorted());
    assert_eq!(
        categories.header("total-records"),
        Some(&*all.len().to_string())
    );
}

async fn methods_are_filtered_paged_and_hidden_ones_left_out(workshop: Shared) {
    let path = format!("/v1.0/connectors/{}/methods", workshop.connector["Id"]);
    let usual = workshop.partner.get(&path).await.expect(200);
    let every = workshop
        .partner
        .get(&format!("{path}?includeHidden=true"))
        .await
        .expect(200);
    let tools = workshop
        .partner
        .get(&format!("{path}?category=tools&includeHidden=True"))
        .await
        .expect(200);
    let exact = workshop
        .partner
        .get(&format!("{path}?query=get%20piece&pageSize=1"))
        .await
        .expect(200);

    assert!(!names(&usual).contains(&"Get Tool Count".to_owned()));
    assert_eq!(names(&every).len(), names(&usual).len() + 1);
    assert_eq!(names(&tools), ["Get Tool Count", "List Tools"]);
    assert_eq!(names(&exact), ["Get Piece"]);
    assert_eq!(exact.header("total-records"), Some("2"));
    assert_eq!(exact.header("total-pages"), Some("2"));
}

async fn a_method_is_described_with_its_parameters_and_fields(workshop: Shared) {
    let listed = workshop.method("Create Piece");

    let read = workshop
        .partner
        .get(&format!("/v1.0/methods/{}", listed["Id"]))
        .await
        .expect(200)
        .json();
    let webhook = workshop.method("Piece Changed");

    assert_eq!(&read, listed);
    assert_eq!(read["ConnectorId"], workshop.connector["Id"]);
    assert_eq!(read["MethodType"], "Action");
    assert_eq!(read["HttpMethod"], "POST");
    let parameters = read["Parameters"].as_array().unwrap();
    let piece = parameters
        .iter()
        .find(|one| one["TargetName"] == "Piece")
        .unwrap();
    assert_eq!(piece["TargetType"], "MergeField");
    assert_eq!(piece["IsOptional"], false);
    assert!(
        parameters.iter().any(|one| one["TargetName"] == "Shelf"),
        "connector-level parameters are included"
    );
    let locations: Vec<&str> = read["RequestFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["Location"].as_str().unwrap())
        .collect();
    assert_eq!(locations, ["name", "size", "[parts].label"]);
    assert_eq!(webhook["MethodType"], "Webhook");
    assert_eq!(webhook["HttpMethod"], Value::Null);
    assert_eq!(webhook["EndPoint"], "{{Cyclr_Webhook_Url}}");
    assert_eq!(workshop.method("Get Tool Count")["IsHidden"], true);
}

async fn parameters_and_triggers_of_a_connector_are_listed_in_order(workshop: Shared) {
    let parameters = workshop
        .partner
        .get("/v1.0/connectors/workshop/parameters")
        .await
        .expect(200)
        .json();
    let triggers = workshop
        .partner
        .get("/v1.0/connectors/workshop/triggers")
        .await
        .expect(200)
        .json();

    let shown: Vec<[Value; 4]> = parameters
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            [
                one["TargetName"].clone(),
                one["IsAccountConnectorProperty"].clone(),
                one["IsPartnerConnectorProperty"].clone(),
                one["IsSensitive"].clone(),
            ]
        })
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            ["Shelf", true, false, false],
            ["LockCode", true, false, true],
            ["Hall", false, true, false],
            ["HallKey", false, true, true],
        ])
    );
    assert_eq!(triggers[0]["Name"], "Select Tool");
    assert_eq!(triggers[0]["MethodId"], workshop.method("List Tools")["Id"]);
    assert_eq!(triggers[0]["AccountConnectorId"], Value::Null);
}

async fn a_connector_without_announced_changes_has_an_empty_list(workshop: Shared) {
    let none = workshop
        .partner
        .get("/v1.0/connectors/workshop/deprecations")
        .await
        .expect(200);

    assert_eq!(none.text, "[]");
}

async fn what_does_not_exist_is_not_found_and_says_so_in_one_message(workshop: Shared) {
    for path in [
        "/v1.0/connectors/2147483647",
        "/v1.0/connectors/99999999999999999999",
        "/v1.0/connectors/no-such/methods",
        "/v1.0/connectors/no-such/parameters",
        "/v1.0/connectors/no-such/triggers",
        "/v1.0/connectors/no-such/deprecations",
        "/v1.0/connectors/Twin/7/methods",
    ] {
        workshop
            .partner
            .get(path)
            .await
            .refused_as(404, "connector.not_found");
    }
    workshop
        .partner
        .get("/v1.0/methods/2147483647")
        .await
        .refusal(404);
    workshop.partner.get("/v1.0/methods/1.5").await.refusal(400);
    workshop
        .partner
        .get("/v1.0/methods/99999999999999999999")
        .await
        .refusal(400);
}

async fn the_library_needs_a_token_and_an_account_only_where_one_is_named(workshop: Shared) {
    workshop.account("library-reader").await;
    let program = workshop.world.account_program("library-reader").await;

    workshop
        .world
        .anyone()
        .get("/v1.0/connectors")
        .await
        .refusal(401);
    program.get("/v1.0/connectors").await.expect(200);
    program
        .get(&format!(
            "/v1.0/methods/{}",
            workshop.method("Get Piece")["Id"]
        ))
        .await
        .expect(200);
    workshop
        .partner
        .in_account("nobody-at-all")
        .get("/v1.0/connectors")
        .await
        .refusal(401);
}
