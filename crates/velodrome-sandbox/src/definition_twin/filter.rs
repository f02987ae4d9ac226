//! Query parameters that choose records.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;
use velodrome_model::definition::{DataType, Field, Parameter, TargetType};
use velodrome_model::location::Location;
use velodrome_model::value::DateFormat;

use super::plan::fixed;
use super::schema::{Shape, bare};
use crate::call::Call;
use crate::records::plain;

/// One parameter and the member that it is compared with.
#[derive(Clone, Debug)]
pub(super) struct Filter {
    parameter: String,
    member: Location,
    test: Test,
}

#[derive(Clone, Debug)]
enum Test {
    Equals,
    /// Not before the date given.
    Since {
        sent: DateFormat,
        zone: Tz,
        kept: DateFormat,
    },
}

impl Filter {
    /// The filters that a method's parameters make on records of this shape.
    pub(super) fn all(parameters: &[&Parameter], response: &Shape) -> Vec<Self> {
        let members: Vec<(Location, &Field)> = response
            .fields
            .iter()
            .filter_map(|(location, field)| Some((response.inside(location)?, field)))
            .filter(|(location, _)| location.array_depth() == 0)
            .collect();
        parameters
            .iter()
            .filter(|parameter| parameter.target_type == TargetType::QueryString)
            .filter_map(|parameter| match fixed(parameter) {
                Some(value) => since(parameter, &value, &members),
                None => equals(parameter, &members),
            })
            .collect()
    }

    /// Whether a call makes use of it.
    pub(super) fn is_used(&self, call: &Call) -> bool {
        call.query.filled(&self.parameter).is_some()
    }

    /// Whether a record is wanted.
    pub(super) fn keeps(&self, call: &Call, record: &Value) -> Result<bool, String> {
        let Some(wanted) = call.query.filled(&self.parameter) else {
            return Ok(true);
        };
        let found = self.member.first(record);
        match &self.test {
            Test::Equals => Ok(plain(found).eq_ignore_ascii_case(wanted)),
            Test::Since { sent, zone, kept } => {
                let since = sent.read(wanted, *zone).ok_or_else(|| {
                    format!("{} is not a date in the documented format", self.parameter)
                })?;
                let at: Option<DateTime<Utc>> = kept.read(&plain(found), Tz::UTC);
                Ok(at.is_none_or(|at| at >= since))
            }
        }
    }
}

fn equals(parameter: &Parameter, members: &[(Location, &Field)]) -> Option<Filter> {
    let name = bare(&parameter.target_name);
    let (member, _) = members.iter().find(|(location, field)| {
        !matches!(field.data_type, Some(DataType::DateTime | DataType::File))
            && location.last_name().is_some_and(|last| bare(last) == name)
    })?;
    Some(Filter {
        parameter: parameter.target_name.clone(),
        member: member.clone(),
        test: Test::Equals,
    })
}

fn since(parameter: &Parameter, value: &str, members: &[(Location, &Field)]) -> Option<Filter> {
    let inner = value.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    if inner.contains("{{")
        || !inner
            .trim_start_matches('+')
            .starts_with("LastSuccessfulRunDate")
    {
        return None;
    }
    let option = |key: &str, other: &str| {
        let at = inner.find(key)? + key.len();
        let end = inner[at..].find(other).map_or(inner.len(), |end| at + end);
        Some(inner[at..end].trim())
    };
    let sent = option(" format=", " tz=").unwrap_or("yyyy-MM-ddTHH:mm:ssZ");
    let zone = match option(" tz=", " format=") {
        Some(zone) => zone.parse().ok()?,
        None => Tz::UTC,
    };
    let dates: Vec<&(Location, &Field)> = members
        .iter()
        .filter(|(_, field)| field.data_type == Some(DataType::DateTime))
        .collect();
    let wanted = bare(&parameter.target_name);
    let shares = |word: &str| {
        dates.iter().find(|(location, _)| {
            wanted.contains(word) && location.last_name().is_some_and(|n| bare(n).contains(word))
        })
    };
    let changed = || {
        dates.iter().find(|(location, _)| {
            let name = location.last_name().map(bare).unwrap_or_default();
            ["updat", "modif", "chang"]
                .iter()
                .any(|word| name.contains(word))
        })
    };
    let (member, field) = ["updat", "modif", "chang", "creat"]
        .into_iter()
        .find_map(shares)
        .or_else(changed)
        .or(dates.first())?;
    let kept = match field.format.as_deref() {
        Some(pattern) => DateFormat::parse(pattern).ok()?,
        None => DateFormat::ISO,
    };
    Some(Filter {
        parameter: parameter.target_name.clone(),
        member: member.clone(),
        test: Test::Since {
            sent: DateFormat::parse(sent).ok()?,
            zone,
            kept,
        },
    })
}
