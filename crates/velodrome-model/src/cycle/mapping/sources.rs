//! What values are read from: the data of earlier steps, and what stands around a request.

use std::sync::Arc;

use serde_json::Value;

use super::join::{Row, Slot};
use crate::{StepId, location::Location, mergefield::MergeValue};

/// What earlier steps gave, the nearest first. A step that the transaction did not come through is missing.
#[derive(Clone, Debug, Default)]
pub struct Outputs(pub Vec<(StepId, Arc<Value>)>);

impl Outputs {
    /// The data of a step.
    pub fn get(&self, step: StepId) -> Option<&Value> {
        let found = self.0.iter().find(|(id, _)| *id == step);
        found.map(|(_, data)| data.as_ref())
    }
}

/// What stands around a request: variables, and mergefields that are no fields.
pub trait Surroundings: Sync {
    /// The value of a mergefield that stands for no field of a step; none when there is no such. `request`
    /// counts from 0.
    fn merge_field(&self, name: &str, request: usize) -> Option<MergeValue<'_>>;

    /// The value of a variable by its system name, null where it is not set; none when there is no such.
    fn variable(&self, name: &str) -> Option<Value>;
}

/// A field of a step in its data.
#[derive(Clone, Debug)]
pub(super) struct FieldRef {
    /// Position of the step among [`Outputs`]; none for one without data.
    pub step: Option<usize>,
    /// Where it stands in the data.
    pub location: Location,
    /// The lists on the way, by number, the outermost first.
    pub lists: Vec<usize>,
}

/// A list of a step's data.
#[derive(Clone, Debug)]
pub(super) struct List {
    /// Position of the step.
    pub step: usize,
    /// The way to it.
    pub way: Location,
    /// The list that it lies in.
    pub parent: Option<usize>,
}

/// Knows the lists that are read from.
pub(super) struct Reader<'p> {
    pub outputs: &'p Outputs,
    pub lists: Vec<List>,
}

impl<'p> Reader<'p> {
    pub(super) fn new(outputs: &'p Outputs) -> Self {
        Self {
            outputs,
            lists: Vec::new(),
        }
    }

    /// A field, with the lists that it lies in.
    pub(super) fn field(&mut self, step: StepId, location: Location) -> FieldRef {
        let at = self.outputs.0.iter().position(|(id, _)| *id == step);
        let Some(at) = at else {
            return FieldRef {
                step: None,
                location,
                lists: Vec::new(),
            };
        };
        let location = location.placed_in(&self.outputs.0[at].1);
        let mut lists: Vec<usize> = Vec::new();
        for way in location.lists() {
            let known = self
                .lists
                .iter()
                .position(|list| list.step == at && list.way == way);
            let parent = lists.last().copied();
            lists.push(known.unwrap_or_else(|| {
                self.lists.push(List {
                    step: at,
                    way,
                    parent,
                });
                self.lists.len() - 1
            }));
        }
        FieldRef {
            step: Some(at),
            location,
            lists,
        }
    }

    pub(super) fn data(&self, step: usize) -> &'p Value {
        &self.outputs.0[step].1
    }

    pub(super) fn step(&self, at: usize) -> StepId {
        self.outputs.0[at].0
    }

    /// A row in which no item of any list is chosen.
    pub(super) fn row(&self) -> Row<'p> {
        vec![Slot::Open; self.lists.len()]
    }

    /// The elements of a list in a row; those of its parent's item where it lies in one.
    pub(super) fn elements(&self, list: usize, row: &Row<'p>) -> Vec<&'p Value> {
        let list = &self.lists[list];
        let below = |holder: &'p Value, way: Option<Location>| match way {
            Some(way) => way.read(holder).into_iter().flatten().collect(),
            None => vec![holder],
        };
        match list.parent {
            None => below(self.data(list.step), Some(list.way.clone())),
            Some(parent) => match row[parent] {
                Slot::Item(item, _) => below(item, list.way.below(&self.lists[parent].way)),
                Slot::Open | Slot::Nothing => Vec::new(),
            },
        }
    }

    /// All values of a field in a row: one where every list on its way has an item.
    pub(super) fn values(&self, field: &FieldRef, row: &Row<'p>) -> Vec<Option<&'p Value>> {
        let Some(step) = field.step else {
            return Vec::new();
        };
        let chosen = field
            .lists
            .iter()
            .rev()
            .find(|list| !matches!(row[**list], Slot::Open));
        match chosen.map(|list| (row[*list], &self.lists[*list].way)) {
            None => field.location.read(self.data(step)),
            Some((Slot::Item(item, _), way)) => match field.location.below(way) {
                Some(rest) => rest.read(item),
                None => vec![Some(item)],
            },
            Some((Slot::Open | Slot::Nothing, _)) => Vec::new(),
        }
    }

    /// The first value of a field in a row.
    pub(super) fn value(&self, field: &FieldRef, row: &Row<'p>) -> Option<&'p Value> {
        self.values(field, row).into_iter().next().flatten()
    }
}
