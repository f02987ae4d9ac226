//! `/connectorauth/updateaccountconnectoroauth`: authenticate an account connector in the browser.

use askama::Template;
use axum::{
    Form,
    extract::{OriginalUri, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, header};
use indexmap::IndexMap;
use serde::Deserialize;
use velodrome_model::{AccountConnectorId, ExposeSecret, PartnerScope};
use velodrome_service::{
    Settings,
    authentication::{AuthForm, AuthenticationError, Authentications, Next, Typed, Visit, Visitor},
};

use super::{FORM_PATH, brand::Brand, browser, finish};
use crate::{ClientAddress, Site, lenient};

/// Parameters of the address; names in any case.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    id: Option<i32>,
    token: Option<String>,
    target_origin: Option<String>,
    callback_message: Option<String>,
}

/// Most characters of a callback message.
const MAX_MESSAGE: usize = 2_000;

/// Uses up the sign-in token, then asks for what is missing or goes on to the provider.
pub(super) async fn page(
    State(authentications): State<Authentications>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    ClientAddress(address): ClientAddress,
    OriginalUri(uri): OriginalUri,
    method: Method,
    headers: HeaderMap,
) -> Response {
    let plain = Brand::of(&settings, None).await;
    if method == Method::HEAD {
        // Mail scanners and chat previews look with HEAD; the token is for the person.
        return finish::bad_request(&plain, "Open this address in a browser.");
    }
    let Ok(query) = lenient::from_query::<Query>(uri.query().unwrap_or_default()) else {
        return finish::bad_request(&plain, "The address can't be read.");
    };
    let (Some(id), Some(token), Some(origin)) = (query.id, query.token, query.target_origin) else {
        return finish::bad_request(
            &plain,
            "The address needs the parameters id, token and targetOrigin.",
        );
    };
    let message = query.callback_message.filter(|message| !message.is_empty());
    if message
        .as_ref()
        .is_some_and(|message| message.chars().count() > MAX_MESSAGE)
    {
        return finish::bad_request(&plain, "callbackMessage is too long.");
    }
    if let Err(error) = Authentications::check_target(&origin) {
        return finish::failed(&plain, &error);
    }
    let visit = match authentications.use_sign_in_token(&token).await {
        Ok(visit) => visit,
        Err(error) => return finish::failed(&plain, &error),
    };
    let brand = Brand::of(
        &settings,
        Some(PartnerScope {
            partner: visit.scope.partner,
        }),
    )
    .await;
    let target = match authentications.target(visit.scope, &origin, message).await {
        Ok(target) => target,
        Err(error) => return finish::failed(&brand, &error),
    };
    let flow = Flow {
        authentications,
        site,
        brand,
        address,
        headers,
    };
    flow.ask_or_go_on(Visit { target, ..visit }, AccountConnectorId(id))
        .await
}

/// Takes the form of the page before.
pub(super) async fn submit(
    State(authentications): State<Authentications>,
    State(settings): State<Settings>,
    State(site): State<Site>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(mut typed): Form<IndexMap<String, String>>,
) -> Response {
    let token = typed.shift_remove(CONTINUATION).unwrap_or_default();
    let visit = match authentications.carried_on(&token).await {
        Ok(visit) => visit,
        Err(error) => return finish::failed(&Brand::of(&settings, None).await, &error),
    };
    let brand = Brand::of(
        &settings,
        Some(PartnerScope {
            partner: visit.scope.partner,
        }),
    )
    .await;
    let Some(id) = visit.account_connector else {
        return finish::failed(&brand, &AuthenticationError::Gone);
    };
    Flow {
        authentications,
        site,
        brand,
        address,
        headers,
    }
    .go_on(visit, id, &typed)
    .await
}

/// Name of the hidden input that carries a visit to the next page.
const CONTINUATION: &str = "velodrome-continuation";

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage<'a> {
    brand: &'a Brand,
    form: &'a AuthForm,
    action: &'a str,
    continuation_name: &'a str,
    continuation: &'a str,
    fault: Option<String>,
}

/// One step of the flow in one browser.
pub(super) struct Flow {
    pub authentications: Authentications,
    pub site: Site,
    pub brand: Brand,
    pub address: Option<std::net::IpAddr>,
    pub headers: HeaderMap,
}

impl Flow {
    /// Shows the form when something is missing, else goes on at once.
    pub async fn ask_or_go_on(self, visit: Visit, id: AccountConnectorId) -> Response {
        match Box::pin(self.authentications.form(visit.scope, id)).await {
            Ok((form, true)) => self.ask(visit, id, &form, StatusCode::OK, None).await,
            Ok((_, false)) => Box::pin(self.go_on(visit, id, &Typed::new())).await,
            Err(error) => finish::failed(&self.brand, &error),
        }
    }

    /// Stores what was typed and goes to the provider or to the end.
    pub async fn go_on(self, visit: Visit, id: AccountConnectorId, typed: &Typed) -> Response {
        let visitor = Visitor {
            scope: visit.scope,
            user_name: visit.user_name.clone(),
            address: self.address,
            browser: browser::known_or_new(&self.headers),
            target: visit.target.clone(),
        };
        // Boxed: it holds everything that talking to a provider takes.
        let begun = Box::pin(self.authentications.begin(&visitor, id, typed)).await;
        match begun {
            Ok(Next::Provider(url)) => {
                let mut response = finish::redirect(url.as_str());
                if let Some(cookie) = browser::cookie(&visitor.browser, &self.site) {
                    response.headers_mut().append(header::SET_COOKIE, cookie);
                }
                response
            }
            Ok(Next::Done {
                connector,
                problem: None,
            }) => finish::done(&self.brand, &connector, &visit.target),
            Ok(Next::Done {
                problem: Some(problem),
                ..
            }) => {
                self.ask_again(
                    visit,
                    id,
                    format!("The other application did not accept these values. {problem}"),
                )
                .await
            }
            Err(AuthenticationError::Values(form)) => {
                self.ask(visit, id, &form, StatusCode::BAD_REQUEST, None)
                    .await
            }
            Err(
                error @ (AuthenticationError::Token(_)
                | AuthenticationError::OAuth1(_)
                | AuthenticationError::Setup(_)
                | AuthenticationError::Sign(_)),
            ) => self.ask_again(visit, id, error.to_string()).await,
            Err(error) => finish::failed(&self.brand, &error),
        }
    }

    /// The form once more, with what the provider said; entries that are no secrets are kept.
    async fn ask_again(self, visit: Visit, id: AccountConnectorId, fault: String) -> Response {
        match Box::pin(self.authentications.form(visit.scope, id)).await {
            Ok((form, _)) => {
                self.ask(visit, id, &form, StatusCode::BAD_REQUEST, Some(fault))
                    .await
            }
            Err(error) => finish::failed(&self.brand, &error),
        }
    }

    async fn ask(
        self,
        visit: Visit,
        id: AccountConnectorId,
        form: &AuthForm,
        status: StatusCode,
        fault: Option<String>,
    ) -> Response {
        match self.authentications.carry_on(&visit, id).await {
            Ok(continuation) => {
                let page = FormPage {
                    brand: &self.brand,
                    form,
                    action: FORM_PATH,
                    continuation_name: CONTINUATION,
                    continuation: continuation.expose_secret(),
                    fault,
                };
                finish::page_of(&self.brand, status, &page)
            }
            Err(error) => finish::failed(&self.brand, &error),
        }
    }
}
