//! The generic authenticated proxy (connectors.md §12).

use http::{HeaderMap, Method};
use velodrome_connector::{
    call::{Patience, ProxyRequest},
    egress::Response,
};
// The body of a passage, in memory or as a stream; the API does not see the room that sends it.
pub use velodrome_connector::egress::RequestBody as PassageBody;
use velodrome_model::{AccountActor, AccountConnectorId, PartnerScope};

use super::{CallFailure, Calls, caller::signer};

/// A request to be passed on.
pub struct Passage<'a> {
    /// The verb.
    pub method: Method,
    /// Path and query below the base, still encoded as they came.
    pub path_and_query: &'a str,
    /// Another of the connector's hosts, as the caller named it.
    pub base: Option<&'a str>,
    /// The caller's headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: PassageBody,
}

impl Calls {
    /// Passes a request on with the credentials of the account connector and answers with the head of the
    /// provider's answer; its body is streamed by the caller.
    ///
    /// # Errors
    /// As [`CallFailure`] says. Whatever the provider answers is an answer.
    pub async fn proxy(
        &self,
        actor: &AccountActor,
        id: AccountConnectorId,
        passage: Passage<'_>,
    ) -> Result<Response, CallFailure> {
        if actor.restricted {
            let partner = PartnerScope {
                partner: actor.scope.partner,
            };
            if !self.settings.security(partner).await?.proxy_enabled {
                return Err(CallFailure::ProxyOff);
            }
        }
        let installation = self.open(actor, id).await?;
        let context = installation.context(self.bench.clock.now());
        let request = ProxyRequest {
            definition: installation.numbered.definition(),
            routes: &installation.routes,
            authentication: &installation.authentication,
            properties: &installation.properties,
            partner: installation.setup.properties(),
            context: &context,
            signer: signer(&installation)?,
            patience: Patience::ON_DEMAND,
            base: passage.base,
            method: passage.method,
            path_and_query: passage.path_and_query,
            headers: passage.headers,
            body: passage.body,
        };
        Ok(self
            .caller
            .pipeline()
            .proxy(request, &self.caller.credentials(&installation))
            .await?)
    }
}
