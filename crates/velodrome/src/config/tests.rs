use std::{ffi::OsString, fs, path::Path};

use super::{Config, ConfigError, GROUPS, markdown};

fn read(environment: &[(&str, &str)], file: Option<&str>) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("velodrome.toml");
    if let Some(text) = file {
        fs::write(&path, text).unwrap();
    }
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::read(environment, file.map(|_| path.as_path())).map_err(|error: ConfigError| {
        error
            .to_string()
            .replace(&path.display().to_string(), "FILE")
    })
}

fn value(config: &Config, variable: &str) -> Option<String> {
    let found = config.in_force.iter().find(|one| one.variable == variable);
    found.unwrap().value.clone()
}

#[test]
fn nothing_set_gives_a_usable_configuration() {
    let config = read(&[], None).unwrap();

    assert_eq!(config.server.listen.0.to_string(), "127.0.0.1:8080");
    let url = config.server.public_url(config.server.listen.0);
    assert_eq!(url.as_str(), "http://127.0.0.1:8080/");
    assert!(config.server.roles.api && config.server.roles.worker && config.server.roles.scheduler);
}

#[test]
fn the_environment_wins_over_the_file_and_an_empty_variable_is_none() {
    let file = "listen = \"127.0.0.1:1000\"\nlog_format = \"json\"\n[egress]\nallow = [\"10.0.0.0/8\", \"127.0.0.1\"]\n";
    let environment = [
        ("VELODROME_LISTEN", "127.0.0.1:2000"),
        ("VELODROME_LOG_FORMAT", ""),
    ];

    let config = read(&environment, Some(file)).unwrap();

    assert_eq!(config.server.listen.0.port(), 2000);
    assert_eq!(value(&config, "VELODROME_LOG_FORMAT").unwrap(), "json");
    assert_eq!(config.egress.policy().allow.len(), 2);
}

#[test]
fn all_mistakes_are_reported_together_and_name_the_nearest_known_name() {
    let file =
        "listenn = \"127.0.0.1:1000\"\n[egress]\nalow = \"10.0.0.0/8\"\n[log]\nformat = 1.5\n";
    let environment = [
        ("VELODROME_PUBLIK_URL", "http://localhost"),
        ("VELODROME_LISTEN", "nowhere"),
        ("VELODROME_ROLES", "api,worke"),
        ("VELODROME_EGRESS_REWRITE", "https://a=http://b,what"),
        ("VELODROME_BOOTSTRAP_CLIENT_ID", "me"),
        ("VELODROME_NATS_URL", "http://me:hunter2@localhost"),
        ("VELODROME_TEST_DATABASE", "sqlite"),
        ("PATH", "/bin"),
    ];

    let error = read(&environment, Some(file)).err().unwrap();

    insta::assert_snapshot!(error);
}

#[test]
fn no_fault_repeats_a_secret() {
    type Case<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);
    let cases: [Case<'_>; 5] = [
        (&[("VELODROME_NATS_URL", "http://me:hunter2@host")], None),
        (&[("VELODROME_NATS_URL", "nats://me:hunter2@host")], None),
        (
            &[("VELODROME_DATABASE_URL", "mysql://me:hunter2@host/db")],
            None,
        ),
        (
            &[
                ("VELODROME_MASTER_KEY", "hunter2"),
                ("VELODROME_MASTER_KEY_FILE", "x"),
            ],
            None,
        ),
        (&[], Some("master_key = \"hunter2\nlisten = 1\n")),
    ];
    for (environment, file) in cases {
        let error = read(environment, file).err().unwrap();
        assert!(!error.contains("hunter2"), "{error}");
    }
}

#[test]
fn what_is_in_force_shows_no_secret() {
    let environment = [
        ("VELODROME_DATABASE_URL", "postgres://me:hunter2@host/db"),
        ("VELODROME_NATS_URL", "nats://me:hunter2@host"),
        ("VELODROME_MASTER_KEY", "hunter2"),
        ("VELODROME_ADMIN_PASSWORD", "hunter2"),
        ("VELODROME_BOOTSTRAP_CLIENT_ID", "me"),
        ("VELODROME_BOOTSTRAP_CLIENT_SECRET", "hunter2"),
    ];

    let config = read(&environment, None).unwrap();

    let shown = serde_json::to_string(&config.in_force).unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(
        config.in_force.len(),
        GROUPS
            .iter()
            .map(|group| group.settings.len())
            .sum::<usize>()
    );
}

#[test]
fn hints_between_nodes_need_a_database_that_nodes_can_share() {
    let nats = ("VELODROME_NATS_URL", "nats://localhost");
    let postgres = ("VELODROME_DATABASE_URL", "postgres://host/db");
    let file = ("VELODROME_NATS_CREDENTIALS_FILE", "/etc/nats.creds");

    assert!(read(&[nats, postgres, file], None).is_ok());
    let alone = read(&[nats], None).err().unwrap();
    let without = read(&[file], None).err().unwrap();

    assert!(alone.contains("SQLite is for one node"), "{alone}");
    assert!(
        without.contains("VELODROME_NATS_CREDENTIALS_FILE"),
        "{without}"
    );
}

#[test]
fn a_public_url_is_an_origin() {
    for wrong in [
        "integrations.example.com",
        "ftp://a",
        "https://a/path",
        "https://a?b",
        "https://u:p@a",
    ] {
        assert!(
            read(&[("VELODROME_PUBLIC_URL", wrong)], None).is_err(),
            "{wrong}"
        );
    }
    assert!(read(&[("VELODROME_PUBLIC_URL", "https://a.example/")], None).is_ok());
}

#[test]
fn the_address_for_everybody_is_told_as_this_machine() {
    let config = read(&[("VELODROME_LISTEN", "0.0.0.0:8080")], None).unwrap();

    let url = config.server.public_url(config.server.listen.0);

    assert_eq!(url.as_str(), "http://localhost:8080/");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = Config::read([], Some(Path::new("/nowhere/velodrome.toml")))
        .err()
        .unwrap();

    assert!(
        error
            .to_string()
            .contains("/nowhere/velodrome.toml: can't be read")
    );
}

#[test]
fn the_reference_is_fresh() {
    let kept = include_str!("../../../../docs/reference/configuration.md");

    assert_eq!(
        kept,
        markdown(),
        "run: cargo run -p velodrome -- config --markdown > docs/reference/configuration.md"
    );
}
