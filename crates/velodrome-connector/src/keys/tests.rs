//! Signatures are checked by the public keys, with the algorithms of another library where there is one.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED,
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED, ECDSA_P521_SHA512_FIXED_SIGNING,
    ED25519, RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use super::{
    JwsAlgorithm, JwsKey, KeyError, KeyForm, PrivateKey, RsaHash, RsaKey,
    samples::{
        curve_pem, ed25519_pem, endless_pem, locked_rsa_pem, rsa_pem, rsa_pkcs1_pem, rsa_public,
    },
};

fn signed(algorithm: &str, key: &str) -> Result<Vec<u8>, KeyError> {
    JwsKey::read(JwsAlgorithm::named(algorithm).unwrap(), key)?.sign(b"message")
}

fn verifies(algorithm: &'static dyn VerificationAlgorithm, key: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(algorithm, key)
        .verify(b"message", signature)
        .is_ok()
}

#[test]
fn every_algorithm_of_a_definition_signs_what_its_public_key_verifies() {
    let public = rsa_public();
    let rsa: [(&str, &'static dyn VerificationAlgorithm); 6] = [
        ("RS256", &RSA_PKCS1_2048_8192_SHA256),
        ("RS384", &RSA_PKCS1_2048_8192_SHA384),
        ("RS512", &RSA_PKCS1_2048_8192_SHA512),
        ("PS256", &RSA_PSS_2048_8192_SHA256),
        ("PS384", &RSA_PSS_2048_8192_SHA384),
        ("PS512", &RSA_PSS_2048_8192_SHA512),
    ];
    for (name, algorithm) in rsa {
        for key in [rsa_pem(), rsa_pkcs1_pem()] {
            let signature = signed(name, &key).unwrap();
            assert!(verifies(algorithm, &public, &signature), "{name}");
        }
    }
    let (p256, p384, p521) = (
        curve_pem(&ECDSA_P256_SHA256_FIXED_SIGNING),
        curve_pem(&ECDSA_P384_SHA384_FIXED_SIGNING),
        curve_pem(&ECDSA_P521_SHA512_FIXED_SIGNING),
    );
    let curves: [(&str, _, &'static dyn VerificationAlgorithm, usize); 4] = [
        ("ES256", &p256, &ECDSA_P256_SHA256_FIXED, 64),
        ("ES384", &p384, &ECDSA_P384_SHA384_FIXED, 96),
        ("ES512", &p521, &ECDSA_P521_SHA512_FIXED, 132),
        ("EdDSA", &ed25519_pem(), &ED25519, 64),
    ];
    for (name, (key, public), algorithm, length) in curves {
        let signature = signed(name, key).unwrap();
        assert_eq!(signature.len(), length, "{name}");
        assert!(verifies(algorithm, public, &signature), "{name}");
    }
    let lengths = ["HS256", "HS384", "HS512"].map(|name| signed(name, "secret").unwrap().len());
    assert_eq!(lengths, [32, 48, 64]);
}

#[test]
fn the_rsa_methods_of_oauth_1_sign_with_either_form_of_key() {
    let public = rsa_public();
    let hashes: [(RsaHash, &'static dyn VerificationAlgorithm); 3] = [
        (RsaHash::Sha1, &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (RsaHash::Sha256, &RSA_PKCS1_2048_8192_SHA256),
        (RsaHash::Sha512, &RSA_PKCS1_2048_8192_SHA512),
    ];
    for (hash, algorithm) in hashes {
        for key in [rsa_pem(), rsa_pkcs1_pem()] {
            let key = RsaKey::read(&key).unwrap();
            let signature = key.sign(hash, b"message").unwrap();
            assert!(verifies(algorithm, &public, &signature), "{hash:?}");
            assert_eq!(format!("{key:?}"), "RsaKey");
        }
    }
}

#[test]
fn a_key_that_does_not_fit_says_what_would() {
    let (curve, _) = curve_pem(&ECDSA_P256_SHA256_FIXED_SIGNING);
    for (algorithm, key, wanted) in [
        (
            "RS256",
            &curve,
            "the key cannot sign with RS256; it needs an RSA key of 2048 bits or more",
        ),
        (
            "ES384",
            &curve,
            "the key cannot sign with ES384; it needs a key on the curve P-384",
        ),
        (
            "ES256",
            &rsa_pem(),
            "the key cannot sign with ES256; it needs a key on the curve P-256",
        ),
        (
            "RS256",
            &String::new(),
            "the private key is blank; enter it as PEM text",
        ),
        (
            "RS256",
            &"secret".to_owned(),
            "it is no PEM text; enter it with its BEGIN and END lines",
        ),
        (
            "HS256",
            &String::new(),
            "the private key is blank; enter it as PEM text",
        ),
    ] {
        assert_eq!(
            signed(algorithm, key).unwrap_err().to_string(),
            wanted,
            "{algorithm}"
        );
    }
    assert_eq!(
        RsaKey::read(&curve).unwrap_err().to_string(),
        "the key cannot sign with RSA; it needs an RSA key, in PKCS#1 or PKCS#8 form"
    );
}

#[test]
fn a_locked_key_opens_with_its_passphrase_alone_and_only_with_bounded_work() {
    let locked = locked_rsa_pem("open sesame");
    let read = |passphrase: Option<&str>| {
        let passphrase = passphrase.map(Into::into);
        PrivateKey::read(&locked, passphrase.as_ref())
    };

    let open = read(Some("open sesame")).unwrap();

    assert_eq!(open.form, KeyForm::Pkcs8);
    assert_eq!(*open.to_pem(), rsa_pem());
    assert_eq!(read(Some("wrong")).err(), Some(KeyError::Passphrase));
    assert_eq!(read(Some("")).err(), Some(KeyError::Encrypted));
    assert_eq!(read(None).err(), Some(KeyError::Encrypted));

    let endless = PrivateKey::read(&endless_pem(), Some(&"open sesame".into()));
    assert_eq!(endless.err(), Some(KeyError::Rounds));
}
