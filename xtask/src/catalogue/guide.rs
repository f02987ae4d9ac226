//! The guide of a generated connector: which values, where they come from, what to expect.

use serde_json::Value;

use super::auth::Members;
use super::definition::{Draft, without_remark};
use super::facts::Provider;
use super::overlay::Overlay;
use super::paging::LIST;

/// Markdown.
pub fn markdown(provider: &Provider, draft: &Draft, overlay: &Overlay) -> String {
    let guide = Guide {
        provider,
        draft,
        name: without_remark(&provider.name),
    };
    let mut out = format!("# {}\n\n", provider.name);
    out.push_str(&guide.beginning(overlay));
    out.push_str(&guide.values());
    out.push_str(&guide.preparation());
    out.push_str(&guide.account());
    out.push_str(&guide.calls());
    if let Some(more) = &overlay.guide {
        out.push_str(more.trim());
        out.push_str("\n\n");
    }
    out.push_str(&guide.doubts());
    out.push_str(&guide.trouble());
    out
}

struct Guide<'a> {
    provider: &'a Provider,
    draft: &'a Draft,
    name: &'a str,
}

impl Guide<'_> {
    fn authentications(&self) -> Vec<&Members> {
        let list = self.draft.definition["authentications"].as_array();
        list.into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .collect()
    }

    fn has_method(&self, key: &str) -> bool {
        let list = self.draft.definition["methods"].as_array();
        list.into_iter()
            .flatten()
            .any(|method| method["key"] == key)
    }

    fn beginning(&self, overlay: &Overlay) -> String {
        let name = self.name;
        let mut out = format!(
            "Reaches every part of the {name} API: **Call API** takes any path, Velodrome adds the credentials and keeps \
             them fresh. Methods with fields of their own are not there yet.\n\n"
        );
        let mut pages: Vec<&str> = self.provider.docs_url.as_deref().into_iter().collect();
        // What others wrote, and code, is for whoever checks the definition.
        let own = overlay.sources.iter().map(String::as_str);
        pages.extend(own.filter(|page| self.is_own(page)));
        pages.dedup();
        match pages.as_slice() {
            [] => out.push_str(&format!(
                "We know of no public page that describes the API; ask {name} for its description.\n\n"
            )),
            [page] => out.push_str(&format!("Documentation of the API: <{page}>.\n\n")),
            pages => {
                out.push_str("Documentation of the API:\n\n");
                for page in pages {
                    out.push_str(&format!("- <{page}>\n"));
                }
                out.push('\n');
            }
        }
        out
    }

    /// Whether a page is on a site of the provider's.
    fn is_own(&self, page: &str) -> bool {
        let provider = self.provider;
        let known = [&provider.docs_url, &provider.home_url, &provider.base_url];
        let mut known = known.into_iter().flatten().filter_map(|known| site(known));
        site(page).is_some_and(|page| known.any(|known| known == page))
    }

    fn values(&self) -> String {
        let mut rows = Vec::new();
        let several = self.authentications().len() > 1;
        for entry in self.authentications() {
            let way = entry
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default();
            for (name, field) in entry
                .get("fields")
                .and_then(Value::as_object)
                .into_iter()
                .flatten()
            {
                if field["hide"] == true {
                    continue;
                }
                let level = match name.as_str() {
                    "ClientId" | "ClientSecret" | "Scopes" => {
                        "partner; asked of the account when left blank"
                    }
                    _ => "account",
                };
                let only = if several {
                    format!(" ({way})")
                } else {
                    String::new()
                };
                rows.push(row(
                    &format!("{}{only}", text(&field["label"], name)),
                    &self.origin(name, field),
                    level,
                    field,
                ));
            }
            if entry["type"] == "Basic" && !entry.contains_key("fields") {
                for label in ["Username", "Password"] {
                    let origin = format!("a user of {}", self.name);
                    rows.push(format!("| **{label}** | {origin} | account |\n"));
                }
            }
        }
        let list = self
            .draft
            .definition
            .get("parameters")
            .and_then(Value::as_array);
        for parameter in list.into_iter().flatten() {
            let is_partner = parameter["partnerConnectorProperty"] == true;
            let is_account = parameter["accountConnectorProperty"] == true;
            if parameter["hide"] == true || !(is_partner || is_account) {
                continue;
            }
            let level = if is_partner {
                "partner; asked of the account when left blank"
            } else {
                "account"
            };
            let mut origin = text(&parameter["description"], "").to_owned();
            let choices: Vec<String> = parameter["values"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(|choice| format!("`{choice}`"))
                .collect();
            if !choices.is_empty() {
                origin.push_str(&format!(" One of {}.", choices.join(", ")));
            }
            if let Some(default) = parameter["defaultValue"].as_str() {
                origin.push_str(&format!(" Left blank: `{default}`."));
            }
            rows.push(row(
                text(&parameter["displayName"], ""),
                &origin,
                level,
                parameter,
            ));
        }
        if self.draft.has_callback {
            rows.push("| **Callback URL** | the setup form here; you enter it there | filled in for you |\n".to_owned());
        }
        if rows.is_empty() {
            return "Nothing has to be entered.\n\n".to_owned();
        }
        format!(
            "## Values\n\n| Value | Where it comes from | Level |\n| --- | --- | --- |\n{}\n",
            rows.concat()
        )
    }

    /// Where a credential comes from.
    fn origin(&self, credential: &str, field: &Value) -> String {
        let name = self.name;
        let origin = match credential {
            "ClientId" => format!("the app that you register at {name}"),
            "ClientSecret" => "the same app; shown there, often only once".to_owned(),
            "ApiKey" => {
                format!("the settings of the {name} account, where keys for the API are made")
            }
            "Username" | "Password" => format!("a user of {name} who may use the API"),
            "Token" | "TokenSecret" => format!("an access token that is made in {name}"),
            "Scopes" => return text(&field["description"], "").to_owned(),
            _ => format!("{name}, with the other credentials of the API"),
        };
        match field["description"].as_str() {
            Some(more) => format!("{}. {more}", origin.trim_end_matches('.')),
            None => origin,
        }
    }

    /// What has to be done at the provider before.
    fn preparation(&self) -> String {
        let name = self.name;
        let mut out = format!("## At {name}\n\n");
        let mut steps: Vec<String> = Vec::new();
        for entry in self.authentications() {
            let oauth = entry.get("oauth2");
            match (
                text(&entry["type"], ""),
                oauth.map(|rules| text(&rules["type"], "")),
            ) {
                ("OAuth2", Some("AuthorisationCode")) => {
                    steps.push(format!("Register an app for the API at {name}. One app serves all of your accounts."));
                    steps.push(
                        "Enter the Callback URL of the setup form, `{{CallbackUrl}}`, as the app's redirect address, \
                         letter by letter."
                            .to_owned(),
                    );
                    let scopes = oauth.and_then(|rules| rules["scopes"].as_array()).is_some();
                    if scopes {
                        steps.push("Allow the app what the scopes above name.".to_owned());
                    } else {
                        steps.push("Give the app the permissions that your calls need.".to_owned());
                    }
                    steps.push(
                        "Copy the app's id and secret into the setup form here and save it."
                            .to_owned(),
                    );
                }
                ("OAuth2", _)
                    if entry["key"]
                        .as_str()
                        .is_some_and(|key| key.starts_with("service-account")) =>
                {
                    steps.push(format!(
                        "Create the service account or app at {name}, and a key for it."
                    ));
                    steps.push("Let it act for the users whose data is wanted, where the provider asks for that.".to_owned());
                }
                ("OAuth2", _) if entry["key"] == "client-credentials" => {
                    steps.push(format!(
                        "Register an app at {name} that calls the API by itself, and let it read and change what your calls need."
                    ));
                    steps.push("Copy its id and secret.".to_owned());
                }
                ("OAuth1", _) if self.draft.has_callback => {
                    steps.push(format!("Register an app for the API at {name}."));
                    steps.push(
                        "Where it asks for one, enter the Callback URL of the setup form, `{{CallbackUrl}}`.".to_owned(),
                    );
                    steps
                        .push("Copy the app's key and secret into the setup form here.".to_owned());
                }
                ("OAuth1", _) => {
                    steps.push(format!(
                        "Register an app for the API at {name} and copy its key and secret."
                    ));
                }
                ("ApiKey", _) => {
                    steps.push(format!(
                        "Sign in to {name} as somebody who may manage the API, and create a key for this integration alone: \
                         it can then be withdrawn without breaking others."
                    ));
                }
                ("Basic" | "AuthFields", _) | ("OAuth2", Some(_)) => {
                    steps.push(format!(
                        "Choose the {name} user or credentials that the calls are made with. A user of its own, with no more \
                         rights than needed, is best."
                    ));
                }
                _ => {}
            }
        }
        steps.dedup();
        if steps.is_empty() {
            return String::new();
        }
        for (at, step) in steps.iter().enumerate() {
            out.push_str(&format!("{}. {step}\n", at + 1));
        }
        out.push('\n');
        out
    }

    fn account(&self) -> String {
        let name = self.name;
        let consent = self.draft.has_callback;
        let mut out = "## What the account sees\n\n".to_owned();
        if consent {
            out.push_str(&format!(
                "With the partner's values set, the account is sent to {name}, signs in, allows your app what it asks for, and \
                 comes back authenticated.\n\n"
            ));
        } else {
            out.push_str("The account enters its values in the setup form when the connector is installed.\n\n");
        }
        let several: Vec<String> = self
            .authentications()
            .iter()
            .filter_map(|entry| entry.get("name")?.as_str().map(|way| format!("*{way}*")))
            .collect();
        if several.len() > 1 {
            out.push_str(&format!(
                "Who installs it chooses how to authenticate: {}.\n\n",
                several.join(" or ")
            ));
        }
        if self.draft.definition.contains_key("postInstallTestAuth") {
            out.push_str("A first call then shows whether the credentials work; if not, the answer is shown.\n\n");
        }
        out
    }

    fn calls(&self) -> String {
        let base = self.draft.base.replace("{{", "‹").replace("}}", "›");
        let needs_body = super::methods::needs_body(self.provider);
        let mut out = format!(
            "## Call API\n\n{} {} {}{}. The answer comes back as it is.\n\n",
            if needs_body {
                "The credentials go in the body, so there are methods for the verbs that have one: POST, PUT and PATCH."
            } else {
                "There is a method for each verb: GET, POST, PUT, PATCH and DELETE."
            },
            if super::methods::takes_path(&self.draft.base) {
                format!(
                    "**Path** is what follows `{base}/`, without a slash in front; it may end in a query."
                )
            } else {
                format!("All calls go to `{base}`.")
            },
            if needs_body {
                "Mapped fields go into the body beside them"
            } else {
                "Mapped fields go into the query of GET and DELETE, and into the body of the others"
            },
            match super::methods::body_type(self.provider) {
                Some("Form") => ", as a form",
                Some(_) => ", as XML",
                None => ", as JSON",
            }
        );
        if self.has_method(LIST) {
            out.push_str(
                "**GET, all pages** reads a list to its end, as most lists of this API turn their pages. For a list that turns \
                 them in another way use GET, and ask for each page.\n\n",
            );
        }
        if let Some(limit) = &self.provider.rate_limit
            && !limit.retry_after_headers.is_empty()
        {
            out.push_str(&format!(
                "Calls that come too fast are answered with 429; Velodrome waits as long as {} asks, and repeats them.\n\n",
                self.name
            ));
        }
        out
    }

    fn doubts(&self) -> String {
        let mut out = String::new();
        if !self.draft.left_out.is_empty() {
            out.push_str("## Not available here\n\n");
            for (way, reason) in &self.draft.left_out {
                out.push_str(&format!("- {way}: {reason}.\n"));
            }
            out.push('\n');
        }
        if !self.draft.unconfirmed.is_empty() {
            out.push_str("## Not confirmed yet\n\n");
            for doubt in &self.draft.unconfirmed {
                out.push_str(&format!("- {doubt}\n"));
            }
            out.push_str("\nTell us when something is otherwise.\n\n");
        }
        out
    }

    fn trouble(&self) -> String {
        let name = self.name;
        let mut rows = String::new();
        if self.draft.has_callback {
            rows.push_str(&format!(
                "| {name} refuses the redirect address | The Callback URL is not entered at the app, or differs in a letter. |\n"
            ));
            rows.push_str(
                "| The connection *needs re-authentication* | Access was withdrawn, or has expired. Authenticate again. |\n",
            );
        }
        rows.push_str(
            "| 401 | The credentials are mistyped, withdrawn, or of another account. |\n\
             | 403 | They are good, but not for this call: give the user or app the right, and authenticate again. |\n\
             | 404 | The path is wrong, or begins with a part that the base address has already. |\n",
        );
        format!(
            "## When something goes wrong\n\n| What you see | Why, and what to do |\n| --- | --- |\n{rows}"
        )
    }
}

fn row(label: &str, origin: &str, level: &str, field: &Value) -> String {
    let optional = if field["optional"] == true {
        ", optional"
    } else {
        ""
    };
    let origin = origin.replace('|', "\\|");
    format!("| **{label}** | {origin} | {level}{optional} |\n")
}

fn text<'v>(value: &'v Value, otherwise: &'v str) -> &'v str {
    value.as_str().unwrap_or(otherwise)
}

/// The end of an address' host: the two labels that somebody has registered, mostly.
fn site(address: &str) -> Option<&str> {
    let host = address.strip_prefix("https://")?.split('/').next()?;
    let labels = host.rmatch_indices('.').nth(1);
    Some(labels.map_or(host, |(at, _)| &host[at + 1..]))
}
