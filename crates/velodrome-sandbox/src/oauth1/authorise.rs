//! The resource owner's page (RFC 5849 §2.2).

use std::fmt::Write;

use url::Url;

use super::server::{Form, Granted, OAuth1Server, Temporary};
use crate::answer::Answer;
use crate::call::Call;
use crate::control::Consent;
use crate::html::{dialog, escape};

const BROWSER_COOKIE: &str = "sandbox_browser";

impl OAuth1Server {
    /// `GET`: asks the person.
    pub(crate) fn authorise(&self, call: &Call) -> Answer {
        let token = call.query.get("oauth_token").unwrap_or_default();
        let now = self.world.now();
        let mut keys = self.keys.lock();
        let waiting = keys
            .temporary
            .get_mut(token)
            .filter(|temporary| temporary.expires > now && temporary.granted.is_none());
        let Some(temporary) = waiting else {
            return self.error_page("This link has expired, was already used or is not known.");
        };
        match self.world.consent() {
            Consent::Allow => self.grant(token, temporary, self.settings.tenants[0].0),
            Consent::Deny => {
                let callback = temporary.callback.clone();
                keys.temporary.remove(token);
                self.back(
                    &callback,
                    &[
                        ("oauth_problem", "permission_denied"),
                        ("oauth_token", token),
                    ],
                )
            }
            Consent::Ask => {
                let browser = match call.cookie(BROWSER_COOKIE) {
                    Some(known) => known.to_owned(),
                    None => self.world.chance.text(32),
                };
                let csrf = self.world.chance.text(32);
                let page = self.page(call, token, &csrf, temporary);
                temporary.form = Some(Form {
                    csrf,
                    browser: browser.clone(),
                });
                Answer::html(200, page).with(
                    "set-cookie",
                    format!("{BROWSER_COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax"),
                )
            }
        }
    }

    /// `POST`: the form's decision.
    pub(crate) fn decide(&self, call: &Call) -> Answer {
        let form = call.form();
        let token = form.get("oauth_token").unwrap_or_default();
        let now = self.world.now();
        let mut keys = self.keys.lock();
        let genuine = keys.temporary.get_mut(token).filter(|temporary| {
            temporary.expires > now
                && temporary.form.as_ref().is_some_and(|shown| {
                    form.get("csrf") == Some(&shown.csrf)
                        && call.cookie(BROWSER_COOKIE) == Some(&shown.browser)
                })
        });
        let Some(temporary) = genuine else {
            return self.error_page(
                "This page has expired, was already answered, or was opened in another browser.",
            );
        };
        temporary.form = None;
        if form.get("decision") != Some("allow") {
            let callback = temporary.callback.clone();
            keys.temporary.remove(token);
            return self.back(
                &callback,
                &[
                    ("oauth_problem", "permission_denied"),
                    ("oauth_token", token),
                ],
            );
        }
        let chosen = form.get("tenant").unwrap_or_default();
        match self.settings.tenants.iter().find(|(key, _)| *key == chosen) {
            Some((key, _)) => self.grant(token, temporary, key),
            None => self.error_page(&format!(
                "Choose a {} that is on the page.",
                self.settings.tenant_word
            )),
        }
    }

    fn grant(&self, token: &str, temporary: &mut Temporary, tenant: &str) -> Answer {
        let verifier = self.world.chance.text(24);
        temporary.granted = Some(Granted {
            verifier: verifier.clone(),
            tenant: tenant.to_owned(),
        });
        if temporary.callback == "oob" {
            let body = format!(
                "<p>Type this code into the application:</p><p><code>{verifier}</code></p>"
            );
            return Answer::html(200, dialog("Your verification code", &body));
        }
        self.back(
            &temporary.callback,
            &[("oauth_token", token), ("oauth_verifier", &verifier)],
        )
    }

    fn back(&self, callback: &str, parameters: &[(&str, &str)]) -> Answer {
        match Url::parse(callback) {
            Ok(mut url) => {
                url.query_pairs_mut().extend_pairs(parameters);
                Answer::redirect(url)
            }
            Err(_) => self.error_page("Access was denied. You may close this page."),
        }
    }

    fn page(&self, call: &Call, token: &str, csrf: &str, temporary: &Temporary) -> String {
        let settings = &self.settings;
        let mut choices = String::new();
        for (index, (key, label)) in settings.tenants.iter().enumerate() {
            let checked = if index == 0 { " checked" } else { "" };
            let _ = write!(
                choices,
                "<label><input type=\"radio\" name=\"tenant\" value=\"{}\"{checked}>{}</label>",
                escape(key),
                escape(label)
            );
        }
        let body = format!(
            "<p class=\"note\"><strong>Sandbox.</strong> This page simulates a provider on this machine. Do not \
             enter real credentials.</p>\
             <p>The application <code>{consumer}</code> asks for access to your {word}.</p>\
             <form method=\"post\" action=\"{action}\">\
             <input type=\"hidden\" name=\"oauth_token\" value=\"{token}\">\
             <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\
             <fieldset><legend>Your {word}</legend>{choices}</fieldset>\
             <div class=\"actions\"><button class=\"primary\" name=\"decision\" value=\"allow\">Allow access</button>\
             <button name=\"decision\" value=\"deny\">Deny</button></div></form>\
             <p>Either way you go back to <code>{back}</code>.</p>",
            consumer = escape(&temporary.consumer_key),
            word = settings.tenant_word,
            action = escape(&call.path),
            token = escape(token),
            back = escape(&temporary.callback),
        );
        dialog(&format!("{} (Sandbox)", settings.provider), &body)
    }

    fn error_page(&self, reason: &str) -> Answer {
        let title = format!("{} cannot continue", self.settings.provider);
        let body = format!("<p role=\"alert\">{}</p>", escape(reason));
        Answer::html(400, dialog(&title, &body))
    }
}
