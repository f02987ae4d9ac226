//! The client certificate of a definition (connectors.md §2.1, `tls`).

use velodrome_model::{SecretString, definition::ClientCertificate};

use super::values::{SetupError, Values, merged};
use crate::egress::Identity;

/// The certificate and key that a definition's setup gives. Nothing is opened yet: whether they can be
/// used shows when a connection is made.
pub(crate) fn identity(
    tls: &ClientCertificate,
    values: &Values<'_>,
) -> Result<Identity, SetupError> {
    let passphrase = match &tls.passphrase {
        // An unencrypted key is the usual case, so the passphrase may be blank.
        Some(template) => super::values::optional(template, values)?,
        None => None,
    };
    Ok(Identity::new(
        merged(&tls.certificate, values)?,
        SecretString::from(merged(&tls.private_key, values)?),
        passphrase.map(SecretString::from),
    ))
}
