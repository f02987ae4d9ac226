//! From the sources of a step's parameters and fields to the values of its requests (cycles.md §5).
//!
//! Pure: what was mapped and what earlier steps gave goes in, and the values of one request or several
//! come out. Scripts are handed back with the values of their mergefields; who has a sandbox runs them.

mod deciding;
mod error;
mod join;
mod sources;
mod text;
mod used;

pub use deciding::{Choice, DecideError, Deciding, Operands, choose};
pub use error::{MappingError, TextFault};
pub use join::MAX_ROWS;
pub use sources::{Outputs, Surroundings};
pub use text::{ScriptText, fields_of, inline_script, step_field};
pub use used::{fields_in_use, steps_read};

use std::collections::BTreeMap;

use serde_json::Value;

use self::{
    join::{Joins, Row},
    sources::{FieldRef, Reader},
    text::Text,
};
use super::{CollectionKey, Source};
use crate::location::Location;

/// A parameter or field that is to be given a value.
#[derive(Clone, Debug)]
pub struct Target<'a> {
    /// `targetName`, or the field's location.
    pub name: &'a str,
    /// What it is.
    pub place: TargetPlace,
    /// Where its value comes from.
    pub source: &'a Source,
    /// Whether a source without a value fails the step.
    pub is_required: bool,
}

/// What a target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPlace {
    /// A parameter of the method.
    Parameter,
    /// A field of the request's body.
    Field(Location),
}

/// The requests of a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Whether they come from the items of a list: then their answers make a list, however many there are.
    pub is_list: bool,
    /// One after the other.
    pub requests: Vec<RequestValues>,
}

/// The values of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RequestValues {
    /// By `targetName`.
    pub parameters: BTreeMap<String, Cell>,
    /// By location.
    pub fields: BTreeMap<String, Cell>,
}

/// A value, or what gives one.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A value.
    Value(Value),
    /// An inline script.
    Script(ScriptText),
    /// One for each element of a list in the request; none where nothing is written into it.
    List(Vec<Option<Cell>>),
}

/// Whether a value stands for "nothing".
pub fn is_nothing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(_) => false,
    }
}

/// What a target needs: its parsed source and the fields in it.
struct Prepared<'a> {
    target: &'a Target<'a>,
    text: Text<'a>,
    fields: Vec<FieldRef>,
}

/// Works out the requests of a step.
///
/// Lists that are mapped to parameters and to fields outside lists make one request an item; those that are
/// mapped into a list of the request make its elements. Lists of several steps are joined by `keys`, the
/// nearest step's first.
///
/// # Errors
/// As [`MappingError`] says.
pub fn plan(
    targets: &[Target<'_>],
    keys: &[CollectionKey],
    outputs: &Outputs,
    around: &dyn Surroundings,
) -> Result<Plan, MappingError> {
    let mut reader = Reader::new(outputs);
    let mut prepared = Vec::new();
    for target in targets {
        let fault = |fault| MappingError::Text {
            target: target.name.to_owned(),
            fault,
        };
        let Some(text) = Text::read(target.source).map_err(fault)? else {
            continue;
        };
        let fields = text
            .fields()
            .into_iter()
            .map(|(step, location)| reader.field(step, location))
            .collect();
        prepared.push(Prepared {
            target,
            text,
            fields,
        });
    }
    let joins = Joins::new(&mut reader, keys);
    let planner = Planner {
        reader: &reader,
        joins: &joins,
        around,
    };
    planner.plan(&prepared)
}

struct Planner<'p> {
    reader: &'p Reader<'p>,
    joins: &'p Joins,
    around: &'p dyn Surroundings,
}

/// The targets inside one list of the request, and the lists inside it.
struct Group<'t, 'a> {
    targets: Vec<&'t Prepared<'a>>,
    depth: usize,
}

impl<'p> Planner<'p> {
    fn plan(&self, prepared: &[Prepared<'_>]) -> Result<Plan, MappingError> {
        let outer: Vec<&Prepared<'_>> = prepared.iter().filter(|one| one.depth() == 0).collect();
        let needed = outer.iter().flat_map(|one| one.needs(0)).collect();
        let is_list = !outer.iter().all(|one| one.needs(0).is_empty());
        let rows = self
            .joins
            .extended(self.reader, vec![self.reader.row()], needed)?;
        let groups = groups(prepared);
        let mut requests = Vec::with_capacity(rows.len());
        for (number, row) in rows.iter().enumerate() {
            let mut request = RequestValues::default();
            for one in &outer {
                let Some(cell) = self.cell(one, row, number)? else {
                    continue;
                };
                let name = one.target.name.to_owned();
                match one.target.place {
                    TargetPlace::Parameter => request.parameters.insert(name, cell),
                    TargetPlace::Field(_) => request.fields.insert(name, cell),
                };
            }
            for group in &groups {
                for (name, cell) in self.group(group, row, number)? {
                    request.fields.insert(name.to_owned(), cell);
                }
            }
            requests.push(request);
        }
        Ok(Plan { is_list, requests })
    }

    /// The cells of the targets in one list of the request.
    fn group<'t>(
        &self,
        group: &Group<'t, '_>,
        row: &Row<'p>,
        number: usize,
    ) -> Result<Vec<(&'t str, Cell)>, MappingError> {
        let level = group.depth;
        let needed = group
            .targets
            .iter()
            .flat_map(|one| one.needs(level))
            .collect();
        let rows = self
            .joins
            .extended(self.reader, vec![row.clone()], needed)?;
        // One for the element of each row, in the order of the targets.
        let mut columns: Vec<Vec<Option<Cell>>> = vec![Vec::new(); group.targets.len()];
        let inner = inner_groups(group);
        for row in &rows {
            let mut element: BTreeMap<&str, Cell> = BTreeMap::new();
            for inner in &inner {
                element.extend(self.group(inner, row, number)?);
            }
            for (column, one) in columns.iter_mut().zip(&group.targets) {
                let deeper = one.last_need().is_some_and(|last| last > level);
                column.push(match element.remove(one.target.name) {
                    Some(cell) => Some(cell),
                    None if deeper => None,
                    None => self.cell(one, row, number)?,
                });
            }
        }
        let cells = group
            .targets
            .iter()
            .zip(columns)
            .filter_map(|(one, column)| {
                let name: &'t str = one.target.name;
                // What is the same for every element is given once: it never makes an element of its own.
                if one.last_need().is_some_and(|last| last >= level) {
                    return Some((name, Cell::List(column)));
                }
                let constant = column.into_iter().next().flatten()?;
                Some((name, constant))
            });
        Ok(cells.collect())
    }

    /// The value of a target in a row; none where it is left out.
    fn cell(
        &self,
        one: &Prepared<'_>,
        row: &Row<'p>,
        number: usize,
    ) -> Result<Option<Cell>, MappingError> {
        let values: Vec<Option<&Value>> = one
            .fields
            .iter()
            .map(|field| self.reader.value(field, row))
            .collect();
        let cell = one
            .text
            .value(&values, self.around, number)
            .map_err(|fault| MappingError::Text {
                target: one.target.name.to_owned(),
                fault,
            })?;
        let is_empty = match &cell {
            None => true,
            Some(Cell::Value(value)) => is_nothing(Some(value)),
            Some(Cell::Script(_) | Cell::List(_)) => false,
        };
        if !is_empty {
            return Ok(cell);
        }
        if one.target.is_required {
            return Err(MappingError::RequiredEmpty {
                target: one.target.name.to_owned(),
            });
        }
        Ok(None)
    }
}

impl Prepared<'_> {
    /// How many lists of the request it is in.
    fn depth(&self) -> usize {
        match &self.target.place {
            TargetPlace::Parameter => 0,
            TargetPlace::Field(location) => location.array_depth(),
        }
    }

    /// The lists whose items make what it is in at a level: requests at level 0, elements of the request's
    /// lists from level 1. The innermost lists belong together, and the outermost level takes all that is
    /// left.
    fn needs(&self, level: usize) -> Vec<usize> {
        let depth = self.depth();
        let of = |field: &FieldRef| {
            let lists = &field.lists;
            let at = (lists.len() + level).checked_sub(depth)?;
            match level {
                0 if depth > 0 => None,
                _ => lists.get(at.checked_sub(1)?).copied(),
            }
        };
        self.fields.iter().filter_map(of).collect()
    }

    /// The innermost level that an item of a list belongs to.
    fn last_need(&self) -> Option<usize> {
        (1..=self.depth())
            .rev()
            .find(|level| !self.needs(*level).is_empty())
    }
}

/// The targets in lists of the request, by the outermost list.
fn groups<'t, 'a>(prepared: &'t [Prepared<'a>]) -> Vec<Group<'t, 'a>> {
    grouped(prepared.iter().filter(|one| one.depth() > 0), 1)
}

/// The lists inside a list that have items of their own.
fn inner_groups<'t, 'a>(group: &Group<'t, 'a>) -> Vec<Group<'t, 'a>> {
    let deeper = group
        .targets
        .iter()
        .copied()
        .filter(|one| one.last_need().is_some_and(|last| last > group.depth));
    grouped(deeper, group.depth + 1)
}

fn grouped<'t, 'a: 't>(
    targets: impl Iterator<Item = &'t Prepared<'a>>,
    depth: usize,
) -> Vec<Group<'t, 'a>> {
    let mut groups: Vec<(Location, Group<'t, 'a>)> = Vec::new();
    for one in targets {
        let TargetPlace::Field(location) = &one.target.place else {
            continue;
        };
        let Some(list) = location.lists().nth(depth - 1) else {
            continue;
        };
        match groups.iter_mut().find(|(other, _)| *other == list) {
            Some((_, group)) => group.targets.push(one),
            None => groups.push((
                list,
                Group {
                    targets: vec![one],
                    depth,
                },
            )),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

#[cfg(test)]
mod tests;
