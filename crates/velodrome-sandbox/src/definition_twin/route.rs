//! Addresses of a definition as patterns: literal text, and mergefields that stand for any.

use percent_encoding::percent_decode_str;

/// A part of an address or another text with mergefields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Field {
        name: String,
        /// `{{+Name}}`: may stand for several path segments.
        raw: bool,
    },
}

/// Splits a text at its mergefields. One that does not end is text, for the definition's own check
/// reports it.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inner, after)) = after.split_once("}}") else {
            break;
        };
        if !before.is_empty() {
            out.push(Piece::Text(before.to_owned()));
        }
        let inner = inner.trim();
        let (raw, inner) = match inner.strip_prefix('+') {
            Some(inner) => (true, inner.trim_start()),
            None => (false, inner),
        };
        let end = [" format=", " tz="]
            .iter()
            .filter_map(|option| inner.find(option))
            .min()
            .unwrap_or(inner.len());
        out.push(Piece::Field {
            name: inner[..end].trim().to_owned(),
            raw,
        });
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest.to_owned()));
    }
    out
}

/// Where calls of one address arrive.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) host: String,
    segments: Vec<Segment>,
    /// Name and value pairs of the address's own query that have no mergefield.
    pub(super) constants: Vec<(String, String)>,
}

/// One path segment.
#[derive(Clone, Debug)]
enum Segment {
    /// Exactly one.
    One(Vec<Piece>),
    /// One or more: a raw mergefield alone.
    Many(String),
}

/// How a call fits a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// Greater is closer.
    pub(super) score: usize,
    /// Values of the path's mergefields.
    pub(super) fields: Vec<(String, String)>,
}

impl Route {
    /// A route from what follows the host of an address.
    pub(super) fn new(host: &str, rest: &[Piece]) -> Self {
        let mut path: Vec<Vec<Piece>> = vec![Vec::new()];
        let mut query: Option<String> = None;
        for piece in rest {
            match (piece, &mut query) {
                (Piece::Text(text), Some(query)) => query.push_str(text),
                (Piece::Field { name, .. }, Some(query)) => {
                    query.push_str(&format!("{{{{{name}}}}}"));
                }
                (Piece::Text(text), None) => {
                    let text = text.split('#').next().unwrap_or_default();
                    let (before, after) = match text.split_once('?') {
                        Some((before, after)) => (before, Some(after)),
                        None => (text, None),
                    };
                    for (index, part) in before.split('/').enumerate() {
                        if index > 0 {
                            path.push(Vec::new());
                        }
                        if !part.is_empty() {
                            let decoded = percent_decode_str(part).decode_utf8_lossy();
                            push(&mut path, Piece::Text(decoded.into_owned()));
                        }
                    }
                    query = after.map(str::to_owned);
                }
                (field, None) => push(&mut path, field.clone()),
            }
        }
        let segments = path
            .into_iter()
            .filter(|pieces| !pieces.is_empty())
            .map(|pieces| match pieces.as_slice() {
                [Piece::Field { name, raw: true }] => Segment::Many(name.clone()),
                _ => Segment::One(pieces),
            })
            .collect();
        let constants = query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.contains("{{"))
            .flat_map(|pair| url::form_urlencoded::parse(pair.as_bytes()).into_owned())
            .collect();
        Self {
            host: host.to_owned(),
            segments,
            constants,
        }
    }

    /// Whether a path, decoded, fits, and how closely.
    pub(super) fn fit(&self, path: &[String]) -> Option<Fit> {
        let mut fit = Fit {
            score: 0,
            fields: Vec::new(),
        };
        fits(&self.segments, path, &mut fit).then_some(fit)
    }

    /// The last mergefield of the path, when the last segment has one: what names one record.
    pub(super) fn last_field(&self) -> Option<&str> {
        match self.segments.last()? {
            Segment::Many(name) => Some(name),
            Segment::One(pieces) => pieces.iter().rev().find_map(|piece| match piece {
                Piece::Field { name, .. } => Some(name.as_str()),
                Piece::Text(_) => None,
            }),
        }
    }

    /// Whether the last segment is a raw mergefield, which says nothing about what it means.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Many(_)))
    }

    /// The path with a star for each mergefield; without the last segment for one record of it.
    pub(super) fn shape(&self, of_record: bool) -> String {
        let texts: Vec<String> = self
            .segments
            .iter()
            .map(|segment| match segment {
                Segment::Many(_) => "*".to_owned(),
                Segment::One(pieces) => pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.as_str(),
                        Piece::Field { .. } => "*",
                    })
                    .collect(),
            })
            .collect();
        collection(&texts, of_record)
    }

    /// The last literal segment: what the records are called.
    pub(super) fn noun(&self) -> Option<&str> {
        self.segments
            .iter()
            .rev()
            .find_map(|segment| match segment {
                Segment::One(pieces) => match pieces.first() {
                    Some(Piece::Text(text)) => Some(text.split(['(', '.']).next().unwrap_or(text)),
                    _ => None,
                },
                Segment::Many(_) => None,
            })
    }
}

/// The name of the collection that a path, segment by segment, is of.
pub(super) fn collection(path: &[String], of_record: bool) -> String {
    let mut path = path.to_vec();
    if of_record
        && let Some(last) = path.pop()
        // `Orders(17)` is one of `Orders`.
        && let Some((before, _)) = last.split_once('(')
    {
        path.push(before.to_owned());
    }
    if let Some(last) = path.last_mut()
        && let Some(bare) = [".json", ".xml"]
            .iter()
            .find_map(|ending| last.strip_suffix(ending))
    {
        *last = bare.to_owned();
    }
    path.join("/")
}

fn push(path: &mut [Vec<Piece>], piece: Piece) {
    if let Some(last) = path.last_mut() {
        last.push(piece);
    }
}

fn fits(segments: &[Segment], path: &[String], fit: &mut Fit) -> bool {
    match (segments.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Segment::One(pieces), rest)), Some((text, further))) => {
            let literal = pieces.iter().all(|piece| matches!(piece, Piece::Text(_)));
            fit.score += if literal { 8 } else { 3 };
            takes(pieces, text, &mut fit.fields) && fits(rest, further, fit)
        }
        (Some((Segment::Many(name), rest)), Some(_)) => {
            let Some(most) = path.len().checked_sub(rest.len()).filter(|most| *most > 0) else {
                return false;
            };
            fit.score += 1;
            fit.fields.push((name.clone(), path[..most].join("/")));
            fits(rest, &path[most..], fit)
        }
        _ => false,
    }
}

/// Whether a segment's text is made of these pieces; each mergefield takes as little as it can.
fn takes(pieces: &[Piece], text: &str, fields: &mut Vec<(String, String)>) -> bool {
    match pieces.split_first() {
        None => text.is_empty(),
        Some((Piece::Text(literal), rest)) => text
            .strip_prefix(literal.as_str())
            .is_some_and(|text| takes(rest, text, fields)),
        Some((Piece::Field { name, .. }, rest)) => {
            let ends = text
                .char_indices()
                .map(|(at, character)| at + character.len_utf8());
            for end in ends {
                if rest.is_empty() && end < text.len() {
                    continue;
                }
                let before = fields.len();
                fields.push((name.clone(), text[..end].to_owned()));
                if takes(rest, &text[end..], fields) {
                    return true;
                }
                fields.truncate(before);
            }
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    #[test]
    fn a_path_fits_its_template_and_literal_segments_fit_closer() {
        let one = Route::new("h", &pieces("/v1/users/{{UserId}}"));
        let me = Route::new("h", &pieces("/v1/users/me?expand=all&x={{X}}"));
        let any = Route::new("h", &pieces("/{{+Path}}"));

        let fit = one.fit(&path("v1/users/7")).unwrap();
        assert_eq!(fit.fields, [("UserId".to_owned(), "7".to_owned())]);
        assert!(me.fit(&path("v1/users/me")).unwrap().score > fit.score);
        assert!(any.fit(&path("v1/users/7")).unwrap().score < fit.score);
        assert_eq!(me.constants, [("expand".to_owned(), "all".to_owned())]);
        assert_eq!(one.fit(&path("v1/users")), None);
    }

    #[test]
    fn mergefields_inside_a_segment_are_told_apart() {
        let route = Route::new("h", &pieces("/Orders({{Id}},{{Line}})/lines.json"));

        let fit = route.fit(&path("Orders(7,12)/lines.json")).unwrap();

        assert_eq!(fit.fields[0].1, "7");
        assert_eq!(fit.fields[1].1, "12");
    }

    #[test]
    fn one_record_belongs_to_the_collection_it_is_listed_in() {
        for (record, list) in [
            ("a/{{B}}/c/{{Id}}", "a/{{B}}/c"),
            ("Orders({{Id}})", "Orders"),
            ("people/{{Id}}.json", "people.json"),
        ] {
            let record = Route::new("h", &pieces(record)).shape(true);
            assert_eq!(record, Route::new("h", &pieces(list)).shape(false));
        }
    }
}
