//! Which way a Decision goes (cycles.md §4.1).

use serde_json::Value;

use super::{
    Outputs, Surroundings, Text,
    error::TextFault,
    join::{Row, Slot},
    sources::{FieldRef, Reader},
};
use crate::{
    StepId,
    cycle::{BadPattern, Condition, Criterion, Decision, Join, Operand, Source, place::parted},
    location::Location,
    value::DateFormat,
};

/// What a Decision needs to know.
pub struct Deciding<'a> {
    /// The criteria.
    pub decision: &'a Decision,
    /// What earlier steps gave.
    pub outputs: &'a Outputs,
    /// The step before it, whose list it filters.
    pub previous: Option<StepId>,
    /// Variables and mergefields.
    pub around: &'a dyn Surroundings,
    /// The format in which a field of a step declares dates.
    pub dates: &'a (dyn Fn(StepId, &Location) -> Option<DateFormat> + Sync),
    /// Values of inline scripts, by the source that holds them.
    pub scripts: &'a (dyn Fn(&Source) -> Option<Value> + Sync),
}

/// Where a Decision leads.
#[derive(Clone, Debug, PartialEq)]
pub enum Choice {
    /// To one exit.
    One(bool),
    /// Items of the list of the step before to each.
    Parted {
        /// The step.
        step: StepId,
        /// Its data with the items for which the criteria hold.
        matching: Option<Value>,
        /// Its data with the others.
        rest: Option<Value>,
    },
}

/// Why a Decision can't be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecideError {
    /// Nothing to compare, or nothing to compare with.
    #[error("a criterion of the Decision has no {0} operand; choose one")]
    NoOperand(&'static str),
    /// There is no criterion.
    #[error("the Decision has no criteria; add one")]
    NoCriteria,
    /// An operand.
    #[error("an operand of the Decision can't be read: {0}")]
    Operand(TextFault),
    /// A regular expression.
    #[error(transparent)]
    Pattern(#[from] BadPattern),
}

/// The sources that the criteria of a Decision read.
pub struct Operands;

impl Operands {
    /// All of them.
    pub fn of(decision: &Decision) -> impl Iterator<Item = &Source> {
        decision
            .criteria
            .iter()
            .flat_map(|row| [&row.left, &row.right, &row.upper].into_iter().flatten())
    }
}

/// An operand ready to be read.
struct Side<'a> {
    text: Option<Text<'a>>,
    script: Option<Value>,
    fields: Vec<FieldRef>,
    dates: Option<DateFormat>,
}

struct Comparison<'a> {
    condition: Condition,
    ignores_case: bool,
    left: Side<'a>,
    right: Option<Side<'a>>,
    upper: Option<Side<'a>>,
}

/// Chooses the exit, or parts the list of the step before.
///
/// # Errors
/// As [`DecideError`] says.
pub fn choose(deciding: &Deciding<'_>) -> Result<Choice, DecideError> {
    let mut reader = Reader::new(deciding.outputs);
    let mut rows = Vec::new();
    for row in &deciding.decision.criteria {
        let operands = row.condition.right_operands();
        rows.push(Comparison {
            condition: row.condition,
            ignores_case: row.ignores_case,
            left: side(deciding, &mut reader, row.left.as_ref(), "left")?,
            right: match operands {
                0 => None,
                _ => Some(side(deciding, &mut reader, row.right.as_ref(), "right")?),
            },
            upper: match operands {
                2 => Some(side(deciding, &mut reader, row.upper.as_ref(), "upper")?),
                _ => None,
            },
        });
    }
    if rows.is_empty() {
        return Err(DecideError::NoCriteria);
    }
    let list = filtered_list(deciding, &rows);
    let Some((step, list)) = list else {
        return Ok(Choice::One(holds(deciding, &reader, &rows, &reader.row())?));
    };
    let (data, way) = (reader.data(step), reader.lists[list].way.clone());
    let chain = chain(&reader, list);
    let mut judge = |items: &[&'_ Value]| {
        let mut row = reader.row();
        for (list, item) in chain.iter().zip(items) {
            row[*list] = Slot::Item(item, 0);
        }
        holds(deciding, &reader, &rows, &row)
    };
    let (matching, rest) = parted(data, &way, &mut judge)?;
    Ok(Choice::Parted {
        step: reader.step(step),
        matching,
        rest,
    })
}

fn side<'a>(
    deciding: &Deciding<'a>,
    reader: &mut Reader<'a>,
    source: Option<&'a Source>,
    name: &'static str,
) -> Result<Side<'a>, DecideError> {
    let source = source.ok_or(DecideError::NoOperand(name))?;
    let text = Text::read(source).map_err(DecideError::Operand)?;
    let fields: Vec<(StepId, Location)> = match &text {
        Some(Text::Script(..)) | None => Vec::new(),
        Some(text) => text.fields(),
    };
    let dates = match (&text, fields.as_slice()) {
        (Some(Text::Field(..)), [(step, location)]) => (deciding.dates)(*step, location),
        _ => None,
    };
    Ok(Side {
        script: (deciding.scripts)(source),
        fields: fields
            .into_iter()
            .map(|(step, location)| reader.field(step, location))
            .collect(),
        text,
        dates,
    })
}

/// The list of the step before that a left operand is in: its step and number. Of several answers the list
/// inside them, where there is one.
fn filtered_list(deciding: &Deciding<'_>, rows: &[Comparison<'_>]) -> Option<(usize, usize)> {
    let previous = deciding.previous?;
    rows.iter().find_map(|row| {
        let Some(Text::Field(step, declared)) = &row.left.text else {
            return None;
        };
        let field = row.left.fields.first()?;
        if *step != previous || field.lists.is_empty() {
            return None;
        }
        let answers = field.location.array_depth() > declared.array_depth();
        let list = match (answers, field.lists.as_slice()) {
            (true, [_, inner, ..]) => *inner,
            _ => field.lists[0],
        };
        Some((field.step?, list))
    })
}

/// A list and those that it lies in, the outermost first.
fn chain(reader: &Reader<'_>, list: usize) -> Vec<usize> {
    let mut chain = vec![list];
    while let Some(parent) = reader.lists[chain[0]].parent {
        chain.insert(0, parent);
    }
    chain
}

fn holds(
    deciding: &Deciding<'_>,
    reader: &Reader<'_>,
    rows: &[Comparison<'_>],
    row: &Row<'_>,
) -> Result<bool, DecideError> {
    let all = deciding.decision.join == Join::All;
    for criterion in rows {
        let holds = criterion_holds(deciding, reader, criterion, row)?;
        if holds != all {
            return Ok(holds);
        }
    }
    Ok(all)
}

/// Whether a comparison holds: for any item of a list, or, negated, for all.
fn criterion_holds(
    deciding: &Deciding<'_>,
    reader: &Reader<'_>,
    criterion: &Comparison<'_>,
    row: &Row<'_>,
) -> Result<bool, DecideError> {
    let values = |side: &Side<'_>| values(deciding, reader, side, row);
    let lefts = values(&criterion.left)?;
    let rights = criterion.right.as_ref().map_or(Ok(vec![None]), values)?;
    let uppers = criterion.upper.as_ref().map_or(Ok(vec![None]), values)?;
    let negates = criterion.condition.negates();
    for left in &lefts {
        for right in &rights {
            for upper in &uppers {
                let of = |value: &'_ Option<Value>, side: Option<&'_ Side<'_>>| Compared {
                    value: value.clone(),
                    dates: side.and_then(|side| side.dates.clone()),
                };
                let (left, right, upper) = (
                    of(left, Some(&criterion.left)),
                    of(right, criterion.right.as_ref()),
                    of(upper, criterion.upper.as_ref()),
                );
                let asked = Criterion {
                    condition: criterion.condition,
                    right: right.operand(),
                    upper: upper.operand(),
                    ignores_case: criterion.ignores_case,
                };
                if asked.holds(left.operand())? != negates {
                    return Ok(!negates);
                }
            }
        }
    }
    Ok(negates)
}

struct Compared {
    value: Option<Value>,
    dates: Option<DateFormat>,
}

impl Compared {
    fn operand(&self) -> Operand<'_> {
        Operand {
            value: self.value.as_ref(),
            dates: self.dates.as_ref(),
        }
    }
}

/// The values of an operand in a row; one that is missing where there is none at all.
fn values(
    deciding: &Deciding<'_>,
    reader: &Reader<'_>,
    side: &Side<'_>,
    row: &Row<'_>,
) -> Result<Vec<Option<Value>>, DecideError> {
    if let Some(value) = &side.script {
        return Ok(vec![Some(value.clone())]);
    }
    let Some(text) = &side.text else {
        return Ok(vec![None]);
    };
    if let (Text::Field(..), [field]) = (text, side.fields.as_slice()) {
        let mut found: Vec<Option<Value>> = reader
            .values(field, row)
            .into_iter()
            .map(Option::<&Value>::cloned)
            .collect();
        if found.is_empty() {
            found.push(None);
        }
        return Ok(found);
    }
    let fields: Vec<Option<&Value>> = side
        .fields
        .iter()
        .map(|field| reader.value(field, row))
        .collect();
    let cell = text
        .value(&fields, deciding.around, 0)
        .map_err(DecideError::Operand)?;
    Ok(vec![match cell {
        Some(super::Cell::Value(value)) => Some(value),
        _ => None,
    }])
}
