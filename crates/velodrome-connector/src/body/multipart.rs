//! multipart/form-data (RFC 7578) and multipart/related (RFC 2387).

use bytes::Bytes;
use serde_json::Value;
use velodrome_model::definition::scalar_text;

use super::{BodyError, EncodedBody, File, form::flatten};

/// Named values as parts; files as file parts.
pub(super) fn form_data(body: &Value, boundary: &str) -> Result<EncodedBody, BodyError> {
    let mut parts = Parts::new(boundary);
    for (name, value) in flatten(body)? {
        let name = quoted(&name);
        if File::is_one(value) {
            let file = File::read(value)?;
            let file_name = quoted(file.name.as_deref().unwrap_or("file"));
            let disposition = format!(
                "Content-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\""
            );
            parts.add(
                &[disposition.as_bytes(), &content_type(&file)],
                &file.content,
            );
        } else {
            let text = if value.is_null() {
                String::new()
            } else {
                scalar_text(value)
            };
            let disposition = format!("Content-Disposition: form-data; name=\"{name}\"");
            parts.add(&[disposition.as_bytes()], text.as_bytes());
        }
    }
    Ok(parts.finish("multipart/form-data"))
}

/// A JSON part, then the one file of the body as the second, wherever in the body it stands.
pub(super) fn related(body: &Value, boundary: &str) -> Result<EncodedBody, BodyError> {
    let mut rest = body.clone();
    let file = take_file(&mut rest).ok_or(BodyError::NotAFile)?;
    if take_file(&mut rest).is_some() {
        return Err(BodyError::TwoFiles);
    }
    let file = File::read(&file)?;
    let mut parts = Parts::new(boundary);
    let json = rest.to_string();
    parts.add(
        &[b"Content-Type: application/json; charset=UTF-8"],
        json.as_bytes(),
    );
    parts.add(&[&content_type(&file)], &file.content);
    Ok(parts.finish("multipart/related; type=\"application/json\""))
}

/// Takes the first file out of a value that is none itself.
fn take_file(value: &mut Value) -> Option<Value> {
    match value {
        Value::Object(members) => {
            let key = members
                .iter()
                .find(|(_, value)| File::is_one(value))
                .map(|(key, _)| key.clone());
            match key {
                Some(key) => members.shift_remove(&key),
                None => members.values_mut().find_map(take_file),
            }
        }
        Value::Array(items) => match items.iter().position(File::is_one) {
            Some(at) => Some(items.remove(at)),
            None => items.iter_mut().find_map(take_file),
        },
        _ => None,
    }
}

fn content_type(file: &File) -> Vec<u8> {
    [b"Content-Type: ", file.content_type.as_bytes()].concat()
}

/// Quotes and line breaks percent-encoded, as browsers do.
fn quoted(name: &str) -> String {
    name.replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

struct Parts<'b> {
    boundary: &'b str,
    bytes: Vec<u8>,
}

impl<'b> Parts<'b> {
    fn new(boundary: &'b str) -> Self {
        Self {
            boundary,
            bytes: Vec::new(),
        }
    }

    fn add(&mut self, headers: &[&[u8]], content: &[u8]) {
        self.bytes.extend_from_slice(b"--");
        self.bytes.extend_from_slice(self.boundary.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
        for header in headers {
            self.bytes.extend_from_slice(header);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.bytes.extend_from_slice(b"\r\n");
        self.bytes.extend_from_slice(content);
        self.bytes.extend_from_slice(b"\r\n");
    }

    fn finish(mut self, media_type: &str) -> EncodedBody {
        self.bytes.extend_from_slice(b"--");
        self.bytes.extend_from_slice(self.boundary.as_bytes());
        self.bytes.extend_from_slice(b"--\r\n");
        let content_type =
            http::HeaderValue::try_from(format!("{media_type}; boundary={}", self.boundary))
                .expect("media type and boundary are ASCII");
        EncodedBody::Bytes {
            content: Bytes::from(self.bytes),
            content_type: Some(content_type),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(body: EncodedBody) -> (String, String) {
        let EncodedBody::Bytes {
            content,
            content_type,
        } = body
        else {
            panic!("{body:?}")
        };
        (
            content_type.unwrap().to_str().unwrap().to_owned(),
            String::from_utf8(content.to_vec()).unwrap(),
        )
    }

    #[test]
    fn files_become_file_parts() {
        let body = json!({"title": "Hi", "tags": ["a"], "doc": {"Name": "a\"b.txt", "ContentType": "text/plain", "Content": "aGk="}});
        let (content_type, content) = text(form_data(&body, "XX").unwrap());
        assert_eq!(content_type, "multipart/form-data; boundary=XX");
        assert_eq!(
            content,
            "--XX\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHi\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"tags[0]\"\r\n\r\na\r\n\
             --XX\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain\r\n\r\nhi\r\n\
             --XX--\r\n"
        );
    }

    #[test]
    fn several_files_are_several_parts_with_their_own_names_and_types() {
        let file = |name: &str, content_type: &str| json!({"Name": name, "ContentType": content_type, "Content": "aGk="});
        let body = json!({"docs": [file("a.txt", "text/plain"), file("\u{e4}.png", "image/png")], "cover": file("", "")});
        let (_, content) = text(form_data(&body, "XX").unwrap());
        let heads: Vec<&str> = content
            .split("--XX\r\n")
            .filter_map(|part| part.split_once("\r\n\r\nhi\r\n"))
            .map(|(head, _)| head)
            .collect();
        assert_eq!(
            heads,
            [
                "Content-Disposition: form-data; name=\"docs[0]\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
                "Content-Disposition: form-data; name=\"docs[1]\"; filename=\"\u{e4}.png\"\r\nContent-Type: image/png",
                "Content-Disposition: form-data; name=\"cover\"; filename=\"file\"\r\nContent-Type: application/octet-stream",
            ]
        );
    }

    #[test]
    fn related_bodies_have_json_first_and_the_file_second() {
        let body = json!({"doc": {"Content": "aGk="}, "name": "n"});
        let (content_type, content) = text(related(&body, "XX").unwrap());
        assert_eq!(
            content_type,
            "multipart/related; type=\"application/json\"; boundary=XX"
        );
        assert_eq!(
            content,
            "--XX\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"name\":\"n\"}\r\n\
             --XX\r\nContent-Type: application/octet-stream\r\n\r\nhi\r\n--XX--\r\n"
        );
        let nested = json!({"meta": {"name": "n", "media": {"Content": "aGk="}}});
        let (_, content) = text(related(&nested, "XX").unwrap());
        assert!(
            content.contains("\r\n\r\n{\"meta\":{\"name\":\"n\"}}\r\n--XX\r\n"),
            "{content}"
        );
        for (body, wanted) in [
            (json!({"name": "n"}), BodyError::NotAFile),
            (json!("text"), BodyError::NotAFile),
            (
                json!({"a": {"Content": "aGk="}, "b": [{"Content": "aGk="}]}),
                BodyError::TwoFiles,
            ),
        ] {
            assert_eq!(related(&body, "XX").unwrap_err(), wanted, "{body}");
        }
    }
}
