//! The few pages people see: plain, readable, without scripts.

use std::fmt::Write;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1c2430;--paper:#fff;--ground:#eef1f5;--line:#8a94a3;--accent:#1d5fbf;--accent-ink:#fff;--note:#fff4d6;--note-ink:#533d00}\
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf2;--paper:#1b222c;--ground:#11161d;--line:#7d8896;--accent:#8ab6ff;--accent-ink:#0b1a33;--note:#3d3000;--note-ink:#ffe9a8}}\
*{box-sizing:border-box}\
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}\
main{max-width:44rem;margin:2rem auto;padding:1.5rem;background:var(--paper);border:1px solid var(--line);border-radius:.5rem}\
main.narrow{max-width:30rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}h2{font-size:1.15rem;margin:2rem 0 .5rem}\
.note{background:var(--note);color:var(--note-ink);padding:.5rem .75rem;border-radius:.25rem}\
code{font:.9em ui-monospace,monospace;overflow-wrap:anywhere}\
pre{overflow-x:auto;padding:.75rem;border:1px solid var(--line);border-radius:.25rem}\
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0}\
a{color:var(--accent)}\
fieldset{border:1px solid var(--line);border-radius:.25rem;margin:1rem 0;padding:.5rem .75rem}legend{padding:0 .25rem;font-weight:600}\
label{display:flex;gap:.5rem;align-items:center;min-height:2.75rem}\
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}\
button{font:inherit;min-height:2.75rem;padding:.5rem 1.25rem;border-radius:.25rem;border:1px solid var(--accent);background:transparent;color:var(--accent);cursor:pointer}\
button.primary{background:var(--accent);color:var(--accent-ink)}\
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}";

/// Text made safe for element content and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A whole page. `title` is escaped here, `body` is markup.
pub(crate) fn page(title: &str, body: &str) -> String {
    document(title, "", body)
}

/// A whole page with one narrow column, for a single decision.
pub(crate) fn dialog(title: &str, body: &str) -> String {
    document(title, " class=\"narrow\"", body)
}

fn document(title: &str, class: &str, body: &str) -> String {
    let title = escape(title);
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} – Sandbox</title><style>{STYLE}</style></head>\
         <body><main{class}><h1>{title}</h1>{body}</main></body></html>"
    );
    out
}
