//! Authenticating through a provider's consent page, as a customer's browser does it.

use serde_json::{Value, json};
use url::Url;
use velodrome_compat::{Answer, Caller, Page, World};

/// Where the partner's own application waits for its customer.
const HOME: &str = "https://app.partner.example/done";

fn at_home(url: &Url) -> bool {
    url.host_str() == Some("app.partner.example")
}

/// A partner with its own application at a provider, and the connector in an account.
struct Journey {
    world: World,
    account: Caller,
    partner: Caller,
    connector: Value,
    installed: Value,
}

impl Journey {
    async fn begin() -> Self {
        Self::begin_at(
            "Pipedrive (OAuth 2.0)",
            "sandbox-pipedrive",
            "sandbox-pipedrive-secret",
        )
        .await
    }

    async fn begin_at(connector: &str, id: &str, secret: &str) -> Self {
        let journey = Self::install(connector).await;
        let path = format!("/v1.0/partner/connectors/{}/setup", journey.connector["Id"]);
        let setup = json!({ "ClientId": id, "ClientSecret": secret });
        journey.partner.put(&path, setup).await.expect(200);
        journey
    }

    async fn begin_without_setup() -> Self {
        Self::install("Pipedrive (OAuth 2.0)").await
    }

    async fn install(connector: &str) -> Self {
        let world = World::start();
        let partner = world.partner().await;
        let account = world.account(&partner, "bramble").await;
        let connector = world.connector(&partner, connector).await;
        let path = format!("/v1.0/connectors/{}/install", connector["Id"]);
        let installed = account.post_nothing(&path).await.expect(200).json();
        Self {
            world,
            account,
            partner,
            connector,
            installed,
        }
    }

    /// A link for the customer's browser, good for one use.
    async fn link(&self, parameters: &str) -> String {
        let token = self
            .partner
            .post(
                "/v1.0/accounts/bramble/signintoken",
                json!({ "Username": "ana" }),
            )
            .await
            .expect(200)
            .json();
        format!(
            "{}/connectorauth/updateaccountconnectoroauth?id={}&token={}&{parameters}",
            self.world.server.url(),
            self.installed["Id"],
            token["Token"].as_str().expect("a token")
        )
    }

    fn path(&self) -> String {
        format!("/v1.0/account/connectors/{}", self.installed["Id"])
    }

    async fn state(&self) -> Value {
        let seen = self.account.get(&self.path()).await.expect(200).json();
        seen["AuthenticationState"].clone()
    }

    async fn authenticate(&self) -> Page {
        let link = self.link(&format!("targetOrigin={HOME}")).await;
        let mut browser = self.world.browser();
        let consent = browser.open(&link).await;
        browser
            .submit_until(&consent, &consent.press("Allow access"), at_home)
            .await
    }

    async fn list_deals(&self) -> Answer {
        self.call("List Deals", json!({})).await
    }

    async fn call(&self, method: &str, values: Value) -> Answer {
        let method = self
            .world
            .method(&self.partner, &self.connector, method)
            .await;
        let path = format!(
            "{}/methods/{}",
            self.path(),
            method["MethodUniqueIdentifier"]
                .as_str()
                .expect("an identifier")
        );
        self.account
            .post(&path, json!({ "Parameters": values }))
            .await
    }
}

#[tokio::test]
async fn a_customer_who_consents_comes_home_authenticated_and_sees_deals() {
    let journey = Journey::begin().await;

    let home = journey.authenticate().await;
    let deals = journey.list_deals().await.expect(200);

    assert_eq!(home.url.as_str(), HOME);
    assert_eq!(journey.state().await, "Authenticated");
    assert!(deals.text.contains("\"title\""), "{}", deals.text);
}

#[tokio::test]
async fn a_customer_who_refuses_leaves_the_connector_unauthenticated() {
    let journey = Journey::begin().await;
    let link = journey.link(&format!("targetOrigin={HOME}")).await;
    let mut browser = journey.world.browser();
    let consent = browser.open(&link).await;

    let refused = browser
        .submit_until(&consent, &consent.press("Deny"), at_home)
        .await;

    let told: Vec<(String, String)> = refused.url.query_pairs().into_owned().collect();
    assert_eq!(told[0], ("error".to_owned(), "access_denied".to_owned()));
    assert_eq!(journey.state().await, "NotAuthenticated");
}

#[tokio::test]
async fn the_page_posts_the_callback_message_to_the_target_origin_only() {
    let journey = Journey::begin().await;
    let link = journey
        .link("targetOrigin=https://app.partner.example&callbackMessage=connected-311")
        .await;
    let mut browser = journey.world.browser();
    let consent = browser.open(&link).await;

    let page = browser
        .submit_until(&consent, &consent.press("Allow access"), at_home)
        .await;

    assert_eq!(page.status, 200);
    assert!(page.text.contains("connected-311"), "{}", page.text);
    assert!(
        page.text.contains("https://app.partner.example"),
        "{}",
        page.text
    );
    assert_eq!(journey.state().await, "Authenticated");
}

#[tokio::test]
async fn a_sign_in_token_works_once_and_a_made_up_one_never() {
    let journey = Journey::begin().await;
    let link = journey.link(&format!("targetOrigin={HOME}")).await;
    let made_up = format!(
        "{}/connectorauth/updateaccountconnectoroauth?id={}&token=made-up&targetOrigin={HOME}",
        journey.world.server.url(),
        journey.installed["Id"]
    );

    let first = journey.world.browser().open(&link).await;
    let second = journey.world.browser().open(&link).await;
    let invented = journey.world.browser().open(&made_up).await;

    assert_eq!(first.status, 200);
    assert_eq!(second.status, 410);
    assert_eq!(invented.status, 410);
}

#[tokio::test]
async fn a_callback_with_a_forged_or_foreign_state_is_refused() {
    let journey = Journey::begin().await;
    let link = journey.link(&format!("targetOrigin={HOME}")).await;
    let mut owner = journey.world.browser();
    let consent = owner.open(&link).await;
    let callback_of = |url: &Url| url.path() == "/connector/callback";
    let granted = owner
        .submit_until(&consent, &consent.press("Allow access"), callback_of)
        .await;
    let origin = journey.world.server.url();

    let foreign = journey
        .world
        .browser()
        .open_until(granted.url.as_str(), at_home)
        .await;
    let forged = owner
        .open_until(
            &format!("{origin}/connector/callback?code=abc&state=forged"),
            at_home,
        )
        .await;
    let wanted = owner.open_until(granted.url.as_str(), at_home).await;
    let replayed = owner.open_until(granted.url.as_str(), at_home).await;

    assert_eq!(foreign.status, 400, "another browser's callback");
    assert_eq!(forged.status, 400);
    assert_eq!(wanted.url.as_str(), HOME);
    assert_eq!(replayed.status, 400, "a state works once");
}

#[tokio::test]
async fn values_left_blank_by_the_partner_are_asked_of_the_customer() {
    let journey = Journey::begin_without_setup().await;
    let link = journey.link(&format!("targetOrigin={HOME}")).await;
    let mut browser = journey.world.browser();

    let asked = browser.open(&link).await;
    let form = asked
        .forms()
        .into_iter()
        .find(|form| form.fields.iter().any(|(name, _)| name == "ClientId"))
        .unwrap_or_else(|| panic!("no form asks for ClientId: {}", asked.text))
        .fill("ClientId", "sandbox-customer")
        .fill("ClientSecret", "sandbox-secret-of-the-customer");
    let consent = browser.submit_until(&asked, &form, at_home).await;
    let home = browser
        .submit_until(&consent, &consent.press("Allow access"), at_home)
        .await;

    assert_eq!(home.url.as_str(), HOME);
    assert_eq!(journey.state().await, "Authenticated");
}

#[tokio::test]
async fn a_connector_that_is_deauthenticated_refuses_calls_until_it_is_authenticated_again() {
    let journey = Journey::begin().await;
    journey.authenticate().await;

    journey
        .account
        .put_nothing(&format!("{}/deauthenticate", journey.path()))
        .await
        .expect(200);
    let refused = journey.list_deals().await;
    journey.authenticate().await;

    assert_eq!(refused.status, 400, "{}", refused.text);
    journey.list_deals().await.expect(200);
}

#[tokio::test]
async fn tokens_given_by_hand_authenticate_and_nonsense_does_not() {
    let journey = Journey::begin().await;
    let good =
        json!({ "AccessToken": "at-1", "RefreshToken": "rt-1", "Expires": "2099-01-01T00:00:00Z" });

    let refused = journey
        .account
        .put(
            &journey.path(),
            json!({ "AuthValue": "{\"AccessToken\":\"at-1\",\"Expires\":\"soon\"}" }),
        )
        .await;
    let accepted = journey
        .account
        .put(&journey.path(), json!({ "AuthValue": good.to_string() }))
        .await
        .expect(200)
        .json();

    refused.refusal(400);
    assert_eq!(accepted["Authenticated"], true);
}

#[tokio::test]
async fn a_list_of_3dcart_that_finds_nothing_is_empty_and_a_missing_record_an_error() {
    let journey = Journey::begin_at("3DCart", "sandbox-3dcart", "sandbox-3dcart-secret").await;
    journey.authenticate().await;

    let none = journey
        .call("List Orders", json!({ "invoicenumber": 999999 }))
        .await
        .expect(200);
    let missing = journey
        .call("Get Order", json!({ "OrderId": 999999 }))
        .await
        .expect(400);

    assert_eq!(none.json(), json!([]));
    assert_eq!(missing.json()["Message"], "Failed to call the method");
}
