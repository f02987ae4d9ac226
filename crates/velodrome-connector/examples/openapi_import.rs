//! Measures the import of a large document: `cargo run --release --example openapi_import`.
//!
//! The document is generated: some 7 MB, thousands of operations, schemas that refer to one another.

use std::{error::Error, fs, time::Instant};

use serde_json::{Map, Value, json};
use velodrome_connector::openapi_import::{Options, import};

const OPERATIONS: usize = 4000;
const SCHEMAS: usize = 1200;

#[expect(clippy::print_stdout, reason = "a measurement that is run by hand")]
fn main() -> Result<(), Box<dyn Error>> {
    let document = document().to_string();
    println!(
        "{:.1} MB, {OPERATIONS} operations",
        document.len() as f64 / 1e6
    );
    let begun = Instant::now();
    let made = futures::executor::block_on(import(document.as_bytes(), Options::default(), None))?;
    println!(
        "{} methods, {} reported, {:.2} s",
        made.definition.methods.len(),
        made.report.len(),
        begun.elapsed().as_secs_f64()
    );
    // Peak of resident memory, where the system tells it.
    if let Ok(status) = fs::read_to_string("/proc/self/status")
        && let Some(peak) = status.lines().find(|line| line.starts_with("VmHWM"))
    {
        println!("{peak}");
    }
    Ok(())
}

fn document() -> Value {
    let schemas: Map<String, Value> = (0..SCHEMAS)
        .map(|at| (format!("Schema{at}"), schema(at)))
        .collect();
    let paths: Map<String, Value> = (0..OPERATIONS / 2)
        .map(|at| (format!("/things{at}/{{id}}"), path(at)))
        .collect();
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Large", "version": "1"},
        "servers": [{"url": "https://api.large.example"}],
        "paths": paths,
        "components": {"schemas": schemas},
    })
}

fn schema(at: usize) -> Value {
    let mut properties: Map<String, Value> = (0..20)
        .map(|own| {
            let description =
                format!("The property {own} of the schema {at}, with a few words to it.");
            (
                format!("property_{own}"),
                json!({"type": "string", "maxLength": 200, "description": description}),
            )
        })
        .collect();
    for (name, other) in [("parent", at / 2), ("next", (at + 1) % SCHEMAS)] {
        let reference = format!("#/components/schemas/Schema{other}");
        properties.insert(name.to_owned(), json!({"$ref": reference}));
    }
    json!({"type": "object", "required": ["property_0"], "properties": properties})
}

fn path(at: usize) -> Value {
    let reference = json!({"$ref": format!("#/components/schemas/Schema{}", at % SCHEMAS)});
    let content = json!({"application/json": {"schema": reference}});
    let id = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
    let text =
        "Reads or changes one of the many things that this application knows about. ".repeat(8);
    json!({
        "parameters": [id],
        "get": {"operationId": format!("getThing{at}"), "summary": format!("Get Thing {at}"), "description": text,
                "responses": {"200": {"description": "Found", "content": content}}},
        "put": {"operationId": format!("updateThing{at}"), "summary": format!("Update Thing {at}"), "description": text,
                "requestBody": {"required": true, "content": content},
                "responses": {"200": {"description": "Changed", "content": content}}},
    })
}
