//! Signature methods (RFC 5849 §3.4, and the SHA-2 forms that providers added).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

use super::request::encode;

/// The methods that are checked.
pub(crate) const METHODS: [&str; 4] = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"];

/// The signature that `method` gives, if it is one of [`METHODS`].
pub(crate) fn sign(
    method: &str,
    base: &str,
    consumer_secret: &str,
    token_secret: &str,
) -> Option<String> {
    let key = format!("{}&{}", encode(consumer_secret), encode(token_secret));
    let digest = match method {
        "PLAINTEXT" => return Some(key),
        "HMAC-SHA1" => mac::<Hmac<Sha1>>(&key, base),
        "HMAC-SHA256" => mac::<Hmac<Sha256>>(&key, base),
        "HMAC-SHA512" => mac::<Hmac<Sha512>>(&key, base),
        _ => return None,
    };
    Some(STANDARD.encode(digest))
}

/// Whether two signatures are equal, in constant time.
pub(crate) fn equal(expected: &str, shown: &str) -> bool {
    bool::from(expected.as_bytes().ct_eq(shown.as_bytes()))
}

fn mac<M: Mac + KeyInit>(key: &str, base: &str) -> Vec<u8> {
    let mut mac =
        <M as KeyInit>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(base.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    // OAuth Core 1.0 Revision A, appendix A.5: the signature of the photo request.
    #[test]
    fn the_example_of_the_standard_is_reproduced() {
        let base = "GET&http%3A%2F%2Fphotos.example.net%2Fphotos&file%3Dvacation.jpg%26\
                    oauth_consumer_key%3Ddpf43f3p2l4k3l03%26oauth_nonce%3Dkllo9940pd9333jh%26\
                    oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1191242096%26\
                    oauth_token%3Dnnch734d00sl2jdk%26oauth_version%3D1.0%26size%3Doriginal";

        let signature = sign("HMAC-SHA1", base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00");

        assert_eq!(signature.as_deref(), Some("tR3+Ty81lMeYAr/Fid0kMTYa/WM="));
    }

    #[test]
    fn plaintext_is_the_two_secrets_and_unknown_methods_are_none() {
        assert_eq!(
            sign("PLAINTEXT", "", "a b", "c").as_deref(),
            Some("a%20b&c")
        );
        assert_eq!(sign("RSA-SHA1", "", "a", "b"), None);
    }
}
