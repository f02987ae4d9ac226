//! `cyclr_sign`: HMAC and RSA signatures.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use rsa::{Pkcs1v15Sign, PrivateKey, pkcs1::DecodeRsaPrivateKey, pkcs8::DecodePrivateKey};
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::{text, text_or};
use crate::{Fault, run::Outside};

pub(super) fn sign(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let (key, value) = (text(arguments, 1), text(arguments, 2));
    let (key, value) = (key.as_str(), value.as_bytes());
    let signature = match text(arguments, 0).to_ascii_uppercase().as_str() {
        "HMAC-SHA1" => mac::<Hmac<Sha1>>(key, value),
        "HMAC-SHA256" => mac::<Hmac<Sha256>>(key, value),
        "HMAC-SHA512" => mac::<Hmac<Sha512>>(key, value),
        "RSA-SHA1" => rsa(key, Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(value))?,
        "RSA-SHA224" => rsa(key, Pkcs1v15Sign::new::<Sha224>(), &Sha224::digest(value))?,
        "RSA-SHA256" => rsa(key, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(value))?,
        "RSA-SHA384" => rsa(key, Pkcs1v15Sign::new::<Sha384>(), &Sha384::digest(value))?,
        "RSA-SHA512" => rsa(key, Pkcs1v15Sign::new::<Sha512>(), &Sha512::digest(value))?,
        _ => {
            return Err(Fault::new(
                "UnknownAlgorithm",
                "use HMAC-SHA1, HMAC-SHA256, HMAC-SHA512, RSA-SHA1, RSA-SHA224, RSA-SHA256, RSA-SHA384 or RSA-SHA512",
            ));
        }
    };
    match text_or(arguments, 3, "base64")
        .to_ascii_lowercase()
        .as_str()
    {
        "base64" => Ok(STANDARD.encode(signature).into()),
        "hex" => Ok(signature
            .iter()
            .fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").expect("a String takes everything");
                hex
            })
            .into()),
        _ => Err(Fault::new("UnknownEncoding", "use base64 or hex")),
    }
}

fn mac<M: Mac + KeyInit>(key: &str, value: &[u8]) -> Vec<u8> {
    <M as KeyInit>::new_from_slice(key.as_bytes())
        .expect("HMAC takes keys of any length")
        .chain_update(value)
        .finalize()
        .into_bytes()
        .to_vec()
}

fn rsa(pem: &str, scheme: Pkcs1v15Sign, digest: &[u8]) -> Result<Vec<u8>, Fault> {
    let pem = pem.trim();
    let key = PrivateKey::from_pkcs8_pem(pem)
        .ok()
        .or_else(|| PrivateKey::from_pkcs1_pem(pem).ok())
        .ok_or_else(|| {
            Fault::new(
                "InvalidKey",
                "the key is no unencrypted RSA private key in PEM (PKCS#1 or PKCS#8)",
            )
        })?;
    key.sign(scheme, digest)
        .map_err(|_| Fault::new("InvalidKey", "the key cannot make this signature"))
}
