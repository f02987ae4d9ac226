//! `cyclr_xml_serialize` and `cyclr_xml_deserialize`.

use serde_json::Value;
use velodrome_model::xml::{from_xml, to_xml};

use super::{argument, text};
use crate::{Fault, run::Outside};

pub(super) fn serialize(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    to_xml(argument(arguments, 0), None)
        .map(Value::from)
        .map_err(|error| Fault::new("InvalidXml", error.to_string()))
}

pub(super) fn deserialize(_: &Outside, arguments: &[Value]) -> Result<Value, Fault> {
    from_xml(&text(arguments, 0)).map_err(|error| Fault::new("InvalidXml", error.to_string()))
}
