//! What is made at the first start.

use velodrome_model::SecretString;

use super::{
    faults::Faults,
    setting::{Default::Otherwise, Default::Text, settings},
};

settings! {
    /// What is made at the first start.
    Bootstrap, "First start" {
        /// Email address of the first console administrator, made only while there is none.
        admin_email: String = "VELODROME_ADMIN_EMAIL", Text("admin@localhost");
        /// Password of the first console administrator.
        admin_password: Option<SecretString> = "VELODROME_ADMIN_PASSWORD", Otherwise("generated, and printed once");
        /// Id of the first OAuth client of the default partner, made only while it is absent.
        bootstrap_client_id: Option<String> = "VELODROME_BOOTSTRAP_CLIENT_ID", Otherwise("none");
        /// Secret of that OAuth client.
        bootstrap_client_secret: Option<SecretString> = "VELODROME_BOOTSTRAP_CLIENT_SECRET", Otherwise("none");
    }
}

impl Bootstrap {
    pub(super) fn check(&self, faults: &mut Faults) {
        let (id, secret) = (
            "VELODROME_BOOTSTRAP_CLIENT_ID",
            "VELODROME_BOOTSTRAP_CLIENT_SECRET",
        );
        let missing = match (&self.bootstrap_client_id, &self.bootstrap_client_secret) {
            (Some(_), None) => Some((secret, id)),
            (None, Some(_)) => Some((id, secret)),
            (Some(_), Some(_)) | (None, None) => None,
        };
        if let Some((missing, given)) = missing {
            faults.add(missing, &format!("must be set too, since {given} is"));
        }
    }
}
