//! `docs/reference/configuration.md`, from the settings' own doc comments.

use std::fmt::Write;

use super::{
    FILE, GROUPS,
    setting::{Default, Setting},
};

/// The whole page.
pub fn markdown() -> String {
    let mut page = format!(
        "# Configuration\n\n\
         Settings come from the environment and from `{FILE}` in the working directory (or the file that \
         `--config` names); the environment wins. An unknown name is an error that tells the nearest \
         known one, and all mistakes are reported together. `velodrome config` prints what is in force.\n\n\
         In the file a setting has its name in lower case without the prefix. An underscore may be a \
         table, and a list may be an array:\n\n\
         ```toml\n\
         public_url = \"https://integrations.example.com\"\n\n\
         [egress]\n\
         allow = [\"10.1.0.0/16\"]\n\
         ```\n"
    );
    for group in GROUPS {
        write!(page, "\n## {}\n", group.title).expect("texts take any text");
        for setting in group.settings {
            page.push_str(&section(setting));
        }
    }
    page.push_str("\n<!-- Made by `velodrome config --markdown`; a test keeps it fresh. -->\n");
    page
}

fn section(setting: &Setting) -> String {
    let doc = setting
        .doc
        .lines()
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" ");
    let default = match setting.default {
        Default::Text("") => "none".to_owned(),
        Default::Text(text) => format!("`{text}`"),
        Default::Otherwise(words) => words.to_owned(),
    };
    format!(
        "\n### `{}`\n\n{}\n\nDefault: {default}. In the file: `{}`.\n",
        setting.variable,
        doc.trim(),
        setting.key()
    )
}
