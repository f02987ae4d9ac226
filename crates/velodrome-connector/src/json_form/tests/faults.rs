use serde_json::{Value, json};

use super::{form, told, with, with_method};
use crate::json_form::read;

#[test]
fn a_fault_points_into_the_form_that_was_sent() {
    let cases: Vec<(Value, &[&str])> = vec![
        (json!([]), &["#: V001 the definition must be a JSON object"]),
        (json!({}), &["#: V002 \"Name\" is missing; add it"]),
        (json!({"Name": ""}), &["#/Name: V002 must not be empty"]),
        (
            json!({"name": 5}),
            &["#/name: V002 must be text; put 5 in quotes"],
        ),
        (
            with(json!({"UniqueIdentifier": ""})),
            &[
                "#/UniqueIdentifier: V002 \"\" must be a UUID such as 6f1c2a30-8d0e-4a7b-9c55-2f3d5e1b7a90",
            ],
        ),
        (
            with(json!({"Status": "approved"})),
            &[
                "#/Status: V002 \"approved\" is not one of Unknown, Approved, Beta, Planned; did you mean \"Approved\"?",
            ],
        ),
        (
            with(json!({"Authentication": [{"AuthType": "Kerberos"}]})),
            &[
                "#/Authentication/0/AuthType: V002 Kerberos is not supported; choose None, ApiKey, Basic, OAuth1, OAuth2 or AuthFields",
            ],
        ),
        (
            with(json!({"AuthType": "Kerberos"})),
            &[
                "#/AuthType: V002 Kerberos is not supported; choose None, ApiKey, Basic, OAuth1, OAuth2 or AuthFields",
            ],
        ),
        (
            with(
                json!({"Authentication": [{"AuthType": "OAuth2", "OAuth2Type": "ClientCredentials"}]}),
            ),
            &["#/Authentication/0: V002 \"AccessTokenUrl\" is missing; add it"],
        ),
        (
            with(json!({"AuthType": "OAuth2", "AccessTokenUrl": "nowhere"})),
            &[
                "#: V002 \"OAuth2Type\" is missing; add it",
                "#/AccessTokenUrl: V002 \"nowhere\" must be an address that starts with https:// or a mergefield",
                "#: V002 \"AuthoriseUrl\" is missing; add it",
            ],
        ),
        (
            with_method(json!({"PageSizeInbound": -1})),
            &["#/Methods/0/PageSizeInbound: V002 -1 is too small; the least is 1"],
        ),
        (
            with_method(json!({"Name": "Get Thing", "name": "Other"})),
            &["#/Methods/0/name: V001 \"name\" says again what another member says; remove one"],
        ),
        (
            with(json!({"PostInstallTestAuthMethod": "Get Think"})),
            &[
                "#/PostInstallTestAuthMethod: V005 there is no method \"Get Think\"; did you mean \"Get Thing\"?",
            ],
        ),
        (
            with(
                json!({"Triggers": [{"Name": "T", "MethodName": "?", "IdentifierKey": "a", "HumanReadableKey": "b"}]}),
            ),
            &["#/Triggers/0/MethodName: V005 there is no method \"?\""],
        ),
        (
            with_method(
                json!({"ResponseFormat": {"Fields": [{"ConnectorField": "a"}, {"ConnectorField": "a..b"}]}}),
            ),
            &[
                "#/Methods/0/ResponseFormat/Fields/1/ConnectorField: V009 \"a..b\" is not a location; write names, [arrays] and \\literal names\\ joined by dots",
            ],
        ),
        (
            with(json!({"Icon": "data:image/gif;base64,AAAA"})),
            &["#/Icon: V015 the icon is neither image/png nor image/svg+xml"],
        ),
        (
            with(json!({"Description": format!("use sk_{}_{}", "live", "a".repeat(24))})),
            &[
                "#/Description: V014 what looks like a secret stands in the definition; ask for it, and withdraw it where it is real",
            ],
        ),
        (
            with(
                json!({"Parameters": [{"TargetType": "MergeField", "TargetName": "A",
                "IsAccountConnectorProperty": true, "IsPartnerConnectorProperty": true}]}),
            ),
            &[
                "#/Parameters/0: V007 is either asked at installation or set by the partner, not both; remove accountConnectorProperty or partnerConnectorProperty",
            ],
        ),
    ];
    for (form, expected) in cases {
        assert_eq!(told(&form), expected, "{form}");
    }
}

#[test]
fn methods_of_one_name_are_not_guessed_between() {
    let mut form = form();
    let mut second = form["Methods"][0].clone();
    second["Key"] = json!("second");
    form["Methods"][0]["Key"] = json!("first");
    form["Methods"].as_array_mut().unwrap().push(second);
    form["PostInstallTestAuthMethod"] = json!("Get Thing");

    assert_eq!(
        told(&form),
        [
            "#/PostInstallTestAuthMethod: V005 several methods have the name \"Get Thing\"; write the Key of the one that is meant"
        ]
    );
}

#[test]
fn no_more_than_200_faults_are_told() {
    let methods: Vec<Value> = (0..300).map(|_| json!({})).collect();

    assert_eq!(told(&json!({"Methods": methods})).len(), 200);
}

#[test]
fn what_could_be_better_comes_with_pointers_too() {
    let warnings = read(&form()).unwrap().warnings;

    let told: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "#: W002 warning: there is no description; add a sentence",
            "#/Methods/0: W002 warning: there is no description; add a sentence"
        ]
    );
}
