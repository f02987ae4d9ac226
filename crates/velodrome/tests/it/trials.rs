//! `velodrome connector test` with somebody to call: a definition's twin, or a provider.

use std::{fs, path::Path};

use serde_json::{Value, json};
use velodrome_testkit::{Answer, FakeUpstream};

use crate::app::{complaint, printed, run};

const KEY: &str = "a-very-secret-key";

fn seed(slug: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors");
    root.join(slug).to_str().unwrap().to_owned()
}

#[test]
fn a_seed_connector_passes_at_its_own_twin_out_of_the_box() {
    for slug in ["pipedrive", "pipedrive-oauth"] {
        let folder = seed(slug);

        let tested = printed(&run(
            &["connector", "test", "--twin", "--write", "--json", &folder],
            &[],
        ));

        let tested: Value = serde_json::from_str(&tested).unwrap();
        assert_eq!(tested["faults"], json!([]), "{tested}");
        let called = tested["called"].as_array().unwrap();
        assert!(called.len() > 40, "{} of {slug}", called.len());
        let has = |end: &str| {
            called
                .iter()
                .any(|one| one.as_str().unwrap().ends_with(end))
        };
        assert!(has("/list-deals") && has("/create-deal") && has("/delete-deal"));
    }
}

#[test]
fn without_leave_to_write_only_reading_methods_are_called() {
    let tested = printed(&run(
        &["connector", "test", "--twin", &seed("pipedrive")],
        &[],
    ));

    let last = tested.lines().last().unwrap();
    assert!(last.ends_with("methods answered, 0 faults"), "{tested}");
    assert!(!tested.contains("delete-deal"), "{tested}");
}

/// A definition whose provider is on this machine.
struct Provider {
    upstream: FakeUpstream,
    folder: tempfile::TempDir,
}

impl Provider {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().to_str().unwrap();
        printed(&run(&["connector", "new", "acme", "--dir", dir], &[]));
        let upstream = FakeUpstream::start();
        upstream.respond("GET", "/v1/me", |request| {
            if request.header("x-api-key") == Some(KEY) {
                Answer::json(json!({"id": 7, "name": "Ada"}).to_string())
            } else {
                Answer::status(401)
            }
        });
        Self { upstream, folder }
    }

    fn test(&self, credentials: &str, file: &str, more: &[&str]) -> std::process::Output {
        let path = self.folder.path().join(file);
        fs::write(&path, credentials).unwrap();
        let own = self.folder.path().join("acme");
        let rewrite = format!("https://api.acme.example={}", self.upstream.url());
        let mut arguments = vec!["connector", "test", own.to_str().unwrap()];
        arguments.extend(["--credentials", path.to_str().unwrap()]);
        arguments.extend(more);
        let environment = [
            ("VELODROME_EGRESS_ALLOW", "127.0.0.0/8"),
            ("VELODROME_EGRESS_REWRITE", rewrite.as_str()),
        ];
        run(&arguments, &environment)
    }
}

#[test]
fn a_provider_is_called_with_credentials_from_a_file_in_either_format() {
    let provider = Provider::start();

    let json = format!(r#"{{"authentication": "api-key", "values": {{"ApiKey": "{KEY}"}}}}"#);
    let output = provider.test(&json, "acme.json", &[]);
    assert_eq!(
        printed(&output),
        "1 methods passed, 1 methods answered, 0 faults\n"
    );
    let toml = format!("[values]\nApiKey = \"{KEY}\"\n");
    printed(&provider.test(&toml, "acme.toml", &["--level", "strict"]));

    // The right key twice, for the test and for the method, and a wrong one once, in each run.
    let keys: Vec<String> = provider
        .upstream
        .received()
        .iter()
        .map(|request| request.header("x-api-key").unwrap_or_default().to_owned())
        .collect();
    assert_eq!(keys.len(), 6);
    assert_eq!(keys.iter().filter(|key| *key == KEY).count(), 4);
}

#[test]
fn what_is_wrong_is_told_without_any_value() {
    let provider = Provider::start();
    let wrong = "another-secret-key";

    let file = format!(r#"{{"values": {{"ApiKey": "{wrong}"}}}}"#);
    let refused = provider.test(&file, "acme.json", &["--json"]);
    assert_eq!(refused.status.code(), Some(1));
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    let fault = told["faults"][0].as_str().unwrap();
    assert!(fault.contains("the credentials do not work"), "{fault}");
    for (file, credentials) in [
        ("a.json", format!(r#"{{"values": {{"ApiKey": {wrong}}}}}"#)),
        ("a.toml", format!("values = {wrong}")),
        ("b.json", format!(r#"{{"values": {{"ApiKy": "{wrong}"}}}}"#)),
        (
            "c.json",
            format!(r#"{{"authentication": "oauth", "values": {{"ApiKey": "{wrong}"}}}}"#),
        ),
    ] {
        let output = provider.test(&credentials, file, &[]);
        assert_eq!(output.status.code(), Some(1), "{file}");
        assert!(complaint(&output).lines().count() >= 1, "{file}");
        let said = format!(
            "{}{}",
            complaint(&output),
            String::from_utf8_lossy(&output.stdout)
        );
        assert!(!said.contains(wrong), "{said}");
    }
    assert!(!String::from_utf8_lossy(&refused.stdout).contains(wrong));
    let missing = provider.test("{}", "d.json", &[]);
    let said = String::from_utf8_lossy(&missing.stdout).into_owned();
    assert!(said.contains("ApiKey is needed"), "{said}");
}
