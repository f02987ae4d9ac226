//! Measures what a catalogue costs: `cargo run --release -p velodrome-connector --example
//! catalogue_load -- [definitions] [methods]` writes that many definitions to a temporary folder,
//! loads and numbers them three times (the first without a cache), and prints the time and the resident memory.

use std::{fmt::Write as _, fs, path::Path, time::Instant};

use velodrome_connector::catalogue::{
    Catalogue, DirectoryFiles, Release, Snapshot, Source, load_cached,
};
use velodrome_model::ConnectorId;

#[expect(clippy::print_stdout, reason = "an example prints its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (definitions, methods) = (number(1000)?, number(20)?);
    let root = tempfile::tempdir()?;
    fs::create_dir(root.path().join("connectors"))?;
    let mut bytes = 0;
    for at in 0..definitions {
        bytes += write_definition(root.path(), at, methods)?;
    }
    let before = resident_kib()?;
    println!(
        "{definitions} definitions of {methods} methods, {} KiB of YAML",
        bytes / 1024
    );

    for run in 1..=3 {
        let sources = [Source::directory(DirectoryFiles::new(
            root.path().join("connectors"),
        ))];
        let cache = root.path().join("cache");
        let started = Instant::now();
        let loaded = load_cached(&sources, &cache);
        let loading = started.elapsed();
        assert!(loaded.invalid.is_empty(), "{:#?}", loaded.invalid.first());
        let mut first = 1;
        let mut releases = Vec::new();
        for package in loaded.packages {
            let ids = package.outline().ids as i32;
            releases.push(Release::new(ConnectorId(first), package));
            first += ids;
        }
        let catalogue = Catalogue::new(Snapshot::new(releases, loaded.invalid));
        let ready = started.elapsed();
        let snapshot = catalogue.snapshot();
        let started = Instant::now();
        for release in snapshot.all_live().iter().take(100) {
            snapshot
                .connector(release.id())
                .ok_or("a release has a connector")?;
        }
        let unpacking = started.elapsed() / 100;
        println!(
            "run {run}: loaded {loading:?}, ready {ready:?}, unpacking one {unpacking:?}, {} ids, resident {} KiB ({before} KiB before)",
            first - 1,
            resident_kib()?,
        );
    }
    Ok(())
}

fn write_definition(
    root: &Path,
    at: usize,
    methods: usize,
) -> Result<usize, Box<dyn std::error::Error>> {
    let mut text = format!(
        "format: velodrome.connector/1\nslug: provider-{at}\nname: Provider {at}\nversion: \"1\"\n\
         description: An imaginary provider.\ncategories: [CRMs]\nstatus: Approved\nrelease: {{number: 1, status: Live}}\n\
         authentications:\n  - key: oauth\n    type: OAuth2\n    fields: {{ClientSecret: {{label: Secret Key}}}}\n    oauth2:\n      \
         type: AuthorisationCode\n      authoriseUrl: https://api.p{at}.example/authorize\n      \
         accessTokenUrl: https://api.p{at}.example/token\nparameters:\n  \
         - {{targetType: MergeField, targetName: ShopURL, accountConnectorProperty: true, optional: true}}\n\
         paging: {{inbound: true, inboundPageSize: 100}}\n\
         triggers:\n  - {{name: Select Thing, method: list-things-0, identifierKey: \"[].id\", humanReadableKey: \"[].name\"}}\nmethods:\n"
    );
    for method in 0..methods {
        write!(
            text,
            "  - key: list-things-{method}\n    name: List Things {method}\n    description: Lists things of kind {method}.\n    \
             category: Things\n    type: Action\n    httpMethod: GET\n    endpoint: \"https://api.p{at}.example/v1/things/{method}\"\n    \
             parameters:\n      - {{targetType: QueryString, targetName: offset, hide: true, values: [CYCLR_PAGE_OFFSET]}}\n      \
             - {{targetType: QueryString, targetName: limit, hide: true, values: [CYCLR_PAGE_SIZE]}}\n      \
             - {{targetType: QueryString, targetName: kind, displayName: Kind, trigger: Select Thing, optional: true}}\n    \
             response:\n      fields:\n"
        )?;
        for field in 0..10 {
            writeln!(
                text,
                "        - {{connectorField: \"[].member_{field}\", systemField: Member{field}, description: The member {field} of a thing., dataType: Text}}"
            )?;
        }
    }
    let folder = root.join("connectors").join(format!("provider-{at}"));
    fs::create_dir(&folder)?;
    fs::write(
        folder.join("guide.md"),
        "# Setup\n\nSay where each value is found.\n".repeat(40),
    )?;
    fs::write(
        folder.join("icon.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\"><path d=\"M0 0h9v9z\"/></svg>",
    )?;
    fs::write(folder.join("connector.yaml"), &text)?;
    Ok(text.len())
}

/// Resident memory of this process, from the kernel.
fn resident_kib() -> Result<u64, Box<dyn std::error::Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("no VmRSS line")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
