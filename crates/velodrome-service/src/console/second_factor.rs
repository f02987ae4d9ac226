//! The second factor: time-based codes (RFC 6238) of an authenticator app.

use rand::RngCore as _;
use totp_rs::{Algorithm, Builder, Secret};
use velodrome_model::{AdministratorId, ExposeSecret, InstanceScope, SecretString};
use velodrome_store::{SecondFactor, StoreError};

use super::Console;

/// A second factor to be set up: shown once, in force once a code of it was entered.
#[derive(Debug)]
pub struct NewSecondFactor {
    /// The secret in base32, for typing in.
    pub secret: SecretString,
    /// The secret as an `otpauth:` address, for scanning.
    pub address: SecretString,
}

const DIGITS: u8 = 6;
const STEP: u64 = 30;

impl NewSecondFactor {
    /// A new one for this person, named so in the app.
    pub(super) fn generate(issuer: &str, email: &str) -> Self {
        let mut bytes = vec![0_u8; 20];
        rand::rng().fill_bytes(&mut bytes);
        let secret = Secret::from(bytes).to_base32();
        // Colons part issuer and account in the address, so neither may have one.
        let encode = |text: &str| {
            url::form_urlencoded::byte_serialize(text.replace(':', " ").as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let (issuer, email) = (encode(issuer), encode(email));
        let address = format!(
            "otpauth://totp/{issuer}:{email}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP}"
        );
        Self {
            secret: secret.into(),
            address: address.into(),
        }
    }
}

impl Console {
    /// Checks a code and uses up its time step, so that it does not work twice.
    pub(super) async fn use_code(
        &self,
        id: AdministratorId,
        which: SecondFactor,
        code: &SecretString,
    ) -> Result<bool, StoreError> {
        let unit = self.store.begin(&InstanceScope).await?;
        let Some(secret) = unit.administrators().second_factor(id, which).await? else {
            return Ok(false);
        };
        let now = u64::try_from(self.clock.now().timestamp()).unwrap_or(0);
        let Some(step) = matching_step(&secret, code.expose_secret(), now) else {
            return Ok(false);
        };
        let unused = unit.administrators().use_code(id, step).await?;
        unit.commit().await?;
        Ok(unused)
    }
}

/// The time step that the code belongs to: the current one or a neighbour, since clocks differ.
pub(super) fn matching_step(secret: &SecretString, code: &str, now: u64) -> Option<i64> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let well_formed =
        code.len() == usize::from(DIGITS) && code.bytes().all(|byte| byte.is_ascii_digit());
    let secret = Secret::try_from_base32(secret.expose_secret())
        .ok()
        .filter(|_| well_formed)?;
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_skew(1)
        .with_step_duration(STEP)
        .with_secret(secret)
        .build()
        .ok()?;
    totp.check(&code, now)
        .and_then(|step| i64::try_from(step).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "12345678901234567890", the secret of RFC 6238's test vectors.
    const RFC_SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_of_the_rfc_are_accepted_around_their_time_only() {
        let secret = SecretString::from(RFC_SECRET);

        assert_eq!(matching_step(&secret, "287 082", 59), Some(1));
        assert_eq!(matching_step(&secret, "287082", 89), Some(1));
        assert_eq!(matching_step(&secret, "287082", 120), None);
        assert_eq!(matching_step(&secret, "28708", 59), None);
        assert_eq!(matching_step(&secret, "abcdef", 59), None);
    }

    #[test]
    fn a_new_one_is_an_address_that_apps_read() {
        let new = NewSecondFactor::generate("Harbour: Apps", "ada@example.com");

        let address = new.address.expose_secret();
        assert!(
            address.starts_with("otpauth://totp/Harbour%20%20Apps:ada%40example.com?secret="),
            "{address}"
        );
        assert_eq!(new.secret.expose_secret().len(), 32);
    }
}
