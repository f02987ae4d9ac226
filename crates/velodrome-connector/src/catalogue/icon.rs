//! Icons: PNG of 400 by 400 pixels, or SVG that can't do anything but be drawn.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use regex::Regex;

/// Side of a PNG icon, pixels.
const PNG_SIDE: u32 = 400;
/// The most bytes of an icon.
const MAX_BYTES: usize = 512 * 1024;
/// The most elements inside one another.
const MAX_DEPTH: usize = 64;

/// A connector's icon; safe to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Icon {
    /// `image/svg+xml` or `image/png`.
    pub media_type: &'static str,
    /// The file.
    pub bytes: Cow<'static, [u8]>,
}

impl Icon {
    /// The icon in a file of this name, or what is wrong with it.
    pub fn new(name: &str, bytes: Cow<'static, [u8]>) -> Result<Self, String> {
        if bytes.len() > MAX_BYTES {
            return Err(format!(
                "the icon has {} KiB; at most {} KiB are allowed",
                bytes.len() / 1024,
                MAX_BYTES / 1024
            ));
        }
        let media_type = match name
            .rsplit_once('.')
            .map(|(_, end)| end.to_ascii_lowercase())
            .as_deref()
        {
            Some("svg") => {
                check_svg(&bytes)?;
                "image/svg+xml"
            }
            Some("png") => {
                check_png(&bytes)?;
                "image/png"
            }
            _ => return Err("an icon is a .svg file or a .png file of 400×400 pixels".to_owned()),
        };
        Ok(Self { media_type, bytes })
    }

    /// The icon as a `data:` URI.
    pub fn data_uri(&self) -> Arc<str> {
        let bytes = BASE64_STANDARD.encode(&self.bytes);
        format!("data:{};base64,{bytes}", self.media_type).into()
    }

    /// A file name for it.
    pub fn file_name(&self) -> &'static str {
        if self.media_type == "image/png" {
            "icon.png"
        } else {
            "icon.svg"
        }
    }
}

fn check_png(bytes: &[u8]) -> Result<(), String> {
    // Signature, then the IHDR chunk: length, name, width, height (PNG §5.2, §11.2.2).
    let Some((head, rest)) = bytes.split_at_checked(16) else {
        return Err("the file is not a PNG image".to_owned());
    };
    if head != b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" {
        return Err("the file is not a PNG image".to_owned());
    }
    let side = |at: usize| {
        rest.get(at..at + 4)
            .and_then(|four| four.try_into().ok())
            .map(u32::from_be_bytes)
    };
    match (side(0), side(4)) {
        (Some(PNG_SIDE), Some(PNG_SIDE)) => Ok(()),
        (Some(width), Some(height)) => Err(format!(
            "the icon has {width}×{height} pixels; it must have 400×400"
        )),
        _ => Err("the PNG image is cut off".to_owned()),
    }
}

/// Elements that draw. Everything else (scripts, animation, embedded documents, links) stays out.
const DRAWING: &[&str] = &[
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "textPath",
    "defs",
    "use",
    "symbol",
    "title",
    "desc",
    "metadata",
    "style",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
    "mask",
    "pattern",
    "marker",
    "image",
    "filter",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "feTile",
    "feTurbulence",
];

fn check_svg(bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "the SVG is not UTF-8".to_owned())?;
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut root_seen = false;
    // The text of the open <style>; comments and CDATA borders vanish in it as they do in a browser.
    let mut style: Option<String> = None;
    loop {
        match reader
            .read_event()
            .map_err(|error| format!("the SVG is not well-formed XML: {error}"))?
        {
            Event::Start(element) => {
                check_element(&element, depth, &mut root_seen)?;
                if element.local_name().as_ref() == "style" {
                    style = Some(String::new());
                }
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(format!("the SVG nests more than {MAX_DEPTH} elements"));
                }
            }
            Event::Empty(element) => check_element(&element, depth, &mut root_seen)?,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                if let Some(style) = style.take() {
                    check_css(&style)?;
                }
            }
            Event::Text(text) => style.iter_mut().for_each(|style| style.push_str(&text)),
            Event::CData(text) => style.iter_mut().for_each(|style| style.push_str(&text)),
            Event::GeneralRef(_) if style.is_some() => {
                return Err(
                    "the SVG has an entity inside <style>; write the character itself".to_owned(),
                );
            }
            Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) => {}
            Event::DocType(_) => return Err("the SVG has a DOCTYPE; remove it".to_owned()),
            Event::PI(_) => {
                return Err("the SVG has a processing instruction; remove it".to_owned());
            }
            Event::Eof if !root_seen => return Err("the file is not an SVG image".to_owned()),
            Event::Eof if depth > 0 => return Err("the SVG is cut off".to_owned()),
            Event::Eof => return Ok(()),
        }
    }
}

fn check_element(
    element: &BytesStart<'_>,
    depth: usize,
    root_seen: &mut bool,
) -> Result<(), String> {
    let name = element.local_name();
    let name = name.as_ref();
    if depth == 0 {
        if *root_seen || name != "svg" {
            return Err("the file is not an SVG image".to_owned());
        }
        *root_seen = true;
    }
    if !DRAWING.contains(&name) {
        return Err(format!("<{name}> is not allowed in an icon"));
    }
    for attribute in element.attributes() {
        let attribute =
            attribute.map_err(|error| format!("the SVG is not well-formed XML: {error}"))?;
        let key = attribute.key.local_name();
        let key = key.as_ref().to_ascii_lowercase();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| format!("the SVG is not well-formed XML: {error}"))?;
        if key.starts_with("on") {
            return Err(format!("the event handler {key} is not allowed in an icon"));
        }
        if key == "href" || key == "src" {
            check_reference(name, value.trim())?;
        } else if !attribute.key.as_ref().starts_with("xmlns") {
            check_css(&value)?;
        }
    }
    Ok(())
}

fn check_reference(element: &str, target: &str) -> Result<(), String> {
    let inline = ["data:image/png;base64,", "data:image/jpeg;base64,"];
    let harmless = target.starts_with('#')
        || element == "image"
            && inline
                .iter()
                .any(|start| target.to_ascii_lowercase().starts_with(start));
    if harmless {
        Ok(())
    } else {
        Err(format!("<{element}> refers to something outside the icon"))
    }
}

/// Refuses what makes a style sheet or a presentation attribute reach outside the file.
fn check_css(css: &str) -> Result<(), String> {
    static URL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"(?i)url\s*\(\s*["']?\s*(.?)"#).expect("the pattern is a constant")
    });
    let lower = css.to_ascii_lowercase();
    let reaching = [
        "@import",
        "javascript:",
        "expression(",
        "image-set(",
        "src(",
        "\\",
    ];
    let outside = URL.captures_iter(css).any(|found| &found[1] != "#");
    if outside || reaching.iter().any(|word| lower.contains(word)) {
        return Err("a style of the SVG refers to something outside the icon".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inside: &str) -> Result<Icon, String> {
        let text = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inside}</svg>"##
        );
        Icon::new("icon.svg", Cow::Owned(text.into_bytes()))
    }

    fn png(width: u32, height: u32) -> Result<Icon, String> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        bytes.extend(width.to_be_bytes());
        bytes.extend(height.to_be_bytes());
        Icon::new("icon.png", Cow::Owned(bytes))
    }

    #[test]
    fn drawings_pass() {
        for inside in [
            r##"<path d="M0 0h9v9z" fill="url(#a)"/>"##,
            r##"<defs><linearGradient id="a"/></defs><use href="#a"/>"##,
            "<style>.a{fill:#fff}</style><g class=\"a\"><circle r=\"2\"/></g>",
            r##"<image href="data:image/png;base64,AAAA"/>"##,
        ] {
            assert_eq!(
                svg(inside).map(|icon| icon.media_type),
                Ok("image/svg+xml"),
                "{inside}"
            );
        }
    }

    #[test]
    fn an_svg_that_could_do_more_than_be_drawn_is_refused() {
        for inside in [
            "<script>alert(1)</script>",
            "<x:script xmlns:x=\"http://www.w3.org/2000/svg\"/>",
            "<foreignObject/>",
            "<a href=\"#x\"/>",
            "<animate/>",
            r##"<g onload="x()"/>"##,
            r##"<g ONCLICK="x()"/>"##,
            r##"<use href="https://evil.example/a.svg#a"/>"##,
            r##"<use xlink:href=" javascript:x()"/>"##,
            r##"<image href="data:image/svg+xml;base64,AAAA"/>"##,
            r##"<g fill="url(https://evil.example/a)"/>"##,
            r##"<g style="background:u&#114;l('//evil.example')"/>"##,
            "<style>@import 'https://evil.example';</style>",
            "<style><![CDATA[a{fill:url(//evil]]><![CDATA[.example)}]]></style>",
            "<style>a{fill:ur<!-- -->l(//evil.example)}</style>",
            "<style>a{fill:\\75rl(//evil.example)}</style>",
            "<style>a{fill:u&#114;l(//evil.example)}</style>",
            "<g>",
        ] {
            assert!(svg(inside).is_err(), "{inside}");
        }
        let doctype = "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>";
        assert!(Icon::new("icon.svg", Cow::Borrowed(doctype.as_bytes())).is_err());
        assert!(Icon::new("icon.svg", Cow::Borrowed(b"<html/>")).is_err());
        assert!(Icon::new("icon.svg", Cow::Borrowed(b"")).is_err());
    }

    #[test]
    fn a_png_has_400_by_400_pixels() {
        assert_eq!(png(400, 400).map(|icon| icon.media_type), Ok("image/png"));
        assert_eq!(
            png(400, 200),
            Err("the icon has 400×200 pixels; it must have 400×400".to_owned())
        );
        assert!(Icon::new("icon.png", Cow::Borrowed(b"\x89PNG")).is_err());
        assert!(Icon::new("icon.gif", Cow::Borrowed(b"GIF89a")).is_err());
    }
}
