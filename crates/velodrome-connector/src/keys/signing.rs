//! Signatures of JSON Web Tokens (RFC 7515, RFC 7518 §3), by the library that also signs for TLS.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING,
        ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair,
        RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
        RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
    },
};

use super::{KeyError, KeyForm, PrivateKey};

/// An algorithm that a definition may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JwsAlgorithm {
    /// As `alg` says it.
    pub name: &'static str,
    family: Family,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Rsa(Encoding),
    Curve(Curve),
    Ed25519,
    Hmac(Bits),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    Pkcs1(Bits),
    Pss(Bits),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bits {
    B256,
    B384,
    B512,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

const ALGORITHMS: [JwsAlgorithm; 13] = {
    const fn of(name: &'static str, family: Family) -> JwsAlgorithm {
        JwsAlgorithm { name, family }
    }
    [
        of("RS256", Family::Rsa(Encoding::Pkcs1(Bits::B256))),
        of("RS384", Family::Rsa(Encoding::Pkcs1(Bits::B384))),
        of("RS512", Family::Rsa(Encoding::Pkcs1(Bits::B512))),
        of("PS256", Family::Rsa(Encoding::Pss(Bits::B256))),
        of("PS384", Family::Rsa(Encoding::Pss(Bits::B384))),
        of("PS512", Family::Rsa(Encoding::Pss(Bits::B512))),
        of("ES256", Family::Curve(Curve::P256)),
        of("ES384", Family::Curve(Curve::P384)),
        of("ES512", Family::Curve(Curve::P521)),
        of("EdDSA", Family::Ed25519),
        of("HS256", Family::Hmac(Bits::B256)),
        of("HS384", Family::Hmac(Bits::B384)),
        of("HS512", Family::Hmac(Bits::B512)),
    ]
};

impl JwsAlgorithm {
    /// The algorithm of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALGORITHMS.into_iter().find(|one| one.name == name)
    }
}

/// A key that signs with one algorithm. The library wipes it when it is dropped.
pub(crate) enum JwsKey {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Curve(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Hmac(Box<hmac::Key>),
}

impl JwsKey {
    /// Reads a key: PEM, or the secret itself for HMAC.
    pub fn read(algorithm: JwsAlgorithm, text: &str) -> Result<Self, KeyError> {
        let name = algorithm.name;
        match algorithm.family {
            Family::Rsa(encoding) => {
                let key = PrivateKey::read(text, None)?;
                let pair = match key.form {
                    KeyForm::Pkcs8 => RsaKeyPair::from_pkcs8(&key.der).ok(),
                    KeyForm::Pkcs1 => RsaKeyPair::from_der(&key.der).ok(),
                    KeyForm::Sec1 => None,
                };
                let pair = pair.ok_or(KeyError::Unfit(name, "an RSA key of 2048 bits or more"))?;
                Ok(Self::Rsa(pair, rsa_encoding(encoding)))
            }
            Family::Curve(curve) => {
                let key = PrivateKey::read(text, None)?;
                let (algorithm, needed) = curve_algorithm(curve);
                let pair = match key.form {
                    KeyForm::Pkcs8 => EcdsaKeyPair::from_pkcs8(algorithm, &key.der).ok(),
                    KeyForm::Sec1 => EcdsaKeyPair::from_private_key_der(algorithm, &key.der).ok(),
                    KeyForm::Pkcs1 => None,
                };
                Ok(Self::Curve(pair.ok_or(KeyError::Unfit(name, needed))?))
            }
            Family::Ed25519 => {
                let key = PrivateKey::read(text, None)?;
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&key.der).ok();
                let unfit = KeyError::Unfit(name, "an Ed25519 key in PKCS#8 form");
                Ok(Self::Ed25519(pair.ok_or(unfit)?))
            }
            Family::Hmac(bits) => {
                if text.is_empty() {
                    return Err(KeyError::Blank);
                }
                let hash = match bits {
                    Bits::B256 => hmac::HMAC_SHA256,
                    Bits::B384 => hmac::HMAC_SHA384,
                    Bits::B512 => hmac::HMAC_SHA512,
                };
                Ok(Self::Hmac(Box::new(hmac::Key::new(hash, text.as_bytes()))))
            }
        }
    }

    /// The signature of a message in the form of RFC 7518.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        let failed = |_| KeyError::Unfit("this algorithm", "another key");
        match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
            Self::Curve(pair) => {
                let signature = pair.sign(&random, message).map_err(failed)?;
                Ok(signature.as_ref().to_vec())
            }
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::Hmac(key) => Ok(hmac::sign(key, message).as_ref().to_vec()),
        }
    }
}

fn rsa_encoding(encoding: Encoding) -> &'static dyn RsaEncoding {
    match encoding {
        Encoding::Pkcs1(Bits::B256) => &RSA_PKCS1_SHA256,
        Encoding::Pkcs1(Bits::B384) => &RSA_PKCS1_SHA384,
        Encoding::Pkcs1(Bits::B512) => &RSA_PKCS1_SHA512,
        Encoding::Pss(Bits::B256) => &RSA_PSS_SHA256,
        Encoding::Pss(Bits::B384) => &RSA_PSS_SHA384,
        Encoding::Pss(Bits::B512) => &RSA_PSS_SHA512,
    }
}

fn curve_algorithm(curve: Curve) -> (&'static EcdsaSigningAlgorithm, &'static str) {
    match curve {
        Curve::P256 => (&ECDSA_P256_SHA256_FIXED_SIGNING, "a key on the curve P-256"),
        Curve::P384 => (&ECDSA_P384_SHA384_FIXED_SIGNING, "a key on the curve P-384"),
        Curve::P521 => (&ECDSA_P521_SHA512_FIXED_SIGNING, "a key on the curve P-521"),
    }
}
