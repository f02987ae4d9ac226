//! The table of connectors.md §10, row by row.

use serde_json::json;
use velodrome_model::definition::{
    AuthType, BodyType, DataType, HttpMethod, KeyPlace, OAuth1Flow, OAuth2Type, ReleaseStatus,
};

use super::{definition, form, good, with, with_method};

#[test]
fn the_smallest_form_is_a_name() {
    let read = definition(&json!({"Name": "Größe & Co"}));

    assert_eq!(read.name, "Größe & Co");
    assert_eq!(read.slug, "grosse-co");
    assert_eq!(read.unique_identifier, None);
    assert_eq!(read.release.number, 1);
    assert_eq!(read.release.status, ReleaseStatus::Draft);
    assert_eq!(read.authentications.len(), 1);
    assert_eq!(read.authentications[0].kind, AuthType::None);
    assert_eq!(read.authentications[0].key, "none");
    assert!(read.methods.is_empty());
}

#[test]
fn authentications_keep_their_oauth_members_flat() {
    let read = definition(&with(json!({"Authentication": [
        {
            "AuthName": "Sign in", "AuthDescription": "With the browser.", "AuthType": "OAuth2",
            "OAuth2Type": "AuthorisationCode", "IsDefault": true,
            "AuthoriseUrl": "https://acme.example/authorise|exclude:scope, state",
            "AccessTokenUrl": "https://acme.example/token", "Scopes": "read write",
            "AuthoriseParams": {"access_type": "offline"}, "ClientAuth": "basic"
        },
        {"AuthName": "Key", "AuthType": "ApiKey", "AuthScheme": "X-Key", "In": "Query",
         "Fields": {"ApiKey": {"Label": "Secret", "IsOptional": true, "IsSensitive": true, "Default": null}}},
        {"AuthType": "OAuth1", "RequestTokenUrl": "https://acme.example/1",
         "AuthoriseUrl": "https://acme.example/2", "AccessTokenUrl": "https://acme.example/3",
         "SignatureMethod": "RSA-SHA256", "OAuth1Key": "{{PrivateKey}}", "Fields": {"PrivateKey": {}}},
        {"AuthType": "AuthFields", "AuthFields": [{"Name": "User", "Key": "login.user", "Type": "Text"}]}
    ]})));

    let [sign_in, key, oauth1, fields] = &read.authentications[..] else {
        panic!("{:?}", read.authentications)
    };
    assert_eq!(sign_in.key, "sign-in");
    assert_eq!(sign_in.name.as_deref(), Some("Sign in"));
    assert_eq!(sign_in.description.as_deref(), Some("With the browser."));
    assert!(sign_in.default);
    let oauth = sign_in.oauth2.as_ref().unwrap();
    assert_eq!(oauth.kind, OAuth2Type::AuthorisationCode);
    assert_eq!(
        oauth.authorise_url.as_deref(),
        Some("https://acme.example/authorise")
    );
    assert_eq!(oauth.authorise_exclude, ["scope", "state"]);
    assert_eq!(oauth.scopes, ["read", "write"]);
    assert_eq!(oauth.authorise_params["access_type"], "offline");

    assert_eq!(key.auth_scheme.as_deref(), Some("X-Key"));
    assert_eq!(key.place, KeyPlace::Query);
    assert!(key.fields["ApiKey"].optional && key.fields["ApiKey"].sensitive);

    assert_eq!(oauth1.key, "oauth1");
    let settings = oauth1.oauth1.as_ref().unwrap();
    assert_eq!(settings.key.as_deref(), Some("{{PrivateKey}}"));
    assert_eq!(
        settings.authorise_url.as_deref(),
        Some("https://acme.example/2")
    );

    assert_eq!(fields.auth_fields[0].key, "login.user");
}

#[test]
fn the_older_form_has_one_authentication_beside_the_connectors_members() {
    let read = definition(&with(json!({
        "AuthType": "OAuth2", "OAuth2Type": "ClientCredentials", "AuthScheme": "X-Token",
        "AccessTokenUrl": "https://acme.example/token", "Scopes": ["a"]
    })));

    let [only] = &read.authentications[..] else {
        panic!("{:?}", read.authentications)
    };
    let oauth = only.oauth2.as_ref().unwrap();
    assert_eq!(oauth.kind, OAuth2Type::ClientCredentials);
    let placement = oauth.placement.as_ref().unwrap();
    assert_eq!(placement.name.as_deref(), Some("X-Token"));
    assert_eq!(only.auth_scheme, None);

    let read = definition(&with(json!({"AuthType": "ApiKey", "AuthScheme": "X-Key"})));
    assert_eq!(
        read.authentications[0].auth_scheme.as_deref(),
        Some("X-Key")
    );
}

#[test]
fn netsuites_own_word_is_oauth_1_with_a_token() {
    let read = definition(&with(json!({"Authentication": [
        {"AuthType": "NetSuiteOAuth1", "Realm": "{{ClientId}}", "SignatureMethod": "HMAC-SHA256"}
    ]})));

    let settings = read.authentications[0].oauth1.as_ref().unwrap();
    assert_eq!(settings.flow, OAuth1Flow::TokenBased);
    assert_eq!(settings.realm.as_deref(), Some("{{ClientId}}"));
}

#[test]
fn methods_have_other_words_for_address_kind_and_bodies() {
    let mut form = form();
    let members = form["Methods"][0].as_object_mut().unwrap();
    members.insert("HttpMethod".to_owned(), json!("pAtCh"));
    members.insert(
        "RequestFormat".to_owned(),
        json!({"DataType": "Form", "Fields": [
            {"ConnectorField": "name", "DisplayField": "Name", "IsOptional": true},
            {"ConnectorField": "kind", "DisplayFieldName": "Kind", "TriggerName": "Things",
             "Values": ["a", {"Value": "b", "Label": "B"}]}
        ]}),
    );
    members.insert(
        "ResponseFormat".to_owned(),
        json!({"Fields": [{"ConnectorField": "id", "DataType": "Integer"}]}),
    );
    form["Triggers"] = json!([{"Name": "Things", "MethodName": "Get Thing", "IdentifierKey": "id",
        "HumanReadableKey": "name", "Parameters": {"Owner": 1}}]);

    let read = definition(&form);

    let method = &read.methods[0];
    assert_eq!(method.http_method, Some(HttpMethod::PATCH));
    assert_eq!(
        method.endpoint.as_deref(),
        Some("https://api.acme.example/thing")
    );
    assert_eq!(method.request.data_type, Some(BodyType::Form));
    let [name, kind] = &method.request.fields[..] else {
        panic!("{:?}", method.request.fields)
    };
    assert_eq!(name.display_field.as_deref(), Some("Name"));
    assert!(name.optional);
    assert_eq!(kind.display_field.as_deref(), Some("Kind"));
    assert_eq!(kind.trigger.as_deref(), Some("Things"));
    let labels: Vec<String> = kind.values.iter().map(|value| value.label()).collect();
    assert_eq!(labels, ["a", "B"]);
    assert_eq!(method.response.fields[0].data_type, Some(DataType::Integer));
    assert_eq!(read.triggers[0].method, "get-thing");
    // Free names are nobody's business.
    assert_eq!(read.triggers[0].parameters["Owner"], 1);
}

#[test]
fn parameters_say_is_for_what_they_are() {
    let read = definition(&with(json!({"Parameters": [
        {"TargetType": "MergeField", "TargetName": "Site", "IsOptional": true,
         "IsSensitive": true, "IsAccountConnectorProperty": true},
        {"TargetType": "QueryString", "TargetName": "q", "IsPartnerConnectorProperty": true}
    ]})));

    assert!(read.parameters[0].optional && read.parameters[0].sensitive);
    assert!(read.parameters[0].account_connector_property);
    assert!(read.parameters[1].partner_connector_property);
}

#[test]
fn paging_is_flat_and_a_size_of_0_is_none() {
    let mut form = with_method(json!({
        "PagedInbound": false, "PageSizeInbound": 0, "PagedOutbound": true,
        "PageSizeOutbound": 5, "PagedOutboundLocation": "[]", "Paging": {"MaxPages": 7}
    }));
    form["PagedInbound"] = json!(true);
    form["PageSizeInbound"] = json!(50);
    form["PageSizeOutbound"] = json!(0);

    let read = definition(&form);

    let paging = read.paging.unwrap();
    assert_eq!(paging.inbound, Some(true));
    assert_eq!(paging.inbound_page_size, Some(50));
    assert_eq!(paging.outbound_page_size, None);
    let paging = read.methods[0].paging.clone().unwrap();
    assert_eq!(paging.inbound, Some(false));
    assert_eq!(paging.inbound_page_size, None);
    assert_eq!(paging.outbound_page_size, Some(5));
    assert_eq!(paging.outbound_location.as_deref(), Some("[]"));
    assert_eq!(paging.max_pages, Some(7));
}

#[test]
fn methods_are_named_where_a_definition_has_their_keys() {
    let action = |name: &str| {
        json!({"Name": name, "Category": "Hooks", "MethodType": "Action", "HttpMethod": "POST",
               "Endpoint": "https://api.acme.example/hooks"})
    };
    let read = definition(&json!({
        "Name": "Acme",
        "PostInstallPropertyValueLookupMethod": "Get thing",
        "PostInstallTestAuthMethod": "get-thing",
        "Methods": [
            {"Name": "Get Thing", "Category": "Things", "MethodType": "Action", "HttpMethod": "GET",
             "Endpoint": "https://api.acme.example/thing", "CustomFieldsLookupMethod": "List Fields",
             "RequestFormat": {"CustomFieldsLookupMethod": "List Fields"}},
            action("List Fields"), action("Create Hook"), action("Delete Hook"), action("Update Hook"),
            {"Name": "Thing Changed", "Category": "Things", "MethodType": "Webhook",
             "CreateWebhookMethod": "Create Hook", "DeleteWebhookMethod": "Delete Hook",
             "UpdateWebhookMethod": "Update Hook"}
        ]
    }));

    assert_eq!(
        read.post_install_property_lookup.as_deref(),
        Some("get-thing")
    );
    assert_eq!(read.post_install_test_auth.as_deref(), Some("get-thing"));
    let thing = &read.methods[0];
    assert_eq!(
        thing.response.custom_fields_lookup.as_deref(),
        Some("list-fields")
    );
    assert_eq!(
        thing.request.custom_fields_lookup.as_deref(),
        Some("list-fields")
    );
    let webhook = read.methods[5].webhook.as_ref().unwrap();
    assert_eq!(webhook.create.as_deref(), Some("create-hook"));
    assert_eq!(webhook.delete.as_deref(), Some("delete-hook"));
    assert_eq!(webhook.update.as_deref(), Some("update-hook"));
}

#[test]
fn a_release_has_its_state_beside_it() {
    let read = definition(&with(
        json!({"ReleaseStatus": "Live", "Release": {"Number": 4, "Level": "Minor"}}),
    ));

    assert_eq!(read.release.status, ReleaseStatus::Live);
    assert_eq!(read.release.number, 4);
}

#[test]
fn members_are_found_in_any_case_and_null_is_absent() {
    let read = definition(&json!({
        "NAME": "Acme", "description": null, "uniqueidentifier": null,
        "methods": [{"name": "Get Thing", "CATEGORY": "Things", "methodtype": "Action",
                     "HTTPMETHOD": "get", "ENDPOINT": "https://api.acme.example/", "Script": null}]
    }));

    assert_eq!(read.name, "Acme");
    assert_eq!(read.description, None);
    assert_eq!(read.methods[0].category, "Things");
}

#[test]
fn keys_are_slugs_of_names_and_clashes_get_a_number() {
    let mut form = form();
    let twice = form["Methods"][0].clone();
    let methods = form["Methods"].as_array_mut().unwrap();
    methods.push(twice.clone());
    methods.push(twice);
    methods[1]["Key"] = json!("get-thing");

    let keys: Vec<String> = definition(&form)
        .methods
        .into_iter()
        .map(|method| method.key)
        .collect();

    assert_eq!(keys, ["get-thing-2", "get-thing", "get-thing-3"]);
}

#[test]
fn a_rate_limit_counts_account_connectors_unless_it_says_otherwise() {
    let read = definition(&with(json!({"RateLimits": [{"MaxRequestsPerSecond": 2}]})));

    assert_eq!(read.rate_limits[0].rate.max_requests_per_second, Some(2.0));
}

#[test]
fn unknown_members_are_kept_where_they_stood() {
    let mut form = with_method(json!({"Icon": "x", "Legacy": {"a": null}}));
    form["ProductAddon"] = json!({"Id": 3});
    form["Deprecations"] = json!([]);
    form["Authentication"] = json!([{"AuthType": "ApiKey", "AuthoriseUrl": ""}]);

    let read = good(&form);

    assert_eq!(
        serde_json::to_value(&read.extra).unwrap(),
        json!({
            "": {"ProductAddon": {"Id": 3}, "Deprecations": []},
            "/authentications/apikey": {"AuthoriseUrl": ""},
            "/methods/get-thing": {"Icon": "x", "Legacy": {"a": null}}
        })
    );
    let written = super::super::write(&read.definition, &read.extra);
    assert_eq!(written["ProductAddon"], json!({"Id": 3}));
    assert_eq!(written["Methods"][0]["Legacy"], json!({"a": null}));
    assert_eq!(written["Authentication"][0]["AuthoriseUrl"], "");
}

#[test]
fn an_icon_may_come_as_a_data_uri() {
    let svg = "data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22/%3E";
    let read = good(&with(json!({"Icon": svg})));

    let icon = read.icon.unwrap();
    assert_eq!(icon.media_type, "image/svg+xml");
    assert_eq!(read.definition.icon, None);
}

#[test]
fn the_written_form_has_the_words_of_the_table() {
    let read = good(&with(json!({
        "Authentication": [{"AuthName": "Sign in", "AuthType": "OAuth2", "OAuth2Type": "AuthorisationCode",
            "AuthoriseUrl": "https://acme.example/a|exclude:scope,state", "AccessTokenUrl": "https://acme.example/t"}],
        "PagedInbound": true, "ReleaseStatus": "Live", "PostInstallTestAuthMethod": "Get Thing"
    })));

    assert_eq!(
        super::super::write(&read.definition, &read.extra),
        json!({
            "Format": "velodrome.connector/1",
            "Slug": "acme",
            "Name": "Acme",
            "ReleaseStatus": "Live",
            "Release": {"Number": 1, "Level": "Major"},
            "Authentication": [{"Key": "sign-in", "AuthName": "Sign in", "AuthType": "OAuth2",
                "OAuth2Type": "AuthorisationCode", "AuthoriseUrl": "https://acme.example/a|exclude:scope,state",
                "AccessTokenUrl": "https://acme.example/t"}],
            "PagedInbound": true,
            "PostInstallTestAuthMethod": "Get Thing",
            "Methods": [{"Key": "get-thing", "Name": "Get Thing", "Category": "Things", "MethodType": "Action",
                "HttpMethod": "GET", "Endpoint": "https://api.acme.example/thing"}],
            "Status": "Unknown", "Billable": false, "Parameters": [], "RateLimits": [], "Triggers": [],
            "MethodCategories": []
        })
    );
}

#[test]
fn two_methods_of_one_name_are_referred_to_by_key() {
    let mut form = form();
    let second = form["Methods"][0].clone();
    form["Methods"].as_array_mut().unwrap().push(second);
    form["PostInstallTestAuthMethod"] = json!("get-thing-2");

    let read = good(&form);

    assert_eq!(
        read.definition.post_install_test_auth.as_deref(),
        Some("get-thing-2")
    );
    let written = super::super::write(&read.definition, &read.extra);
    assert_eq!(written["PostInstallTestAuthMethod"], "get-thing-2");
}
