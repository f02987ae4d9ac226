//! Connector definitions made for measuring.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// The origin that the definitions call; the server is told to go to loopback instead.
pub const ORIGIN: &str = "https://bench.example";

/// Writes the connector that the calls go through.
pub fn write_bench(folder: &Path) -> Result<()> {
    write(folder, "bench", &bench())
}

/// Writes so many connectors of a usual size.
pub fn write_many(folder: &Path, count: usize) -> Result<()> {
    for number in 1..=count {
        let slug = format!("generated-{number:04}");
        write(folder, &slug, &generated(&slug, number))?;
    }
    Ok(())
}

fn write(folder: &Path, slug: &str, definition: &str) -> Result<()> {
    let folder = folder.join(slug);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    fs::write(folder.join("connector.yaml"), definition).context("writing a definition")?;
    fs::write(folder.join("guide.md"), "# Setup\n\nNothing to set up.\n")
        .context("writing a guide")?;
    fs::write(
        folder.join("icon.svg"),
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 8 8\"><circle cx=\"4\" cy=\"4\" r=\"4\"/></svg>",
    )
    .context("writing an icon")
}

fn head(slug: &str, name: &str) -> String {
    format!(
        "format: velodrome.connector/1
slug: {slug}
name: {name}
version: \"1\"
description: Made for measuring.
categories: [Measuring]
status: Approved
release: {{number: 1, status: Live, level: Major, comments: First release.}}
guide: guide.md
icon: icon.svg
"
    )
}

fn bench() -> String {
    head("bench", "Bench")
        + &format!(
            "authentications:
  - key: api-key
    name: API key
    type: ApiKey
    default: true
    authScheme: X-Api-Key
    in: Header
    fields:
      ApiKey: {{label: API Key, sensitive: true}}
  - key: oauth
    name: OAuth 2.0
    type: OAuth2
    fields:
      ClientId: {{label: Client ID}}
      ClientSecret: {{label: Client Secret}}
    oauth2:
      type: AuthorisationCode
      authoriseUrl: {ORIGIN}/authorize
      accessTokenUrl: {ORIGIN}/token
methodCategories:
  - {{name: Records, displayOrder: 1, description: Records.}}
methods:
  - key: get-record
    name: Get Record
    description: Gets a record.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: {ORIGIN}/records
    response:
      fields:
        - {{connectorField: id, dataType: Integer}}
        - {{connectorField: title}}
  - key: list-records
    name: List Records
    description: Lists records, page by page.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: {ORIGIN}/list
    parameters:
      - {{targetType: QueryString, targetName: total, displayName: Total}}
      - {{targetType: QueryString, targetName: page, hide: true, values: [CYCLR_PAGE_NUMBER]}}
    paging: {{inbound: true, inboundPageSize: 1000}}
    response:
      fields:
        - {{connectorField: \"[data].id\", dataType: Integer}}
        - {{connectorField: \"[data].text\"}}
  - key: list-pages
    name: List Pages
    description: Lists records in pages of a size that is asked for.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: {ORIGIN}/list
    parameters:
      - {{targetType: QueryString, targetName: total, displayName: Total}}
      - {{targetType: QueryString, targetName: size, hide: true, values: [CYCLR_PAGE_SIZE]}}
      - {{targetType: QueryString, targetName: page, hide: true, values: [CYCLR_PAGE_NUMBER]}}
    paging: {{inbound: true, inboundPageSize: 100}}
    response: &records
      fields:
        - {{connectorField: \"[data].id\", dataType: Integer}}
        - {{connectorField: \"[data].name\"}}
        - {{connectorField: \"[data].email\"}}
        - {{connectorField: \"[data].city\"}}
        - {{connectorField: \"[data].amount\", dataType: Decimal}}
        - {{connectorField: \"[data].state\"}}
  - key: list-long-pages
    name: List Long Pages
    description: The same, a thousand records a page.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: {ORIGIN}/list
    parameters:
      - {{targetType: QueryString, targetName: total, displayName: Total}}
      - {{targetType: QueryString, targetName: size, hide: true, values: [CYCLR_PAGE_SIZE]}}
      - {{targetType: QueryString, targetName: page, hide: true, values: [CYCLR_PAGE_NUMBER]}}
    paging: {{inbound: true, inboundPageSize: 1000}}
    response: *records
  - key: list-nothing
    name: List Nothing
    description: Finds nothing new.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: {ORIGIN}/none
    parameters:
      - {{targetType: QueryString, targetName: caller, displayName: Caller}}
    response: *records
  - key: post-record
    name: Post Record
    description: Takes a record.
    category: Records
    type: Action
    httpMethod: POST
    endpoint: {ORIGIN}/taken
    request:
      fields:
        - {{connectorField: id, dataType: Integer}}
        - {{connectorField: name}}
        - {{connectorField: email}}
        - {{connectorField: city}}
        - {{connectorField: amount, dataType: Decimal}}
    response:
      fields:
        - {{connectorField: id, dataType: Integer}}
        - {{connectorField: status}}
"
        )
}

fn generated(slug: &str, number: usize) -> String {
    let mut text = head(slug, &format!("Generated {number}"));
    text.push_str(
        "authentications:
  - key: api-key
    name: API key
    type: ApiKey
    default: true
    authScheme: X-Api-Key
    in: Header
    fields:
      ApiKey: {label: API Key, sensitive: true}
methodCategories:
  - {name: Records, displayOrder: 1, description: Records.}
methods:
",
    );
    for method in 1..=10 {
        text.push_str(&format!(
            "  - key: list-things-{method}
    name: List Things {method}
    description: Lists things.
    category: Records
    type: Action
    httpMethod: GET
    endpoint: https://api-{number}.example/things/{method}
    parameters:
      - {{targetType: QueryString, targetName: filter, displayName: Filter, optional: true}}
      - {{targetType: QueryString, targetName: since, displayName: Since, optional: true}}
    response:
      fields:
        - {{connectorField: \"[data].id\", dataType: Integer}}
        - {{connectorField: \"[data].name\"}}
        - {{connectorField: \"[data].created\"}}
        - {{connectorField: \"[data].amount\", dataType: Decimal}}
"
        ));
    }
    text
}
