//! Bodies of several parts (RFC 2046 §5.1, RFC 7578, RFC 2387), read only.

/// Parts of one body.
const MAX_PARTS: usize = 1_000;

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: Option<String>,
    pub(super) file_name: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) content: Vec<u8>,
}

/// The parts of a body with this `Content-Type`, or a sentence saying what is wrong.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Vec<Part>, String> {
    let boundary = parameter(content_type, "boundary").ok_or("the Content-Type has no boundary")?;
    let mark = format!("--{boundary}").into_bytes();
    let mut parts = Vec::new();
    let mut at = find(body, &mark).ok_or("the boundary does not occur in the body")? + mark.len();
    while !body[at..].starts_with(b"--") {
        if parts.len() == MAX_PARTS {
            return Err(format!("there are more than {MAX_PARTS} parts"));
        }
        let end = find(&body[at..], &mark).ok_or("the last boundary is missing")? + at;
        let part = body[at..end]
            .strip_prefix(b"\r\n")
            .and_then(|part| part.strip_suffix(b"\r\n"))
            .ok_or("a part does not begin and end with a line end")?;
        parts.push(one(part)?);
        at = end + mark.len();
    }
    Ok(parts)
}

fn one(part: &[u8]) -> Result<Part, String> {
    let (head, content) = match (part.strip_prefix(b"\r\n"), find(part, b"\r\n\r\n")) {
        (Some(content), _) => ("", content),
        (None, Some(end)) => (
            std::str::from_utf8(&part[..end]).map_err(|_| "the headers of a part are not UTF-8")?,
            &part[end + 4..],
        ),
        (None, None) => return Err("a part has no empty line after its headers".to_owned()),
    };
    let header = |wanted: &str| {
        head.split("\r\n").find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.trim()
                .eq_ignore_ascii_case(wanted)
                .then(|| value.trim())
        })
    };
    let disposition = header("content-disposition").unwrap_or_default();
    Ok(Part {
        name: parameter(disposition, "name"),
        file_name: parameter(disposition, "filename"),
        media_type: header("content-type").map(str::to_owned),
        content: content.to_vec(),
    })
}

fn parameter(value: &str, wanted: &str) -> Option<String> {
    value.split(';').skip(1).find_map(|part| {
        let (name, value) = part.split_once('=')?;
        let value = value.trim();
        let bare = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'))
            .unwrap_or(value);
        name.trim()
            .eq_ignore_ascii_case(wanted)
            .then(|| bare.to_owned())
    })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nHello\r\n\
                     --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\
                     Content-Type: text/plain\r\n\r\nx\r\n\r\ny\r\n--b--\r\n";

        let parts = read("multipart/form-data; boundary=b", body).unwrap();

        assert_eq!(parts[0].name.as_deref(), Some("title"));
        assert_eq!(parts[1].file_name.as_deref(), Some("a.txt"));
        assert_eq!(parts[1].content, b"x\r\n\r\ny");
        assert!(read("multipart/form-data", body).is_err());
        assert!(read("multipart/form-data; boundary=b", &body[..60]).is_err());
    }
}
