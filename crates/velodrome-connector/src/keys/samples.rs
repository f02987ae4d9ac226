//! Keys for tests, made when they are needed.

use std::sync::LazyLock;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair},
};
use pkcs8::{
    EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef,
    der::{Decode, Encode, asn1::OctetStringRef},
    pkcs5::pbes2,
};

use super::pem;

static RSA: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    der.as_ref().to_vec()
});

/// An RSA key in PKCS#8 form, the same for the whole process.
pub(crate) fn rsa_pem() -> String {
    pem::write("PRIVATE KEY", &RSA).to_string()
}

/// The same key in PKCS#1 form.
pub(crate) fn rsa_pkcs1_pem() -> String {
    let key = PrivateKeyInfoRef::from_der(&RSA).unwrap();
    pem::write("RSA PRIVATE KEY", key.private_key.as_bytes()).to_string()
}

/// What verifies its signatures: the public key in PKCS#1 form.
pub(crate) fn rsa_public() -> Vec<u8> {
    use aws_lc_rs::signature::KeyPair as _;
    let pair = KeyPair::from_pkcs8(&RSA).unwrap();
    pair.public_key().as_ref().to_vec()
}

/// A key on a curve, and what verifies its signatures.
pub(crate) fn curve_pem(algorithm: &'static EcdsaSigningAlgorithm) -> (String, Vec<u8>) {
    use aws_lc_rs::signature::KeyPair as _;
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).unwrap();
    let text = pem::write("PRIVATE KEY", document.as_ref()).to_string();
    (text, pair.public_key().as_ref().to_vec())
}

/// An Ed25519 key, and what verifies its signatures.
pub(crate) fn ed25519_pem() -> (String, Vec<u8>) {
    use aws_lc_rs::signature::KeyPair as _;
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let text = pem::write("PRIVATE KEY", document.as_ref()).to_string();
    (text, pair.public_key().as_ref().to_vec())
}

/// The RSA key behind a passphrase.
pub(crate) fn locked_rsa_pem(passphrase: &str) -> String {
    locked_pem(&RSA, passphrase)
}

/// A PKCS#8 key behind a passphrase.
pub(crate) fn locked_pem(der: &[u8], passphrase: &str) -> String {
    let key = PrivateKeyInfoRef::from_der(der).unwrap();
    let locked = key.encrypt_with_params(lock(1_000), passphrase).unwrap();
    pem::write("ENCRYPTED PRIVATE KEY", locked.as_bytes()).to_string()
}

/// Something that claims to be a key that takes minutes to open.
pub(crate) fn endless_pem() -> String {
    let key = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: lock(90_000_000).into(),
        encrypted_data: OctetStringRef::new(&[0; 32]).unwrap(),
    };
    pem::write("ENCRYPTED PRIVATE KEY", &key.to_der().unwrap()).to_string()
}

fn lock(rounds: u32) -> pbes2::Parameters {
    pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, b"salt of a key", [7; 16]).unwrap()
}
