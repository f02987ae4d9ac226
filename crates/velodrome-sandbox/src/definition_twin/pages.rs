//! Lists cut into pages as a definition says (connectors.md §4).

use serde_json::{Value, json};
use velodrome_model::definition::{Paging, Parameter, TargetType};
use velodrome_model::location::Location;

use super::collection::Collection;
use super::plan::fixed;
use super::schema::{Schema, Shape, UNPAGED};
use crate::call::Call;
use crate::records::plain;

/// The most records that a twin answers at once.
const MAX_PAGE: usize = 1_000;
/// Where the next page's address keeps its place.
const PLACE: &str = "page_after";

/// Where a client puts a paging value.
#[derive(Clone, Debug)]
enum Place {
    Query(String),
    Header(String),
    Path(String),
    Body(Location),
}

/// A token: where answers give it, and where calls give it back.
#[derive(Clone, Debug)]
struct Token {
    suffix: String,
    answered_at: Option<Location>,
    sent_in: Option<Place>,
}

/// How a method's list is cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    number: Option<Place>,
    offset: Option<Place>,
    size: Option<Place>,
    next_url: Option<Location>,
    tokens: Vec<Token>,
    page_size: Option<usize>,
    inbound: bool,
    array: Option<Location>,
}

/// The records of a list, made up as they are needed.
pub(super) struct Records<'a> {
    pub(super) numbers: Vec<usize>,
    pub(super) schema: &'a Schema,
    pub(super) collection: &'a Collection,
}

impl Records<'_> {
    pub(super) fn record(&self, number: usize) -> Value {
        self.collection.record(self.schema, number)
    }

    fn member(&self, number: usize, location: &Location) -> String {
        self.collection.member(self.schema, number, location)
    }
}

/// A page.
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    /// What leads on, by location.
    pub(super) leads: Vec<(Location, Value)>,
    pub(super) has_more: bool,
    pub(super) total: usize,
}

impl Pages {
    pub(super) fn new(
        parameters: &[&Parameter],
        request: &Shape,
        response: &Shape,
        paging: &Paging,
    ) -> Self {
        let mut pages = Self {
            page_size: paging.inbound_page_size.map(|size| size as usize),
            inbound: paging.inbound == Some(true),
            array: response.array.clone(),
            ..Self::default()
        };
        for parameter in parameters {
            let Some(variable) = fixed(parameter) else {
                continue;
            };
            let name = parameter.target_name.clone();
            let place = match parameter.target_type {
                TargetType::QueryString => Some(Place::Query(name)),
                TargetType::HttpHeader => Some(Place::Header(name)),
                TargetType::MergeField => Some(Place::Path(name)),
                TargetType::ResponseField => {
                    let location = parameter.target_name.parse().ok();
                    pages.answered(&variable, location);
                    None
                }
                TargetType::FilterField | TargetType::Script | TargetType::Index => None,
            };
            if let Some(place) = place {
                pages.sent(&variable, place);
            }
        }
        for (location, field) in &request.fields {
            if let Some(first) = field.values.first().filter(|_| field.hide) {
                pages.sent(&first.text(), Place::Body(location.clone()));
            }
        }
        pages
    }

    fn sent(&mut self, variable: &str, place: Place) {
        match variable {
            "CYCLR_PAGE_NUMBER" => self.number = Some(place),
            "CYCLR_PAGE_OFFSET" => self.offset = Some(place),
            "CYCLR_PAGE_SIZE" => self.size = Some(place),
            other => {
                if let Some(suffix) = suffix(other) {
                    self.token(suffix).sent_in = Some(place);
                }
            }
        }
    }

    fn answered(&mut self, variable: &str, location: Option<Location>) {
        if variable == "CYCLR_PAGE_NEXT_URL" {
            self.next_url = location;
        } else if let Some(suffix) = suffix(variable) {
            self.token(suffix).answered_at = location;
        }
    }

    fn token(&mut self, suffix: &str) -> &mut Token {
        let at = match self.tokens.iter().position(|token| token.suffix == suffix) {
            Some(at) => at,
            None => {
                self.tokens.push(Token {
                    suffix: suffix.to_owned(),
                    answered_at: None,
                    sent_in: None,
                });
                self.tokens.len() - 1
            }
        };
        &mut self.tokens[at]
    }

    /// Whether a client asks for one page after the other.
    pub(super) fn turns(&self) -> bool {
        self.inbound
            && (self.number.is_some()
                || self.offset.is_some()
                || self.next_url.is_some()
                || !self.tokens.is_empty())
    }

    /// Records to begin with: several pages' worth, the last one not full.
    pub(super) fn seeded(&self) -> usize {
        match self.page_size {
            Some(size) if self.turns() => {
                let size = size.clamp(1, MAX_PAGE);
                size * 2 + size.div_ceil(2)
            }
            _ => UNPAGED,
        }
    }

    /// The page that a call asks for, of the records with these numbers. `unwanted` are query parameters
    /// that carry credentials and do not belong into addresses.
    pub(super) fn cut(
        &self,
        call: &Call,
        fields: &[(String, String)],
        body: &Value,
        records: &Records<'_>,
        unwanted: &[String],
    ) -> Result<Page, String> {
        let numbers = &records.numbers;
        let total = numbers.len();
        let said = |place: &Option<Place>| place.as_ref().and_then(|p| read(p, call, fields, body));
        let size = self.asked_size(said(&self.size))?;
        let whole = |name: &str, text: Option<String>, least: usize| match text {
            None => Ok(least),
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|number| *number >= least)
                .ok_or_else(|| format!("{name} must be a whole number from {least}")),
        };
        let start = if self.number.is_some() {
            let number = whole("the page number", said(&self.number), 1)?;
            (number - 1).saturating_mul(size)
        } else if self.offset.is_some() {
            whole("the offset", said(&self.offset), 0)?
        } else if self.next_url.is_some() {
            self.place_of(call.query.filled(PLACE), numbers)?
        } else if let Some(token) = self.tokens.first() {
            let text = said(&token.sent_in).filter(|text| !text.is_empty());
            self.after_token(token, text.as_deref(), records)?
        } else {
            0
        };
        let has_more = start.saturating_add(size) < total;
        let page = numbers.get(start..).unwrap_or_default();
        let place = page.get(size - 1).copied();
        let leads = self.leads(call, fields, body, start, has_more, place, unwanted)?;
        Ok(Page {
            records: page
                .iter()
                .take(size)
                .map(|number| records.record(*number))
                .collect(),
            leads,
            has_more,
            total,
        })
    }

    fn asked_size(&self, text: Option<String>) -> Result<usize, String> {
        let usual = match self.page_size {
            Some(size) if self.turns() || self.size.is_some() => size.clamp(1, MAX_PAGE),
            _ => MAX_PAGE,
        };
        let most = usual.max(MAX_PAGE);
        match text.filter(|text| !text.is_empty()) {
            None => Ok(usual),
            Some(text) => text
                .parse()
                .ok()
                .filter(|size| (1..=most).contains(size))
                .ok_or_else(|| format!("the page size must be a whole number from 1 to {most}")),
        }
    }

    /// The position after the record whose number a place names.
    fn place_of(&self, text: Option<&str>, numbers: &[usize]) -> Result<usize, String> {
        let Some(text) = text else { return Ok(0) };
        let number: usize = text
            .strip_prefix('p')
            .and_then(|number| number.parse().ok())
            .ok_or("the place of the next page is not one that was given out")?;
        Ok(numbers.partition_point(|known| *known <= number))
    }

    fn after_token(
        &self,
        token: &Token,
        text: Option<&str>,
        records: &Records<'_>,
    ) -> Result<usize, String> {
        let Some(text) = text else { return Ok(0) };
        match self.in_records(token) {
            None => self.place_of(Some(text), &records.numbers),
            Some(location) => {
                let found = records
                    .numbers
                    .iter()
                    .position(|number| records.member(*number, &location) == text);
                found
                    .map(|position| position + 1)
                    .ok_or_else(|| format!("there is no record {text:?} to go on after"))
            }
        }
    }

    /// The token's place in a record, where the last record's own member is the token.
    fn in_records(&self, token: &Token) -> Option<Location> {
        let array = self.array.as_ref()?;
        token.answered_at.as_ref()?.below(array)
    }

    #[expect(clippy::too_many_arguments, reason = "one use, all of different kinds")]
    fn leads(
        &self,
        call: &Call,
        fields: &[(String, String)],
        body: &Value,
        start: usize,
        has_more: bool,
        place: Option<usize>,
        unwanted: &[String],
    ) -> Result<Vec<(Location, Value)>, String> {
        let mut leads = Vec::new();
        let counts = self.number.is_some() || self.offset.is_some();
        if let (Some(location), true, Some(place)) = (&self.next_url, has_more, place) {
            leads.push((location.clone(), json!(next_address(call, place, unwanted))));
        }
        for (index, token) in self.tokens.iter().enumerate() {
            let Some(location) = &token.answered_at else {
                continue;
            };
            if self.in_records(token).is_some() {
                continue; // stands in the records themselves
            }
            let moves = index == 0 && !counts && self.next_url.is_none();
            if moves {
                if let (true, Some(place)) = (has_more, place) {
                    leads.push((location.clone(), json!(format!("p{place}"))));
                }
                continue;
            }
            // A name of the whole query, which later pages have to repeat.
            let name = format!("q-{}", call.segments.len() * 7 + index);
            let shown = token
                .sent_in
                .as_ref()
                .and_then(|sent| read(sent, call, fields, body))
                .filter(|shown| !shown.is_empty());
            if start > 0 && shown.as_deref() != Some(name.as_str()) {
                return Err("a later page was asked for without the query's own token".to_owned());
            }
            if has_more || counts {
                leads.push((location.clone(), json!(name)));
            }
        }
        Ok(leads)
    }
}

fn suffix(variable: &str) -> Option<&str> {
    let rest = variable.strip_prefix("CYCLR_PAGE_TOKEN")?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('_')
}

fn read(place: &Place, call: &Call, fields: &[(String, String)], body: &Value) -> Option<String> {
    match place {
        Place::Query(name) => call.query.get(name).map(str::to_owned),
        Place::Header(name) => call.header(name).map(str::to_owned),
        Place::Path(name) => fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone()),
        Place::Body(location) => location.first(body).map(|value| plain(Some(value))),
    }
}

/// The call's own address with another place, and without its credentials.
fn next_address(call: &Call, place: usize, unwanted: &[String]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            call.query
                .0
                .iter()
                .filter(|(name, _)| name != PLACE && !unwanted.contains(name)),
        )
        .append_pair(PLACE, &format!("p{place}"))
        .finish();
    format!("{}{}?{query}", call.origin, call.path)
}
