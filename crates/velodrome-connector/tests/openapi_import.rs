//! Documents imported: the broken ones with their reports, whole ones with what comes of them, and
//! any document at all with a definition that passes the check.
#![expect(clippy::unwrap_used, reason = "a test that meets an error ends there")]

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use async_trait::async_trait;
use futures::executor::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;
use velodrome_connector::{
    catalogue::{check_text, yaml_text},
    openapi_import::{Import, ImportError, Options, Resolver, confirm_paging, import},
};
use velodrome_model::definition::{
    AuthType, BodyType, ConnectorDefinition, DataType, Field, HttpMethod, KeyPlace, Method,
    MethodType, OAuth2Type, TargetType,
};

fn imported(document: &Value, options: Options) -> Import {
    let bytes = document.to_string();
    let import = block_on(import(bytes.as_bytes(), options, None)).unwrap();
    passes(&import.definition);
    import
}

fn plain(document: &Value) -> Import {
    imported(document, Options::default())
}

fn passes(definition: &ConnectorDefinition) {
    let text = yaml_text(definition);
    let package = check_text(&text, BTreeMap::new()).unwrap_or_else(|faults| {
        panic!(
            "{:#?}",
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        )
    });
    assert_eq!(package.definition(), *definition);
}

fn method<'i>(import: &'i Import, key: &str) -> &'i Method {
    import
        .definition
        .method(key)
        .unwrap_or_else(|| panic!("{key} of {:?}", import.report))
}

fn field<'m>(fields: &'m [Field], location: &str) -> &'m Field {
    let known: Vec<&str> = fields
        .iter()
        .map(|field| field.connector_field.as_str())
        .collect();
    fields
        .iter()
        .find(|field| field.connector_field == location)
        .unwrap_or_else(|| panic!("{location} of {known:?}"))
}

fn locations(fields: &[Field]) -> Vec<&str> {
    fields
        .iter()
        .map(|field| field.connector_field.as_str())
        .collect()
}

/// A document with these paths.
fn paths(paths: Value) -> Value {
    json!({"openapi": "3.1.0", "info": {"title": "Acme", "version": "7"},
           "servers": [{"url": "https://api.acme.example/v7/"}], "paths": paths})
}

/// A document whose one operation answers with this schema.
fn answering(schema: Value) -> Value {
    paths(
        json!({"/things": {"get": {"operationId": "listThings", "responses": {
        "200": {"content": {"application/json": {"schema": schema}}}}}}}),
    )
}

/// A document whose one operation takes a body of this schema.
fn taking(schema: Value) -> Value {
    paths(
        json!({"/things": {"post": {"operationId": "createThing", "requestBody": {"required": true,
        "content": {"application/json": {"schema": schema}}}, "responses": {}}}}),
    )
}

#[test]
fn every_broken_document_is_imported_as_far_as_it_goes_and_reported() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/openapi/broken");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 20);
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let bytes = fs::read(&file).unwrap();
        let mut told = String::new();
        match block_on(import(&bytes, Options::default(), None)) {
            Ok(import) => {
                passes(&import.definition);
                for method in &import.definition.methods {
                    writeln!(
                        told,
                        "{} {}",
                        method.key,
                        method.endpoint.as_deref().unwrap_or("-")
                    )
                    .unwrap();
                }
                for item in &import.report {
                    writeln!(told, "#{}: {}", item.pointer, item.reason).unwrap();
                }
            }
            Err(error) => writeln!(told, "{error}").unwrap(),
        }
        insta::assert_snapshot!(name, told);
    }
}

#[test]
fn an_operation_becomes_a_method() {
    let import = plain(&paths(json!({"/pets/{pet-id}": {
        "parameters": [{"name": "pet-id", "in": "path", "required": true, "schema": {"type": "integer"}}],
        "get": {"operationId": "getPetByID", "summary": "Get Pet.", "description": "Finds\na pet\n\nLong story.",
            "tags": ["Pets", "More"], "deprecated": true,
            "parameters": [
                {"name": "X-Trace", "in": "header", "schema": {"type": "string"}},
                {"name": "since", "in": "query", "required": true, "schema": {"type": "string", "format": "date"}},
                {"name": "tags", "in": "query", "schema": {"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}},
                {"name": "ids", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "integer"}}},
                {"name": "session", "in": "cookie", "required": true, "schema": {"type": "string"}}
            ],
            "responses": {"default": {"content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}}}}}
    }, "/stores": {"get": {"responses": {}}}})));

    assert_eq!(import.definition.name, "Acme");
    assert_eq!(import.definition.slug, "acme");
    assert_eq!(import.definition.version.as_deref(), Some("7"));
    let get = method(&import, "get-pet-by-id");
    assert_eq!(get.name, "Get Pet");
    assert_eq!(get.description.as_deref(), Some("Finds a pet."));
    assert_eq!(get.category, "Pets");
    assert_eq!(get.http_method, Some(HttpMethod::GET));
    assert_eq!(
        get.endpoint.as_deref(),
        Some("https://api.acme.example/v7/pets/{{pet_id}}")
    );
    let targets: Vec<_> = get
        .parameters
        .iter()
        .map(|one| (one.target_type, one.target_name.as_str(), one.optional))
        .collect();
    assert_eq!(
        targets,
        [
            (TargetType::MergeField, "pet_id", false),
            (TargetType::HttpHeader, "X-Trace", true),
            (TargetType::QueryString, "since", false),
            (TargetType::QueryString, "tags", true),
            (TargetType::QueryString, "ids", true),
            (TargetType::MergeField, "session", false),
            (TargetType::HttpHeader, "Cookie", true),
        ]
    );
    assert_eq!(get.parameters[2].data_type, Some(DataType::DateTime));
    assert_eq!(get.parameters[3].values.len(), 2);
    assert!(
        get.parameters[4]
            .description
            .as_deref()
            .unwrap()
            .contains("commas")
    );
    assert_eq!(get.parameters[6].values[0].text(), "session={{session}}");
    assert_eq!(locations(&get.response.fields), ["id"]);

    let stores = method(&import, "get-stores");
    assert_eq!(stores.name, "Get Stores");
    assert_eq!(stores.category, "Stores");
}

#[test]
fn schemas_become_locations() {
    let import = plain(&answering(json!({
        "type": "object", "required": ["id"],
        "properties": {
            "id": {"type": "integer"}, "price": {"type": "number"}, "weight": {"type": "number", "format": "double"},
            "born": {"type": "string", "format": "date"}, "seen": {"type": "string", "format": "date-time"},
            "photo": {"type": "string", "format": "binary"}, "tame": {"type": ["boolean", "null"]},
            "any": {}, "secret": {"type": "string", "writeOnly": true},
            "owner": {"type": "object", "properties": {"first.name": {"type": "string"}}},
            "tags": {"type": "array", "items": {"type": "string"}},
            "visits": {"type": "array", "items": {"type": "object", "properties": {"at": {"type": "string"}}}},
            "state": {"type": "string", "enum": ["new", "old", null]}
        }
    })));

    let fields = &method(&import, "list-things").response.fields;
    let type_of = |location: &str| field(fields, location).data_type;
    assert_eq!(type_of("id"), Some(DataType::Integer));
    assert_eq!(type_of("price"), Some(DataType::Decimal));
    assert_eq!(type_of("weight"), Some(DataType::Float));
    assert_eq!(type_of("born"), Some(DataType::DateTime));
    assert_eq!(field(fields, "born").format.as_deref(), Some("yyyy-MM-dd"));
    assert_eq!(type_of("seen"), Some(DataType::DateTime));
    assert_eq!(type_of("photo"), Some(DataType::File));
    assert_eq!(type_of("tame"), Some(DataType::Boolean));
    assert_eq!(type_of("any"), Some(DataType::Undefined));
    assert_eq!(type_of("owner.\\first.name\\"), None);
    assert_eq!(type_of("[tags]"), None);
    assert_eq!(type_of("[visits].at"), None);
    assert_eq!(field(fields, "state").values.len(), 2);
    assert!(!locations(fields).contains(&"secret"));
}

#[test]
fn all_of_is_merged_and_alternatives_are_united_and_optional() {
    let import = plain(&taking(json!({
        "allOf": [
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}, "made": {"type": "string", "readOnly": true}}},
            {"required": ["b"], "properties": {"b": {"type": "integer"}, "c": {"type": ["string", "null"]}}}
        ],
        "oneOf": [
            {"required": ["d"], "properties": {"d": {"type": "string"}}},
            {"required": ["e"], "properties": {"e": {"type": "string"}}}
        ]
    })));

    let fields = &method(&import, "create-thing").request.fields;
    let optional = |location: &str| field(fields, location).optional;
    assert!(!optional("a") && !optional("b"));
    assert!(optional("c") && optional("d") && optional("e"));
    assert!(!locations(fields).contains(&"made"));
}

#[test]
fn depth_is_cut_at_8_levels_and_what_lies_below_is_one_field() {
    let mut document = answering(json!({"$ref": "#/components/schemas/Node"}));
    document["components"] = json!({"schemas": {"Node": {"type": "object", "properties": {
        "name": {"type": "string"}, "next": {"$ref": "#/components/schemas/Node"}}}}});

    let import = plain(&document);

    let fields = &method(&import, "list-things").response.fields;
    let deepest = ["next"; 8].join(".");
    assert_eq!(fields.len(), 9, "{:?}", locations(fields));
    assert_eq!(field(fields, &deepest).data_type, Some(DataType::Undefined));
    assert!(
        import
            .report
            .iter()
            .any(|item| item.reason.contains("8 levels"))
    );
}

#[test]
fn one_server_is_in_the_endpoints_and_its_variables_are_asked_for() {
    let mut document =
        paths(json!({"/things": {"get": {"operationId": "listThings", "responses": {}}}}));
    document["servers"] = json!([{"url": "https://{region}.acme.example/{base}", "variables": {
        "region": {"default": "eu", "enum": ["eu", "us"], "description": "Where the data is"}, "base": {"default": "v2"}}}]);

    let import = plain(&document);

    assert_eq!(
        method(&import, "list-things").endpoint.as_deref(),
        Some("https://{{region}}.acme.example/{{base}}/things")
    );
    let [region, base] = &import.definition.parameters[..] else {
        panic!("{:?}", import.definition.parameters)
    };
    assert!(region.account_connector_property);
    assert_eq!(region.values.len(), 2);
    assert_eq!(base.default_value, Some(json!("v2")));
}

#[test]
fn several_servers_are_a_choice_and_none_is_a_question() {
    let mut document =
        paths(json!({"/things": {"get": {"operationId": "listThings", "responses": {}}}}));
    document["servers"] =
        json!([{"url": "https://a.example", "description": "Live"}, {"url": "https://b.example"}]);
    let import = plain(&document);
    assert_eq!(
        method(&import, "list-things").endpoint.as_deref(),
        Some("{{BaseUrl}}/things")
    );
    let base = &import.definition.parameters[0];
    assert_eq!(base.default_value, Some(json!("https://a.example")));
    assert_eq!(base.values[0].label(), "Live");

    document["servers"] = json!([]);
    assert_eq!(
        method(&plain(&document), "list-things").endpoint.as_deref(),
        Some("{{BaseUrl}}/things")
    );
    let base = Some(Url::parse("https://docs.example/api/openapi.json").unwrap());
    let import = imported(
        &document,
        Options {
            base,
            ..Options::default()
        },
    );
    assert_eq!(
        method(&import, "list-things").endpoint.as_deref(),
        Some("https://docs.example/things")
    );
}

#[test]
fn swagger_2_is_read_in_its_own_words() {
    let import = plain(&json!({
        "swagger": "2.0", "info": {"title": "Old", "version": "1"},
        "host": "old.example", "basePath": "/api/", "schemes": ["http", "https"],
        "consumes": ["application/xml", "application/json"],
        "securityDefinitions": {"basic": {"type": "basic"}, "oauth": {"type": "oauth2", "flow": "accessCode",
            "authorizationUrl": "https://old.example/a", "tokenUrl": "https://old.example/t", "scopes": {"read": "Read"}}},
        "security": [{"oauth": ["read"]}],
        "paths": {"/things": {"post": {"operationId": "addThing", "parameters": [
                {"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Thing"}},
                {"name": "kinds", "in": "query", "type": "array", "collectionFormat": "multi", "items": {"type": "integer"}}],
            "responses": {"201": {"schema": {"$ref": "#/definitions/Thing"}}}},
            "put": {"operationId": "upload", "parameters": [{"name": "file", "in": "formData", "type": "file", "required": true}], "responses": {}}}},
        "definitions": {"Thing": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "maxLength": 9}}}}
    }));

    let add = method(&import, "add-thing");
    assert_eq!(
        add.endpoint.as_deref(),
        Some("https://old.example/api/things")
    );
    assert_eq!(add.request.data_type, None);
    let name = field(&add.request.fields, "name");
    assert!(!name.optional);
    assert_eq!(name.validation.as_ref().unwrap().max_length, Some(9));
    assert_eq!(add.parameters[0].data_type, Some(DataType::Integer));
    let upload = method(&import, "upload");
    assert_eq!(upload.request.data_type, Some(BodyType::File));
    assert_eq!(
        field(&upload.request.fields, "file").data_type,
        Some(DataType::File)
    );
    let [basic, oauth] = &import.definition.authentications[..] else {
        panic!("{:?}", import.definition.authentications)
    };
    assert_eq!(basic.kind, AuthType::Basic);
    assert!(oauth.default);
    assert_eq!(
        oauth.oauth2.as_ref().unwrap().kind,
        OAuth2Type::AuthorisationCode
    );
    assert_eq!(oauth.oauth2.as_ref().unwrap().scopes, ["read"]);
}

#[test]
fn security_schemes_become_authentications() {
    let mut document = paths(
        json!({"/things": {"get": {"operationId": "listThings", "security": [{"key": []}], "responses": {}}}}),
    );
    document["components"] = json!({"securitySchemes": {
        "key": {"type": "apiKey", "in": "query", "name": "api_key"},
        "bearer": {"type": "http", "scheme": "Bearer"},
        "both": {"type": "oauth2", "flows": {
            "authorizationCode": {"authorizationUrl": "/a", "tokenUrl": "/t", "refreshUrl": "/r", "scopes": {}},
            "password": {"tokenUrl": "https://acme.example/t", "scopes": {}}}}
    }});

    let import = plain(&document);

    let [key, bearer, code, password] = &import.definition.authentications[..] else {
        panic!("{:?}", import.definition.authentications)
    };
    assert_eq!(
        (key.auth_scheme.as_deref(), key.place),
        (Some("api_key"), KeyPlace::Query)
    );
    assert_eq!(bearer.prefix.as_deref(), Some("Bearer "));
    let code = code.oauth2.as_ref().unwrap();
    assert_eq!(
        code.authorise_url.as_deref(),
        Some("https://api.acme.example/a")
    );
    assert_eq!(
        code.refresh_url.as_deref(),
        Some("https://api.acme.example/r")
    );
    assert_eq!(
        password.oauth2.as_ref().unwrap().kind,
        OAuth2Type::PasswordCredentials
    );
    assert_eq!(method(&import, "list-things").authentications, ["key"]);
}

#[test]
fn webhooks_become_webhook_methods() {
    let mut document = paths(json!({}));
    document["webhooks"] = json!({"petBorn": {"post": {"summary": "Pet Born", "requestBody": {
        "content": {"application/json": {"schema": {"type": "object", "properties": {"id": {"type": "string"}}}}}}}}});

    let import = plain(&document);

    let born = method(&import, "pet-born");
    assert_eq!(born.kind, MethodType::Webhook);
    assert_eq!(locations(&born.request.fields), ["id"]);
}

#[test]
fn what_looks_like_paging_is_laid_out_and_off_until_it_is_confirmed() {
    let list = |parameters: Value, properties: Value| {
        json!({"get": {"operationId": "list", "parameters": parameters, "responses": {"200": {"content": {
            "application/json": {"schema": {"type": "object", "properties": properties}}}}}}})
    };
    let query = |name: &str| json!({"name": name, "in": "query", "schema": {"type": "integer", "maximum": 50}});
    let items = json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "string"}}}});
    for (parameters, style, targets) in [
        (
            json!([query("page"), query("per_page")]),
            "number",
            vec!["per_page", "page"],
        ),
        (
            json!([query("offset"), query("limit")]),
            "offset",
            vec!["limit", "offset"],
        ),
        (
            json!([query("pageToken")]),
            "cursor",
            vec!["pageToken", "meta.nextPageToken"],
        ),
    ] {
        let properties = json!({"items": items, "meta": {"type": "object", "properties": {"nextPageToken": {"type": "string"}}}});
        let mut import = plain(&paths(json!({"/things": list(parameters, properties)})));
        let paging = method(&import, "list").paging.clone().unwrap();
        assert_eq!(paging.inbound, Some(false));
        let hint = import.paging.remove(0);
        assert_eq!(hint.style, style);
        let named: Vec<&str> = hint
            .parameters
            .iter()
            .map(|one| one.target_name.as_str())
            .collect();
        assert_eq!(named, targets);

        assert!(confirm_paging(&mut import.definition, &hint));
        passes(&import.definition);
        assert_eq!(
            method(&import, "list").paging.as_ref().unwrap().inbound,
            Some(true)
        );
    }
    assert!(
        plain(&paths(
            json!({"/things": list(json!([query("page")]), json!({"id": {"type": "string"}}))})
        ))
        .paging
        .is_empty()
    );
}

#[test]
fn importing_again_keeps_keys_ids_and_edited_texts() {
    let document = |path: &str, id: Option<&str>, price: &str| {
        let mut document = paths(
            json!({path: {"get": {"summary": "Get Thing", "description": "From the document.",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                "price": {"type": price}}}}}}}}}}),
        );
        if let Some(id) = id {
            document["paths"][path]["get"]["operationId"] = json!(id);
        }
        document
    };
    let uuid = "6f1c2a30-8d0e-4a7b-9c55-2f3d5e1b7a90".parse().unwrap();
    let mut edited = plain(&document("/things/{id}", Some("getThing"), "string")).definition;
    edited.slug = "other".to_owned();
    edited.release.status = velodrome_model::definition::ReleaseStatus::Live;
    let thing = &mut edited.methods[0];
    thing.unique_identifier = Some(uuid);
    thing.name = "Get the Thing".to_owned();
    thing.description = Some("By hand.".to_owned());
    thing.response.fields[0].display_field = Some("Cost".to_owned());
    let again = |document: &Value| {
        imported(
            document,
            Options {
                existing: Some(edited.clone()),
                ..Options::default()
            },
        )
    };

    // By operationId although the path is another, and by path although the operationId is another.
    for document in [
        document("/v2/things/{id}", Some("getThing"), "number"),
        document("/things/{id}", Some("readThing"), "number"),
        document("/things/{id}", None, "number"),
    ] {
        let import = again(&document);
        assert_eq!(import.definition.slug, "other");
        assert_eq!(import.definition.release.number, 2);
        let [thing] = &import.definition.methods[..] else {
            panic!("{:?}", import.definition.methods)
        };
        assert_eq!(thing.key, "get-thing");
        assert_eq!(thing.unique_identifier, Some(uuid));
        assert_eq!(thing.name, "Get the Thing");
        assert_eq!(thing.description.as_deref(), Some("By hand."));
        let price = &thing.response.fields[0];
        assert_eq!(price.display_field.as_deref(), Some("Cost"));
        assert_eq!(price.data_type, Some(DataType::Decimal));
    }
    let gone = again(&paths(
        json!({"/new": {"get": {"operationId": "getNew", "responses": {}}}}),
    ));
    assert_eq!(gone.definition.methods.len(), 2);
    assert!(
        gone.report
            .iter()
            .any(|item| item.reason.contains("get-thing"))
    );
}

/// Documents of one host, in memory.
struct Library(BTreeMap<&'static str, &'static str>);

#[async_trait]
impl Resolver for Library {
    async fn fetch(&self, url: &Url) -> Result<Vec<u8>, String> {
        let found = self.0.get(url.as_str());
        found
            .map(|text| text.as_bytes().to_vec())
            .ok_or_else(|| "there is none".to_owned())
    }
}

#[test]
fn references_to_other_documents_are_followed_on_the_same_host_only() {
    let library = Library(BTreeMap::from([
        (
            "https://docs.example/schemas.yaml",
            "Thing: {type: object, properties: {id: {$ref: 'more.yaml#/Id'}}}",
        ),
        ("https://docs.example/more.yaml", "Id: {type: integer}"),
        (
            "https://docs.example/.well-known/openid-configuration",
            "{\"authorization_endpoint\": \"https://id.example/a\", \"token_endpoint\": \"https://id.example/t\"}",
        ),
    ]));
    let mut document = answering(json!({"$ref": "schemas.yaml#/Thing"}));
    document["paths"]["/others"] =
        json!({"get": {"responses": {"200": {"$ref": "https://other.example/x.json#/a"}}}});
    document["paths"]["/third"] = json!({"$ref": "missing.yaml"});
    document["components"] = json!({"securitySchemes": {"id": {"type": "openIdConnect",
        "openIdConnectUrl": "https://docs.example/.well-known/openid-configuration"}}});
    let options = Options {
        base: Some(Url::parse("https://docs.example/openapi.json").unwrap()),
        ..Options::default()
    };

    let bytes = document.to_string();
    let import = block_on(import(bytes.as_bytes(), options, Some(&library))).unwrap();

    passes(&import.definition);
    assert_eq!(
        field(&method(&import, "list-things").response.fields, "id").data_type,
        Some(DataType::Integer)
    );
    let oauth = import.definition.authentications[0]
        .oauth2
        .as_ref()
        .unwrap();
    assert_eq!(oauth.access_token_url, "https://id.example/t");
    let reasons: Vec<&str> = import
        .report
        .iter()
        .map(|item| item.reason.as_str())
        .collect();
    assert!(
        reasons.iter().any(|reason| reason.contains("another host")),
        "{reasons:?}"
    );
    assert!(
        reasons
            .iter()
            .any(|reason| reason.contains("can't be fetched")),
        "{reasons:?}"
    );
}

#[test]
fn what_is_too_large_or_something_else_is_refused() {
    let large = vec![b' '; 20 * 1024 * 1024 + 1];
    assert_eq!(
        block_on(import(&large, Options::default(), None)).unwrap_err(),
        ImportError::TooLarge
    );
    for (text, pointer) in [
        ("[]", ""),
        ("{}", ""),
        ("a: 1", ""),
        ("swagger: \"1.2\"", "/swagger"),
        ("openapi: 2.5.0", "/openapi"),
        ("format: velodrome.connector/1", "/format"),
        ("\u{0}", ""),
        ("", ""),
    ] {
        let refused = block_on(import(text.as_bytes(), Options::default(), None)).unwrap_err();
        assert_eq!(refused.pointer(), pointer, "{text:?}: {refused}");
    }
}

/// A document with a bit of everything, for pieces of it to be replaced.
fn rich() -> Value {
    let mut document = taking(
        json!({"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object",
        "properties": {"x": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}]}),
    );
    document["components"] = json!({"schemas": {"A": {"type": "object", "required": ["n"], "properties": {
            "n": {"type": "integer", "minimum": 1, "enum": [1, 2]}, "d": {"type": "string", "format": "date"}}}},
        "securitySchemes": {"k": {"type": "apiKey", "in": "header", "name": "X"},
            "o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "/t", "scopes": {"a": ""}}}}}});
    document["security"] = json!([{"k": []}]);
    document["tags"] = json!([{"name": "T", "description": "D"}]);
    document["webhooks"] = json!({"w": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}});
    document["paths"]["/things/{id}"] = json!({"get": {"operationId": "g", "tags": ["T"], "parameters": [
        {"name": "id", "in": "path", "required": true, "schema": {"type": "string", "default": "1"}},
        {"name": "page", "in": "query", "schema": {"type": "integer"}}, {"name": "limit", "in": "query", "schema": {"type": "integer"}}],
        "responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/A"}}}}}}}});
    document
}

fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                pointers(
                    member,
                    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                pointers(element, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn odd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[{}\\[\\]./\\\\:#?a-c ]{0,12}".prop_map(Value::from),
        Just(json!("{{Odd}}")),
        Just(json!("CYCLR_PAGE_TOKEN")),
        Just(json!([])),
        Just(json!({})),
        Just(json!({"$ref": "#"})),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(json!({"{{a}}": {"type": "string"}, "b.c": {"get": {}}})),
        Just(json!(["a", 1, null, {"name": "q", "in": "query"}])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_document_with_any_pieces_replaced_becomes_a_definition_that_passes(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), odd()), 1..4),
    ) {
        let mut document = rich();
        for (index, value) in changes {
            let mut all = Vec::new();
            pointers(&document, String::new(), &mut all);
            let at = index.get(&all).clone();
            if !at.is_empty() && let Some(place) = document.pointer_mut(&at) {
                *place = value;
            }
        }
        if let Ok(import) = block_on(import(document.to_string().as_bytes(), Options::default(), None)) {
            passes(&import.definition);
            let again = Options { existing: Some(import.definition.clone()), ..Options::default() };
            let second = block_on(velodrome_connector::openapi_import::import(document.to_string().as_bytes(), again, None)).unwrap();
            passes(&second.definition);
            let keys = |definition: &ConnectorDefinition| definition.methods.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
            prop_assert_eq!(keys(&second.definition), keys(&import.definition));
        }
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = block_on(import(&bytes, Options::default(), None));
    }
}
