//! Secrets that we make ourselves: tokens, cookies, client secrets. Only hashes of tokens are stored.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore as _;
use sha2::{Digest as _, Sha256};
use velodrome_model::SecretString;

/// A new token of 256 bits behind a prefix, of letters, digits, `-` and `_` only.
pub fn mint(prefix: &str) -> SecretString {
    SecretString::from(format!(
        "{prefix}{}",
        URL_SAFE_NO_PAD.encode(random::<32>())
    ))
}

/// A new key of 256 bits for an address, of letters, digits, `-` and `_` only. Whoever knows the address may
/// see it again, so it is kept as it is.
pub fn random_key() -> String {
    URL_SAFE_NO_PAD.encode(random::<32>())
}

/// The hash under which a token is stored. A token has 256 random bits, so a plain hash is enough.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The same in hexadecimal.
pub fn hash_hex(token: &str) -> String {
    Sha256::digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A new public id, such as a client id: 96 bits in hexadecimal.
pub fn random_id() -> String {
    random::<12>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Random bytes of the operating system's generator.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use velodrome_model::ExposeSecret;

    use super::*;

    #[test]
    fn tokens_differ_and_need_no_escaping_in_an_address() {
        let (one, other) = (mint("at_"), mint("at_"));

        assert_ne!(one.expose_secret(), other.expose_secret());
        assert!(
            one.expose_secret()
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        );
        assert_eq!(hash_hex("a").len(), 64);
    }
}
