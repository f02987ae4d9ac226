//! The catalogue, from folders to look-ups: whole definitions, faults that don't stop a start,
//! sources that replace each other, stable ids.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in preparing a test fails the test"
)]

use std::{fs, path::Path};

use tempfile::TempDir;
use velodrome_connector::catalogue::{
    Catalogue, DirectoryFiles, Loaded, Package, Release, Snapshot, Source, check, list, load,
    load_cached,
};
use velodrome_model::{
    ConnectorId, ConnectorUid, FaultCode, MethodId, numbered::NumberedConnector,
};

fn fixtures() -> DirectoryFiles {
    DirectoryFiles::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/connectors"))
}

/// A small definition that is right.
fn acme(slug: &str, version: &str, number: u32, status: &str) -> String {
    format!(
        "format: velodrome.connector/1\nslug: {slug}\nname: Acme\nversion: \"{version}\"\n\
         release: {{number: {number}, status: {status}}}\nauthentications: [{{key: none, type: None}}]\n\
         methods:\n  - {{key: get-thing, name: Get Thing, category: Things, type: Action, httpMethod: GET, \
         endpoint: 'https://api.acme.example/thing'}}\n"
    )
}

fn folder(definitions: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    for (slug, text) in definitions {
        fs::create_dir_all(root.path().join(slug)).unwrap();
        fs::write(root.path().join(slug).join("connector.yaml"), text).unwrap();
    }
    root
}

fn source(root: &TempDir) -> Source {
    Source::directory(DirectoryFiles::new(root.path()))
}

/// Numbers the packages one after another, as the store would.
fn snapshot(loaded: Loaded) -> Snapshot {
    let mut first = 1000;
    let mut releases = Vec::new();
    for package in loaded.packages {
        let ids = package.outline().ids as i32;
        releases.push(Release::new(ConnectorId(first), package));
        first += ids;
    }
    Snapshot::new(releases, loaded.invalid)
}

#[test]
fn whole_definitions_load_without_a_fault_even_as_built_in_ones() {
    let loaded = load(&[Source::built_in(fixtures())]);

    assert!(loaded.invalid.is_empty(), "{:#?}", loaded.invalid);
    let slugs: Vec<&str> = loaded
        .packages
        .iter()
        .map(|package| package.outline().slug.as_str())
        .collect();
    assert_eq!(slugs, ["corner-shop", "harbor-crm"]);
    let harbor = &loaded.packages[1];
    assert!(harbor.guide().unwrap().starts_with("# Harbor CRM"));
    assert_eq!(harbor.icon().unwrap().media_type, "image/svg+xml");
    assert_eq!(harbor.exchanges(), ["get-current-user"]);
    let warnings: Vec<String> = harbor.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn the_seed_connectors_of_this_repository_are_valid_as_built_in_ones() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");

    let loaded = load(&[Source::built_in(DirectoryFiles::new(root))]);

    let faults: Vec<String> = loaded
        .invalid
        .iter()
        .flat_map(|invalid| &invalid.faults)
        .map(ToString::to_string)
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(!loaded.packages.is_empty());
}

#[test]
fn ids_are_positions_and_look_ups_go_both_ways() {
    let loaded = load(&[Source::built_in(fixtures())]);
    let definition = loaded.packages[1].definition();
    assert_eq!(
        NumberedConnector::count(&definition),
        loaded.packages[1].outline().ids
    );

    let connector = NumberedConnector::new(ConnectorId(500), definition);

    assert_eq!(connector.id(), ConnectorId(500));
    assert_eq!(connector.methods().next().unwrap().id, MethodId(501));
    let mut ids = vec![500];
    ids.extend(connector.methods().map(|method| method.id.0));
    ids.extend(connector.parameters().map(|parameter| parameter.id.0));
    for method in connector.methods() {
        let own = method
            .parameters()
            .into_iter()
            .filter(|parameter| parameter.method.is_some());
        ids.extend(own.map(|parameter| parameter.id.0));
    }
    ids.extend(connector.triggers().map(|trigger| trigger.id.0));
    for method in connector.methods() {
        ids.extend(
            method
                .request_fields()
                .chain(method.response_fields())
                .map(|field| field.id.0),
        );
    }
    let expected: Vec<i32> = (500..500 + connector.size() as i32).collect();
    assert_eq!(ids, expected);
    for method in connector.methods() {
        assert_eq!(
            connector.method(method.id).unwrap().method.key,
            method.method.key
        );
        assert_eq!(connector.method_by_uid(method.uid).unwrap().id, method.id);
        assert_eq!(
            connector.method_by_key(&method.method.key).unwrap().id,
            method.id
        );
        for parameter in method.parameters() {
            assert_eq!(
                connector.parameter(parameter.id).unwrap().parameter,
                parameter.parameter
            );
        }
        for field in method.response_fields() {
            let found = connector.field(field.id).unwrap();
            assert_eq!((found.method.id, found.field), (method.id, field.field));
        }
    }
    assert!(connector.method(MethodId(500)).is_none());
    assert!(connector.method(MethodId(499)).is_none());
    assert!(connector.method(MethodId(i32::MIN)).is_none());
    let trigger = connector.trigger_by_name("Select Member").unwrap();
    assert_eq!(
        connector
            .trigger(trigger.id)
            .unwrap()
            .method
            .unwrap()
            .method
            .key,
        "list-members"
    );
    let names: Vec<&str> = connector
        .methods_by_name()
        .map(|method| method.method.name.as_str())
        .collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn a_stable_id_never_changes() {
    // These are stored by every installation; a change of the derivation must fail here.
    let uid = ConnectorUid::of_slug("harbor-crm");
    assert_eq!(uid.to_string(), "efa24588-7d57-5440-b4e1-a197ea45d980");
    let loaded = load(&[Source::built_in(fixtures())]);
    let connector = NumberedConnector::new(ConnectorId(1), loaded.packages[1].definition());
    assert_eq!(connector.uid(), uid);
    assert_eq!(
        connector
            .method_by_key("create-contact")
            .unwrap()
            .uid
            .to_string(),
        "409a2dc8-f102-54a4-b9a7-4871c15cd30d"
    );
    assert_eq!(
        connector.authentications().next().unwrap().0.to_string(),
        "94f1b14a-1048-5400-bfd4-d31e8a5e7ee1"
    );
}

#[test]
fn a_method_overrides_and_drops_what_it_inherits() {
    let text = acme("acme", "1", 1, "Live").replace(
        "authentications:",
        "parameters:\n  - {targetType: QueryString, targetName: a}\n  - {targetType: QueryString, targetName: b}\n  \
         - {targetType: HttpHeader, targetName: a}\nauthentications:",
    );
    let text = text.replace(
        "endpoint:",
        "parameters: [{targetType: QueryString, targetName: c}, {targetType: QueryString, targetName: b, values: [CYCLR_IGNORE_PARAMETER]}, \
         {targetType: QueryString, targetName: a, displayName: Mine}], endpoint:",
    );
    let root = folder(&[("acme", &text)]);
    let loaded = load(&[source(&root)]);
    let connector = NumberedConnector::new(ConnectorId(10), loaded.packages[0].definition());

    let parameters = connector.methods().next().unwrap().parameters();

    let seen: Vec<(i32, &str, &str)> = parameters
        .iter()
        .map(|numbered| {
            (
                numbered.id.0,
                numbered.parameter.label(),
                numbered.parameter.target_type.name(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (16, "Mine", "QueryString"),
            (14, "a", "HttpHeader"),
            (15, "c", "QueryString")
        ]
    );
    assert_eq!(connector.size(), 7);
}

#[test]
fn a_definition_with_faults_is_kept_aside_and_the_rest_goes_on() {
    let root = folder(&[
        ("good", &acme("good", "1", 1, "Live")),
        ("bad", "format: velodrome.connector/1\nslug: bad\nnmae: x\n"),
        ("empty", ""),
    ]);
    fs::create_dir(root.path().join("no-definition")).unwrap();
    let missing = Source::directory(DirectoryFiles::new(root.path().join("missing")));

    let loaded = load(&[missing, source(&root)]);

    assert_eq!(loaded.packages.len(), 1);
    let slugs: Vec<&str> = loaded
        .invalid
        .iter()
        .map(|invalid| invalid.slug.as_str())
        .collect();
    assert_eq!(slugs, ["", "bad", "empty", "no-definition"]);
    assert!(
        loaded.invalid[1]
            .faults
            .iter()
            .any(|fault| fault.message.contains("did you mean \"name\"?"))
    );
    let snapshot = snapshot(loaded);
    assert_eq!(snapshot.all_live().len(), 1);
    assert_eq!(snapshot.invalid().len(), 4);
}

#[test]
fn a_later_source_replaces_the_same_slug_and_version() {
    let built_in = folder(&[
        ("acme", &acme("acme", "1", 1, "Live")),
        ("other", &acme("other", "1", 1, "Live")),
    ]);
    let own = folder(&[("acme", &acme("acme", "1", 2, "Live"))]);

    let loaded = load(&[
        Source::built_in(DirectoryFiles::new(built_in.path())),
        source(&own),
    ]);

    assert!(loaded.invalid.is_empty());
    let numbers: Vec<u32> = loaded
        .packages
        .iter()
        .map(|package| package.outline().release.number)
        .collect();
    assert_eq!(numbers, [2, 1]);
}

#[test]
fn two_live_releases_and_a_taken_identifier_are_faults() {
    let id = ConnectorUid::of_slug("acme");
    let thief = acme("thief", "1", 1, "Live").replace(
        "name: Acme",
        &format!("uniqueIdentifier: {id}\nname: Thief"),
    );
    let first = folder(&[("acme", &acme("acme", "1", 1, "Live"))]);
    let second = folder(&[("acme", &acme("acme", "2", 2, "Live")), ("thief", &thief)]);

    let loaded = load(&[source(&first), source(&second)]);

    assert_eq!(loaded.packages.len(), 1);
    let codes: Vec<FaultCode> = loaded
        .invalid
        .iter()
        .flat_map(|invalid| &invalid.faults)
        .map(|fault| fault.code)
        .collect();
    assert_eq!(codes, [FaultCode::V013, FaultCode::V003]);
}

#[test]
fn a_snapshot_finds_releases_by_everything_one_knows() {
    let root = folder(&[
        ("acme-9", &acme("acme-9", "2.9", 1, "Live")),
        ("acme-10", &acme("acme-10", "2.10", 1, "Live")),
        ("draft", &acme("draft", "3", 1, "Draft")),
    ]);
    let catalogue = Catalogue::default();
    assert!(catalogue.snapshot().all_live().is_empty());

    catalogue.replace(snapshot(load(&[source(&root)])));

    let snapshot = catalogue.snapshot();
    assert_eq!(snapshot.all_live().len(), 2);
    assert_eq!(snapshot.newest("aCME").unwrap().listed().slug, "acme-10");
    assert_eq!(
        snapshot
            .by_name_and_version("ACME", "2.9")
            .unwrap()
            .listed()
            .slug,
        "acme-9"
    );
    assert!(snapshot.by_name_and_version("Acme", "3").is_none());
    assert!(snapshot.by_slug("draft").is_none());
    let live = snapshot.live(ConnectorUid::of_slug("acme-9")).unwrap();
    let connector = snapshot.connector(live.id()).unwrap();
    assert_eq!(connector.definition().slug, "acme-9");
    let method = connector.methods().next().unwrap().id;
    assert_eq!(snapshot.release_of(method.0).unwrap().id(), live.id());
    assert!(snapshot.release_of(1).is_none());
    assert!(snapshot.release_of(i32::MAX).is_none());
    assert!(snapshot.connector(ConnectorId(7)).is_none());
    let draft = snapshot
        .all()
        .find(|release| release.listed().slug == "draft")
        .unwrap();
    assert!(snapshot.release(draft.id()).is_some());
}

#[test]
fn lists_show_the_same_integers_as_the_whole_connector() {
    let snapshot = snapshot(load(&[Source::built_in(fixtures())]));
    for release in snapshot.all_live() {
        let connector = snapshot.connector(release.id()).unwrap();
        let listed = release.listed();
        assert!(
            listed
                .parameters()
                .map(|(id, _)| id)
                .eq(connector.parameters().map(|numbered| numbered.id))
        );
        let of_list = listed.triggers().map(|(id, method, _)| (id, method));
        let of_whole = connector.triggers().map(|numbered| {
            let method = numbered.method.unwrap();
            (numbered.id, method.id)
        });
        assert!(of_list.eq(of_whole));
    }
}

#[test]
fn a_release_outlives_its_files_as_bytes() {
    let loaded = load(&[Source::built_in(fixtures())]);
    for package in &loaded.packages {
        let back = Package::from_bytes(&package.to_bytes().unwrap()).unwrap();

        assert_eq!(back.definition(), package.definition());
        assert_eq!(back.hash(), package.hash());
        assert_eq!(back.guide(), package.guide());
        assert_eq!(back.icon(), package.icon());
        assert_eq!(back.outline(), package.outline());
    }
}

#[test]
fn the_hash_follows_definition_guide_and_icon_but_not_exchanges() {
    let root = folder(&[("acme", &acme("acme", "1", 1, "Live"))]);
    let hash = || load(&[source(&root)]).packages[0].hash().to_owned();
    let put = |path: &str, text: &str| {
        let path = root.path().join("acme").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let first = hash();
    put("exchanges/get-thing.json", "{}");
    assert_eq!(hash(), first);
    put("guide.md", "# Acme");
    let guided = hash();
    assert_ne!(guided, first);
    put("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
    assert_ne!(hash(), guided);
}

#[test]
fn files_that_a_definition_names_must_be_there_and_safe() {
    let text = acme("acme", "1", 1, "Live").replace(
        "name: Acme",
        "name: Acme\nguide: giude.md\nicon: icon.svg\nscriptFile: scripts/a.js",
    );
    let root = folder(&[("acme", &text)]);
    fs::write(root.path().join("acme/icon.svg"), "<svg><script/></svg>").unwrap();
    fs::write(root.path().join("acme/guide.md"), "# Acme").unwrap();
    fs::create_dir(root.path().join("acme/exchanges")).unwrap();
    fs::write(root.path().join("acme/exchanges/get-things.json"), "{}").unwrap();

    let loaded = load(&[source(&root)]);

    let faults: Vec<String> = loaded.invalid[0]
        .faults
        .iter()
        .filter(|fault| fault.is_error())
        .map(|fault| {
            fault
                .to_string()
                .replace(&root.path().display().to_string(), "")
        })
        .collect();
    assert_eq!(
        faults,
        [
            "/acme/exchanges/get-things.json:1:1: V005 no method has the key \"get-things\"; did you mean \"get-thing\"?",
            "/acme/icon.svg:1:1: V015 <script> is not allowed in an icon",
            "/acme/connector.yaml:4:8: V011 the file giude.md is missing; did you mean \"guide.md\"?",
            "/acme/connector.yaml:6:13: V011 the file scripts/a.js is missing",
        ]
    );
}

#[test]
fn check_takes_files_folders_and_folders_of_folders() {
    let root = folder(&[("good", &acme("good", "1", 1, "Live")), ("bad", "slug: [")]);

    let all = check(&[root.path().to_path_buf()]);
    let one = check(&[root.path().join("good")]);
    let file = check(&[root.path().join("bad/connector.yaml")]);
    let none = check(&[root.path().join("missing")]);

    assert_eq!((all.checked, all.has_errors()), (2, true));
    assert_eq!((one.checked, one.has_errors()), (1, false));
    assert!(
        one.to_string()
            .ends_with("1 definition, 0 errors, 3 warnings"),
        "{one}"
    );
    assert!(
        file.has_errors() && file.faults[0].message.starts_with("not YAML"),
        "{file}"
    );
    assert!(none.has_errors());
    assert!(
        serde_json::to_string(&all)
            .unwrap()
            .contains("\"code\":\"V001\"")
    );
}

#[test]
fn list_shows_good_and_bad_definitions() {
    let root = folder(&[("good", &acme("good", "1", 1, "Live")), ("bad", "slug: [")]);

    let lines: Vec<String> = list(&load(&[source(&root)]))
        .iter()
        .map(ToString::to_string)
        .collect();

    assert_eq!(
        lines,
        ["bad\tinvalid, 1 error", "good\tAcme\t1\t1 Live\t1 method"]
    );
}

#[test]
fn a_cached_start_finds_the_same_and_sees_every_change() {
    let root = folder(&[("acme", &acme("acme", "1", 1, "Live")), ("bad", "slug: [")]);
    let own = root.path().join("acme");
    fs::write(own.join("guide.md"), "# Acme").unwrap();
    fs::write(
        own.join("icon.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    )
    .unwrap();
    let elsewhere = TempDir::new().unwrap();
    let cache = elsewhere.path().join("connectors.cache");
    let start = || load_cached(&[source(&root)], &cache);

    let (fresh, cached) = (start(), start());

    assert!(cache.is_file());
    assert_eq!(cached.invalid.len(), 1);
    let (before, after) = (&fresh.packages[0], &cached.packages[0]);
    assert_eq!(after.outline(), before.outline());
    assert_eq!(after.definition(), before.definition());
    assert_eq!(
        (after.hash(), after.guide(), after.icon()),
        (before.hash(), before.guide(), before.icon())
    );
    assert_eq!(after.warnings(), before.warnings());

    fs::write(own.join("guide.md"), "# Acme, again").unwrap();
    assert_eq!(start().packages[0].guide(), Some("# Acme, again"));
    fs::write(own.join("icon.svg"), "<svg><script/></svg>").unwrap();
    assert_eq!(start().invalid.len(), 2);
    fs::write(
        own.join("icon.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    )
    .unwrap();
    fs::write(own.join("connector.yaml"), acme("acme", "1", 2, "Live")).unwrap();
    assert_eq!(start().packages[0].outline().release.number, 2);
    fs::write(&cache, "damaged").unwrap();
    assert_eq!(start().packages.len(), 1);
    let nowhere = elsewhere.path().join("missing/connectors.cache");
    assert_eq!(load_cached(&[source(&root)], &nowhere).packages.len(), 1);
}
