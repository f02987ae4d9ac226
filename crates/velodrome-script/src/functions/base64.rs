//! `btoa` and `atob` with character sets.

use base64::{Engine, alphabet, engine::DecodePaddingMode, engine::general_purpose};
use serde_json::Value;

use super::{charset::Charset, text, text_or};
use crate::{Fault, run::Outside};

/// Accepts what is written without padding, as browsers do.
const LENIENT: general_purpose::GeneralPurpose = general_purpose::GeneralPurpose::new(
    &alphabet::STANDARD,
    general_purpose::GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn btoa(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let charset = Charset::named(&text_or(arguments, 1, "UTF-8"))?;
    Ok(general_purpose::STANDARD
        .encode(charset.encode(&text(arguments, 0)))
        .into())
}

pub(super) fn atob(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    let charset = Charset::named(&text_or(arguments, 1, "UTF-8"))?;
    let mut encoded = text(arguments, 0);
    encoded.retain(|char| !char.is_ascii_whitespace());
    let bytes = LENIENT
        .decode(&encoded)
        .map_err(|_| Fault::new("InvalidBase64", "the text is not base64"))?;
    Ok(charset.decode(&bytes).into())
}
