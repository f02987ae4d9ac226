//! Which items of lists belong together (cycles.md §5, Lists into targets).

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{
    error::MappingError,
    sources::{FieldRef, Reader},
};
use crate::{cycle::CollectionKey, definition::scalar_text, location::Location};

/// The most combinations of items that the lists of a step may make.
pub const MAX_ROWS: usize = 1_000_000;

/// What a row has of a list.
#[derive(Clone, Copy, Debug)]
pub(super) enum Slot<'p> {
    /// Nothing is chosen; fields are read over all items.
    Open,
    /// An item, and its number among those of its list.
    Item(&'p Value, usize),
    /// No item belongs here; its fields are empty.
    Nothing,
}

/// One combination of items, by the number of the list.
pub(super) type Row<'p> = Vec<Slot<'p>>;

/// How lists of different steps belong together.
pub(super) struct Joins(Vec<Join>);

/// Two steps, by position, and the fields whose equal values relate them; none maps everything with
/// everything.
struct Join {
    steps: (usize, usize),
    fields: Option<(FieldRef, FieldRef)>,
}

/// How a list joins the rows that are there.
enum Way<'j> {
    /// By these fields: of the list's step, and of a step that is there.
    Keys(Vec<(&'j FieldRef, &'j FieldRef)>),
    /// Every item with every row.
    Everything,
    /// It is another list of a step that is there: by position.
    Beside(usize),
}

impl Joins {
    /// The joins that are meant by keys; those of steps without data mean nothing.
    pub(super) fn new(reader: &mut Reader<'_>, keys: &[CollectionKey]) -> Self {
        let position = |reader: &Reader<'_>, id| {
            let outputs = &reader.outputs.0;
            outputs.iter().position(|(step, _)| Some(*step) == id)
        };
        let mut joins = Vec::new();
        for key in keys {
            let steps = position(reader, key.left.step).zip(position(reader, key.right.step));
            let Some(steps) = steps else { continue };
            let location = |text: &Option<String>| text.as_deref()?.parse::<Location>().ok();
            let fields = location(&key.left.location)
                .zip(location(&key.right.location))
                .map(|(left, right)| {
                    let id = |at: usize| reader.outputs.0[at].0;
                    let (left_step, right_step) = (id(steps.0), id(steps.1));
                    (
                        reader.field(left_step, left),
                        reader.field(right_step, right),
                    )
                });
            // A location that can't be read decides nothing.
            let ignored = key.left.location.is_none() || key.right.location.is_none();
            if fields.is_some() || ignored {
                joins.push(Join { steps, fields });
            }
        }
        Self(joins)
    }

    /// The rows with an item of each needed list, and of those that it lies in, as well.
    ///
    /// # Errors
    /// [`MappingError::NoKey`] and [`MappingError::TooMany`].
    pub(super) fn extended<'p>(
        &self,
        reader: &Reader<'p>,
        mut rows: Vec<Row<'p>>,
        needed: Vec<usize>,
    ) -> Result<Vec<Row<'p>>, MappingError> {
        let Some(first) = rows.first() else {
            return Ok(rows);
        };
        let mut is_bound: Vec<bool> = first
            .iter()
            .map(|slot| !matches!(slot, Slot::Open))
            .collect();
        let mut open: BTreeSet<usize> = BTreeSet::new();
        for list in needed {
            let mut at = Some(list);
            while let Some(list) = at.filter(|list| !is_bound[*list]) {
                open.insert(list);
                at = reader.lists[list].parent;
            }
        }
        while !open.is_empty() {
            let (list, way) = self.next(reader, &open, &is_bound)?;
            open.remove(&list);
            is_bound[list] = true;
            rows = match way {
                None => each(reader, rows, list)?,
                Some(way) => joined(reader, rows, list, &way)?,
            };
        }
        Ok(rows)
    }

    /// The list that comes next, and how it joins; none where it only needs its parent's item. The nearest
    /// step comes first, then whichever is related to those that are there.
    fn next(
        &self,
        reader: &Reader<'_>,
        open: &BTreeSet<usize>,
        is_bound: &[bool],
    ) -> Result<(usize, Option<Way<'_>>), MappingError> {
        let order = |list: &usize| {
            (
                reader.lists[*list].step,
                reader.lists[*list].way.depth(),
                *list,
            )
        };
        let mut waiting: Vec<usize> = open.iter().copied().collect();
        waiting.sort_by_key(order);
        let bound: Vec<usize> = (0..is_bound.len()).filter(|list| is_bound[*list]).collect();
        let mut unrelated = None;
        for list in waiting {
            match reader.lists[list].parent {
                Some(parent) if is_bound[parent] => return Ok((list, None)),
                Some(_) => {}
                None if bound.is_empty() => return Ok((list, None)),
                None => match self.way(reader, list, &bound) {
                    Some(way) => return Ok((list, Some(way))),
                    None => unrelated = unrelated.or(Some(list)),
                },
            }
        }
        let list = unrelated.expect("a list without its parent is open as long as the parent is");
        let nearest = bound.iter().map(|list| reader.lists[*list].step).min();
        Err(MappingError::NoKey {
            first: reader.step(nearest.expect("something is there")),
            second: reader.step(reader.lists[list].step),
        })
    }

    fn way(&self, reader: &Reader<'_>, list: usize, bound: &[usize]) -> Option<Way<'_>> {
        let own = reader.lists[list].step;
        let is_there = |step: usize| bound.iter().any(|other| reader.lists[*other].step == step);
        let mut keys = Vec::new();
        let mut everything = false;
        for join in &self.0 {
            let (left, right) = join.steps;
            let (mine, other, swapped) = match own {
                _ if own == left => (left, right, false),
                _ if own == right => (right, left, true),
                _ => continue,
            };
            match &join.fields {
                None => everything |= mine != other && is_there(other),
                Some((left, right)) => {
                    let (mine, other) = if swapped {
                        (right, left)
                    } else {
                        (left, right)
                    };
                    // The key has to tell items of this list apart, and to be known in each row.
                    let tells = mine.lists.contains(&list);
                    let known = match other.lists.first() {
                        Some(first) => bound.contains(first),
                        None => other.step != Some(own),
                    };
                    if tells && known {
                        keys.push((mine, other));
                    }
                }
            }
        }
        if !keys.is_empty() {
            return Some(Way::Keys(keys));
        }
        if everything {
            return Some(Way::Everything);
        }
        let beside = bound.iter().find(|other| {
            reader.lists[**other].step == own && reader.lists[**other].parent.is_none()
        });
        beside.map(|list| Way::Beside(*list))
    }
}

/// Each row with each element of a list.
fn each<'p>(
    reader: &Reader<'p>,
    rows: Vec<Row<'p>>,
    list: usize,
) -> Result<Vec<Row<'p>>, MappingError> {
    let mut all = Vec::new();
    for row in rows {
        let parent = reader.lists[list].parent;
        if parent.is_some_and(|parent| matches!(row[parent], Slot::Nothing)) {
            push(&mut all, &row, list, Slot::Nothing)?;
            continue;
        }
        for (number, item) in reader.elements(list, &row).into_iter().enumerate() {
            push(&mut all, &row, list, Slot::Item(item, number))?;
        }
    }
    Ok(all)
}

/// Each row with the elements that belong to it, or with nothing.
fn joined<'p>(
    reader: &Reader<'p>,
    rows: Vec<Row<'p>>,
    list: usize,
    way: &Way<'_>,
) -> Result<Vec<Row<'p>>, MappingError> {
    let elements = reader.elements(list, &reader.row());
    let mut all = Vec::new();
    match way {
        Way::Everything if elements.is_empty() => {
            for row in rows {
                push(&mut all, &row, list, Slot::Nothing)?;
            }
        }
        Way::Everything => {
            for row in rows {
                for (number, item) in elements.iter().enumerate() {
                    push(&mut all, &row, list, Slot::Item(item, number))?;
                }
            }
        }
        Way::Beside(other) => {
            let mut reached = 0;
            for row in rows {
                let slot = match row[*other] {
                    Slot::Item(_, number) => {
                        reached = reached.max(number + 1);
                        elements
                            .get(number)
                            .map_or(Slot::Nothing, |item| Slot::Item(item, number))
                    }
                    Slot::Open | Slot::Nothing => Slot::Nothing,
                };
                push(&mut all, &row, list, slot)?;
            }
            // The longer of two lists loses nothing.
            for (number, item) in elements.iter().enumerate().skip(reached) {
                let mut row = reader.row();
                row[*other] = Slot::Nothing;
                push(&mut all, &row, list, Slot::Item(item, number))?;
            }
        }
        Way::Keys(keys) => {
            let alone = |number: usize| {
                let mut row = reader.row();
                row[list] = Slot::Item(elements[number], number);
                row
            };
            let (first, others) = keys.split_first().expect("there is a key");
            let mut index: HashMap<String, Vec<usize>> = HashMap::new();
            for number in 0..elements.len() {
                for text in texts(reader, first.0, &alone(number)) {
                    index.entry(text).or_default().push(number);
                }
            }
            for row in rows {
                let mut found: BTreeSet<usize> = BTreeSet::new();
                for text in texts(reader, first.1, &row) {
                    found.extend(index.get(&text).into_iter().flatten());
                }
                found.retain(|number| {
                    others.iter().all(|(mine, other)| {
                        let mine = texts(reader, mine, &alone(*number));
                        !mine.is_disjoint(&texts(reader, other, &row))
                    })
                });
                if found.is_empty() {
                    push(&mut all, &row, list, Slot::Nothing)?;
                }
                for number in found {
                    push(&mut all, &row, list, Slot::Item(elements[number], number))?;
                }
            }
        }
    }
    Ok(all)
}

/// The values of a key in a row as trimmed text; what is missing equals nothing.
fn texts<'p>(reader: &Reader<'p>, field: &FieldRef, row: &Row<'p>) -> BTreeSet<String> {
    let values = reader.values(field, row).into_iter().flatten();
    values
        .filter(|value| !value.is_null())
        .map(|value| scalar_text(value).trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect()
}

fn push<'p>(
    all: &mut Vec<Row<'p>>,
    row: &Row<'p>,
    list: usize,
    slot: Slot<'p>,
) -> Result<(), MappingError> {
    if all.len() == MAX_ROWS {
        return Err(MappingError::TooMany);
    }
    let mut row = row.clone();
    row[list] = slot;
    all.push(row);
    Ok(())
}
