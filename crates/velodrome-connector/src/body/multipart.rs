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

/// A JSON part, then the one file of the body as the second.
pub(super) fn related(body: &Value, boundary: &str) -> Result<EncodedBody, BodyError> {
    let Value::Object(members) = body else {
        return Err(BodyError::NotAFile);
    };
    let mut rest = members.clone();
    let file_key = members
        .iter()
        .find(|(_, value)| File::is_one(value))
        .map(|(key, _)| key);
    let file = file_key
        .and_then(|key| rest.shift_remove(key))
        .ok_or(BodyError::NotAFile)?;
    let file = File::read(&file)?;
    let mut parts = Parts::new(boundary);
    let json = Value::Object(rest).to_string();
    parts.add(
        &[b"Content-Type: application/json; charset=UTF-8"],
        json.as_bytes(),
    );
    parts.add(&[&content_type(&file)], &file.content);
    Ok(parts.finish("multipart/related; type=\"application/json\""))
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
        assert_eq!(
            related(&json!({"name": "n"}), "XX").unwrap_err(),
            BodyError::NotAFile
        );
    }
}
