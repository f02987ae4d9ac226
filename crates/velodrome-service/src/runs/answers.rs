//! Those who wait for the response of a request.

use std::{collections::HashMap, sync::Arc};

use parking_lot::Mutex;
use tokio::sync::Notify;
use velodrome_model::WebhookRequestId;

/// Who waits for what: one that waits hears of its own request only.
#[derive(Default)]
pub(crate) struct Answers(Mutex<HashMap<WebhookRequestId, Arc<Notify>>>);

/// One that waits, until it is dropped.
pub(crate) struct Waiting<'a> {
    answers: &'a Answers,
    request: WebhookRequestId,
    notify: Arc<Notify>,
}

impl Answers {
    /// From here on nothing that is told of the request is missed.
    pub fn wait(&self, request: WebhookRequestId) -> Waiting<'_> {
        let notify = Arc::new(Notify::new());
        self.0.lock().insert(request, Arc::clone(&notify));
        Waiting {
            answers: self,
            request,
            notify,
        }
    }

    /// One of the request's transactions has come on.
    pub fn told(&self, request: WebhookRequestId) {
        if let Some(notify) = self.0.lock().get(&request) {
            notify.notify_one();
        }
    }
}

impl Waiting<'_> {
    /// Waits until something is told; what was told meanwhile counts.
    pub async fn told(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.answers.0.lock().remove(&self.request);
    }
}
