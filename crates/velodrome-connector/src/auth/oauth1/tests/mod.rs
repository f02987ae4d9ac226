//! Signing and the dance, checked by a provider's own reading of the requests.

mod dance;
mod rsa;
mod signing;

use std::collections::BTreeMap;

use http::{HeaderMap, Method, header::AUTHORIZATION};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
use url::Url;
use velodrome_model::{
    ExposeSecret,
    definition::{OAuth1, SignatureMethod},
};

use super::{
    OAuth1Client, OAuth1Error, Once, RequestToken, SignError, Signer, read_callback,
    signature::{base_string, sign},
};
use crate::{
    auth::{BodyToSign, OAuth1Token, Unauthenticated, ValuesFn},
    egress::test_server::{Server, Turn, answer, local_client},
};

fn rules(definition: Value) -> OAuth1 {
    serde_json::from_value(definition).unwrap()
}

fn once() -> Once {
    Once {
        now: "2030-01-01T00:00:00Z".parse().unwrap(),
        nonce: [0xab; 16],
    }
}

fn token(text: &str) -> OAuth1Token {
    OAuth1Token {
        token: text.into(),
        token_secret: "t&secret".into(),
        metadata: serde_json::Map::new(),
    }
}

fn signer(definition: Value) -> Signer {
    Signer::new(
        &rules(definition),
        "ck",
        "c secret".into(),
        &ValuesFn(|_: &str| None),
    )
    .unwrap()
}

/// Reads the parameters of an Authorization header as a provider does.
fn header_parameters(header: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    header
        .strip_prefix("OAuth ")
        .unwrap()
        .split(", ")
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decode(name), decode(value.trim_matches('"'))))
        .collect()
}

/// What a provider computes from a request and the secrets it knows.
fn expected(
    method: &Method,
    url: &Url,
    parameters: &BTreeMap<String, String>,
    form: &[(String, String)],
) -> String {
    let protocol = parameters
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "realm" | "oauth_signature"))
        .map(|(n, v)| (n.as_str(), v.as_str()));
    let base = base_string(
        method,
        url,
        protocol.chain(form.iter().map(|(n, v)| (n.as_str(), v.as_str()))),
    );
    sign(
        SignatureMethod::HmacSha1,
        &base,
        &"c secret".into(),
        Some(&"t&secret".into()),
        None,
    )
    .unwrap()
}
