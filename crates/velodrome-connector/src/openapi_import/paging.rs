//! Parameters that look like paging.

use serde::Serialize;
use serde_json::Value;
use velodrome_model::definition::{
    ConnectorDefinition, Method, Paging, Parameter, TargetType, ValueOption,
};

use super::server::parameter;

/// Records a page, where the document does not say.
const PAGE_SIZE: u32 = 100;

const NUMBERS: [&str; 6] = [
    "page",
    "pagenumber",
    "pageno",
    "pageindex",
    "pagenum",
    "currentpage",
];
const OFFSETS: [&str; 4] = ["offset", "skip", "startindex", "startat"];
const SIZES: [&str; 9] = [
    "limit",
    "perpage",
    "pagesize",
    "pagelimit",
    "size",
    "maxresults",
    "count",
    "top",
    "pagelength",
];
const CURSORS: [&str; 9] = [
    "cursor",
    "pagetoken",
    "nexttoken",
    "continuationtoken",
    "after",
    "startingafter",
    "pagecursor",
    "nextcursor",
    "nextpagetoken",
];
/// Last names of locations that hold the cursor of the next page, the surest first.
const NEXT: [&str; 8] = [
    "nextcursor",
    "nextpagetoken",
    "nexttoken",
    "continuationtoken",
    "after",
    "endcursor",
    "cursor",
    "next",
];

/// A method whose parameters look like paging.
///
/// Paging stays off until somebody confirms it, for a wrong guess would fetch too much or too little.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PagingHint {
    /// JSON pointer to the operation; behind the address of another document and `#` if it is there.
    pub pointer: String,
    /// Key of the method.
    pub method: String,
    /// The style in words: number, offset or cursor.
    pub style: &'static str,
    /// The parameters as they are once paging is on.
    pub parameters: Vec<Parameter>,
    /// Records a page.
    pub page_size: u32,
}

/// What the parameters of a method look like; lays paging out, switched off.
pub fn hint(method: &mut Method, pointer: String) -> Option<PagingHint> {
    let query: Vec<&Parameter> = method
        .parameters
        .iter()
        .filter(|parameter| parameter.target_type == TargetType::QueryString)
        .collect();
    let find = |words: &[&str]| {
        words.iter().find_map(|word| {
            query
                .iter()
                .copied()
                .find(|parameter| plain(&parameter.target_name) == *word)
        })
    };
    let size = find(&SIZES);
    let page_size = size.map_or(PAGE_SIZE, size_of);
    let hidden = |parameter: &Parameter, variable: &str| Parameter {
        hide: true,
        optional: true,
        data_type: None,
        format: None,
        default_value: None,
        validation: None,
        trigger: None,
        values: vec![ValueOption::Plain(Value::from(variable))],
        ..parameter.clone()
    };
    let mut parameters: Vec<Parameter> = size
        .into_iter()
        .map(|size| hidden(size, "CYCLR_PAGE_SIZE"))
        .collect();
    let has_list = method
        .response
        .fields
        .iter()
        .any(|field| field.connector_field.contains('['));
    let style = if let (Some(number), true, true) = (find(&NUMBERS), size.is_some(), has_list) {
        parameters.push(hidden(number, "CYCLR_PAGE_NUMBER"));
        "number"
    } else if let (Some(offset), true, true) = (find(&OFFSETS), size.is_some(), has_list) {
        parameters.push(hidden(offset, "CYCLR_PAGE_OFFSET"));
        "offset"
    } else {
        let (cursor, location) = (find(&CURSORS)?, next(method)?);
        parameters.push(hidden(cursor, "CYCLR_PAGE_TOKEN"));
        parameters.push(Parameter {
            hide: true,
            values: vec![ValueOption::Plain(Value::from("CYCLR_PAGE_TOKEN"))],
            ..parameter(TargetType::ResponseField, &location)
        });
        "cursor"
    };
    method.paging = Some(Paging {
        inbound: Some(false),
        inbound_page_size: Some(page_size),
        ..Paging::default()
    });
    Some(PagingHint {
        pointer,
        method: method.key.clone(),
        style,
        parameters,
        page_size,
    })
}

/// Switches the paging of a method on, as a hint lays it out; false if the method is gone.
pub fn confirm_paging(definition: &mut ConnectorDefinition, hint: &PagingHint) -> bool {
    let Some(method) = definition
        .methods
        .iter_mut()
        .find(|method| method.key == hint.method)
    else {
        return false;
    };
    for parameter in &hint.parameters {
        match method
            .parameters
            .iter_mut()
            .find(|known| known.same_target(parameter))
        {
            Some(known) => *known = parameter.clone(),
            None => method.parameters.push(parameter.clone()),
        }
    }
    let paging = method.paging.get_or_insert_default();
    paging.inbound = Some(true);
    paging.inbound_page_size = Some(hint.page_size);
    true
}

/// The location of the next page's cursor.
fn next(method: &Method) -> Option<String> {
    let fields = method.response.fields.iter();
    let candidates: Vec<&str> = fields
        .map(|field| field.connector_field.as_str())
        .filter(|location| !location.contains(['[', '\\']))
        .collect();
    NEXT.iter().find_map(|word| {
        let own =
            |location: &&&str| plain(location.rsplit('.').next().unwrap_or_default()) == *word;
        candidates
            .iter()
            .find(own)
            .map(|location| (*location).to_owned())
    })
}

fn size_of(parameter: &Parameter) -> u32 {
    let most = parameter
        .validation
        .as_ref()
        .and_then(|rules| rules.maximum);
    let most = most
        .filter(|most| *most >= 1.0 && *most <= 1000.0)
        .map(|most| most as u32);
    let usual = parameter.default_value.as_ref().and_then(Value::as_u64);
    let usual = usual
        .and_then(|size| u32::try_from(size).ok())
        .filter(|size| (1..=1000).contains(size));
    most.or(usual).unwrap_or(PAGE_SIZE)
}

/// A name without case and separators: `page[size]`, `pageSize` and `page_size` are the same.
fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_lowercase())
        .collect()
}
