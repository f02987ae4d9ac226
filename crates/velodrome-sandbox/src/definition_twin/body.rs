//! Bodies of calls and answers, in every format that a definition may name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use velodrome_model::definition::BodyType;

use super::{form, multipart, xml};
use crate::answer::Answer;
use crate::call::Call;

/// What a call carries, or a sentence saying why it cannot be read. No body is null.
pub(super) fn read(call: &Call, kind: BodyType, root: Option<&str>) -> Result<Value, String> {
    if call.body.is_empty() {
        return Ok(Value::Null);
    }
    let text =
        || String::from_utf8(call.body.to_vec()).map_err(|_| "the body is not UTF-8".to_owned());
    match kind {
        BodyType::Json => call.json(),
        BodyType::Xml => {
            expect(call, |media| media.ends_with("xml"), "application/xml")?;
            let document = xml::read(&text()?)?;
            Ok(match (root, document) {
                (Some(root), Value::Object(mut members)) => members
                    .remove(root)
                    .ok_or_else(|| format!("the root element must be {root}"))?,
                (_, document) => document,
            })
        }
        BodyType::Form => {
            let wanted = "application/x-www-form-urlencoded";
            expect(call, |media| media == wanted, wanted)?;
            Ok(form::read(&call.form().0))
        }
        BodyType::File => parts(call),
        BodyType::MultipartRelated => related(call),
        BodyType::PlainText => Ok(Value::String(text()?)),
        BodyType::SimpleFile => Ok(json!({
            "ContentType": call.header("content-type"),
            "Content": STANDARD.encode(&call.body),
        })),
        BodyType::Unknown => Ok(serde_json::from_slice(&call.body)
            .or_else(|_| text().map(Value::String))
            .unwrap_or(Value::Null)),
    }
}

fn expect(call: &Call, fits: impl Fn(&str) -> bool, wanted: &str) -> Result<(), String> {
    let media_type = call.media_type();
    if fits(&media_type) {
        Ok(())
    } else {
        Err(format!(
            "the Content-Type is {media_type:?}, {wanted} was expected"
        ))
    }
}

fn parts(call: &Call) -> Result<Value, String> {
    expect(
        call,
        |media| media == "multipart/form-data",
        "multipart/form-data",
    )?;
    let content_type = call.header("content-type").unwrap_or_default();
    let mut pairs = Vec::new();
    let mut files = Map::new();
    for part in multipart::read(content_type, &call.body)? {
        let name = part.name.clone().ok_or("a part has no name")?;
        if part.file_name.is_some() {
            files.insert(name, file(&part));
        } else {
            pairs.push((name, String::from_utf8_lossy(&part.content).into_owned()));
        }
    }
    let mut body = form::read(&pairs);
    if let Value::Object(members) = &mut body {
        members.extend(files);
    }
    Ok(body)
}

fn related(call: &Call) -> Result<Value, String> {
    expect(
        call,
        |media| media == "multipart/related",
        "multipart/related",
    )?;
    let content_type = call.header("content-type").unwrap_or_default();
    let parts = multipart::read(content_type, &call.body)?;
    let [first, rest @ ..] = parts.as_slice() else {
        return Err("the body has no parts".to_owned());
    };
    if rest.len() != 1 {
        return Err("a file must follow the JSON part".to_owned());
    }
    serde_json::from_slice(&first.content)
        .map_err(|error| format!("the first part is not JSON: {error}"))
}

fn file(part: &multipart::Part) -> Value {
    json!({
        "Name": part.file_name,
        "ContentType": part.media_type,
        "Content": STANDARD.encode(&part.content),
    })
}

/// An answer with this body.
pub(super) fn answer(status: u16, kind: BodyType, body: &Value) -> Answer {
    match kind {
        BodyType::Json | BodyType::Unknown | BodyType::File | BodyType::MultipartRelated => {
            Answer::json(status, body)
        }
        BodyType::Xml => Answer::text(status, "application/xml; charset=utf-8", xml::write(body)),
        BodyType::Form => {
            let text = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form::write(body))
                .finish();
            Answer::text(status, "application/x-www-form-urlencoded", text)
        }
        BodyType::PlainText => Answer::text(
            status,
            "text/plain; charset=utf-8",
            crate::records::plain(Some(body)),
        ),
        BodyType::SimpleFile => Answer::text(status, "text/plain; charset=utf-8", file_bytes(body))
            .with("content-disposition", "attachment; filename=\"sample.txt\""),
    }
}

fn file_bytes(body: &Value) -> Vec<u8> {
    let text = crate::records::plain(Some(body));
    STANDARD.decode(&text).unwrap_or_else(|_| text.into_bytes())
}

/// A refusal in the format of the answers.
pub(super) fn problem(status: u16, kind: BodyType, code: &str, message: &str) -> Answer {
    let body = json!({"error": {"code": code, "message": message}});
    match kind {
        BodyType::Xml | BodyType::Form => answer(status, kind, &body),
        BodyType::PlainText => Answer::text(status, "text/plain; charset=utf-8", message),
        _ => answer(status, BodyType::Json, &body),
    }
}
