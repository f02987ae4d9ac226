//! The page that asks whether an application may have access. Works without scripts.

use std::fmt::Write;

use super::ledger::Authorization;
use super::settings::Settings;
use crate::html::{dialog, escape};

pub(crate) fn render(
    settings: &Settings,
    authorization: &Authorization,
    request: &str,
    csrf: &str,
    action: &str,
) -> String {
    let mut body = format!(
        "<p class=\"note\"><strong>Sandbox.</strong> This page simulates {provider} on this machine. Do not \
         enter real credentials; no real {word} is touched.</p>\
         <p>The application <code>{client}</code> asks for access to your {word}.</p>",
        provider = escape(&settings.provider),
        word = settings.tenant_word,
        client = escape(&authorization.client_id),
    );
    if !authorization.scopes.is_empty() {
        body.push_str("<h2>It will be able to use</h2><ul>");
        for scope in &authorization.scopes {
            let _ = write!(body, "<li><code>{}</code></li>", escape(scope));
        }
        body.push_str("</ul>");
    }
    let _ = write!(
        body,
        "<form method=\"post\" action=\"{action}\">\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\
         <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\
         <fieldset><legend>Your {word}</legend>{choices}</fieldset>\
         <div class=\"actions\"><button class=\"primary\" name=\"decision\" value=\"allow\">Allow access</button>\
         <button name=\"decision\" value=\"deny\">Deny</button></div></form>\
         <p>Either way you go back to <code>{back}</code>.</p>",
        action = escape(action),
        word = settings.tenant_word,
        choices = choices(settings, authorization),
        back = escape(&authorization.redirect_uri),
    );
    dialog(&format!("{} (Sandbox)", settings.provider), &body)
}

fn choices(settings: &Settings, authorization: &Authorization) -> String {
    let named = authorization.tenant.as_deref();
    let mut options: Vec<(&str, &str)> = settings
        .tenants
        .iter()
        .map(|tenant| (tenant.key, tenant.label))
        .collect();
    if let Some(named) = named
        && options.iter().all(|(key, _)| *key != named)
    {
        options.insert(0, (named, named));
    }
    let chosen = named.unwrap_or(options[0].0).to_owned();
    let mut out = String::new();
    for (key, label) in &options {
        let checked = if *key == chosen { " checked" } else { "" };
        let _ = write!(
            out,
            "<label><input type=\"radio\" name=\"tenant\" value=\"{}\"{checked}>{}</label>",
            escape(key),
            escape(label)
        );
    }
    out
}
