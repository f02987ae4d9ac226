//! The recipes of `docs/guides/authentication.md` are definitions without a fault.

#![expect(
    clippy::unwrap_used,
    reason = "what fails in preparing a test fails the test"
)]

use std::{fs, path::Path};

use tempfile::TempDir;
use velodrome_connector::catalogue::check;

/// The YAML blocks of a page.
fn blocks(page: &str) -> Vec<&str> {
    page.split("```yaml\n")
        .skip(1)
        .map(|rest| rest.split_once("```").unwrap().0)
        .collect()
}

/// The members of a document with their text; flow is by lines because that is how readers paste.
fn members(text: &str) -> Vec<(&str, String)> {
    let mut members: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        match line.split_once(':') {
            Some((name, _)) if !line.starts_with([' ', '-', '#']) => {
                members.push((name, format!("{line}\n")));
            }
            _ => members.last_mut().unwrap().1.push_str(&format!("{line}\n")),
        }
    }
    members
}

/// The frame with what the recipe says in the place of its own.
fn filled(frame: &str, recipe: &str) -> String {
    let recipe = members(recipe);
    let own = |name: &str| recipe.iter().all(|(other, _)| *other != name);
    let kept = members(frame).into_iter().filter(|(name, _)| own(name));
    kept.chain(recipe.clone()).map(|(_, text)| text).collect()
}

#[test]
fn every_recipe_of_the_cookbook_passes_the_check() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/authentication.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = blocks(&page);
    let (frame, recipes) = blocks.split_first().unwrap();
    assert!(recipes.len() >= 17, "{} recipes", recipes.len());
    for recipe in [&""].into_iter().chain(recipes) {
        let folder = TempDir::new().unwrap();
        let own = folder.path().join("acme");
        fs::create_dir(&own).unwrap();
        fs::write(own.join("connector.yaml"), filled(frame, recipe)).unwrap();
        let icon = r#"<svg xmlns="http://www.w3.org/2000/svg"/>"#;
        fs::write(own.join("icon.svg"), icon).unwrap();

        let report = check(&[own]);

        assert!(report.faults.is_empty(), "{report}\nin\n{recipe}");
    }
}
