//! What an installed cycle becomes when it moves to another release of its template (cycles.md §2, Upgrade).

use std::collections::{BTreeMap, HashMap, HashSet};

use uuid::Uuid;
use velodrome_model::{
    ConnectorId, StepId,
    cycle::{CycleDocument, Edge, Mapping, MethodStep, Source, Step, StepKind, Variable},
};

use super::copying::{Renaming, as_installed, lineage};

/// The release's document with what the customer has set in the installed one: mappings and variables
/// that are theirs to set, their account connectors, and the ids of steps and connections that stay, by
/// which webhook addresses and look-backs stay too. Steps of the release that were not installed have the
/// template's account connectors still.
pub(crate) fn upgraded(
    installed: &CycleDocument,
    release: &CycleDocument,
    is_same: impl Fn(ConnectorId, ConnectorId) -> bool,
    mut id: impl FnMut() -> Uuid,
) -> CycleDocument {
    let former: HashMap<StepId, &Step> = installed
        .steps
        .iter()
        .filter_map(|step| Some((step.origin?, step)))
        .collect();
    let mut taken = HashSet::new();
    let names: Vec<(StepId, StepId)> = release
        .steps
        .iter()
        .map(|step| {
            let stays = former.get(&lineage(step)).map(|former| former.id);
            let name = stays.filter(|stays| taken.insert(*stays));
            (step.id, name.unwrap_or_else(|| StepId(id())))
        })
        .collect();
    let mut document = Renaming::of(names).copy(&as_installed(release), id);
    let here: HashSet<StepId> = document.steps.iter().map(|step| step.id).collect();
    for step in &mut document.steps {
        let same = installed.step(step.id);
        if let (StepKind::Method(new), Some(StepKind::Method(old))) =
            (&mut step.kind, same.map(|same| &same.kind))
        {
            keep_method(new, old, &here, &is_same);
        }
    }
    keep_edges(&mut document.edges, &installed.edges);
    for variable in &mut document.variables {
        keep_value(variable, installed.variable(&variable.system_name));
    }
    document
}

fn keep_method(
    new: &mut MethodStep,
    old: &MethodStep,
    here: &HashSet<StepId>,
    is_same: impl Fn(ConnectorId, ConnectorId) -> bool,
) {
    if !is_same(new.connector, old.connector) {
        return;
    }
    if old.account_connector.is_some() {
        new.account_connector = old.account_connector;
    }
    if new.method != old.method {
        return;
    }
    if new.category.is_some() && old.category.is_some() {
        new.category = old.category;
    }
    for (new, old) in [
        (&mut new.parameters, &old.parameters),
        (&mut new.fields, &old.fields),
    ] {
        keep_mappings(new, old, here);
    }
}

fn keep_mappings(
    new: &mut BTreeMap<String, Mapping>,
    old: &BTreeMap<String, Mapping>,
    here: &HashSet<StepId>,
) {
    for (target, mapping) in new {
        let Some(set) = old.get(target).and_then(|old| old.source.as_ref()) else {
            continue;
        };
        let is_blank = matches!(&mapping.source, Some(Source::Lookup { value: None, .. }));
        let was_looked_up = matches!(set, Source::Lookup { value: Some(_), .. });
        if mapping.is_launch_visible || (is_blank && was_looked_up) {
            mapping.source = still_there(set, here);
        }
    }
}

/// What the customer has set, unless it was a field of a step that is gone.
fn still_there(source: &Source, here: &HashSet<StepId>) -> Option<Source> {
    let is_gone = match source {
        Source::PreviousStep(field) => field.step.is_some_and(|step| !here.contains(&step)),
        _ => false,
    };
    (!is_gone).then(|| source.clone())
}

fn keep_edges(new: &mut [Edge], old: &[Edge]) {
    for edge in new {
        let same = old
            .iter()
            .find(|old| (old.tail, old.exit, old.head) == (edge.tail, edge.exit, edge.head));
        if let Some(same) = same {
            edge.id = same.id;
        }
    }
}

/// A customer's variable keeps its value, while that is still one of those that it may have.
fn keep_value(new: &mut Variable, old: Option<&Variable>) {
    let Some(value) = old.and_then(|old| old.value.as_ref()) else {
        return;
    };
    let may_be = new
        .values
        .as_ref()
        .is_none_or(|values| values.is_empty() || values.contains(value));
    if new.is_launch_visible && may_be {
        new.value = Some(value.clone());
    }
}

#[cfg(test)]
mod tests {
    use velodrome_model::{AccountConnectorId, MethodUid};

    use super::*;
    use crate::templates::copying::tests::{
        asked, counting, edge, fixed, from_step, id, method, step, text,
    };

    fn variable(name: &str, value: Option<&str>, is_launch_visible: bool) -> Variable {
        Variable {
            display_name: name.into(),
            system_name: name.into(),
            description: None,
            value: value.map(Into::into),
            values: None,
            data_type: Default::default(),
            is_required: false,
            is_sensitive: false,
            is_launch_visible,
        }
    }

    fn installed_from(release: &CycleDocument) -> CycleDocument {
        let names = Renaming::fresh(release, counting(1001));
        let mut installed = names.copy(&as_installed(release), counting(2001));
        for step in &mut installed.steps {
            if let Some(method) = step.method_mut() {
                method.account_connector = Some(AccountConnectorId(70));
            }
        }
        installed
    }

    fn first_release() -> CycleDocument {
        let second = method(&[
            ("fixed", fixed(text("old"))),
            ("asked", asked(Some(text("suggested")))),
            ("source", asked(None)),
            ("gone", asked(None)),
        ]);
        CycleDocument {
            steps: vec![
                step(1, StepKind::Method(Box::new(method(&[])))),
                step(2, StepKind::Method(Box::new(second))),
                step(3, StepKind::WaitAll),
            ],
            edges: vec![edge(11, 1, 2), edge(12, 2, 3)],
            variables: vec![
                variable("Theirs", Some("default"), true),
                variable("Ours", Some("old"), false),
            ],
            ..CycleDocument::default()
        }
    }

    /// The next release as it is made: a copy whose steps remember what they are copies of.
    fn next_release(first: &CycleDocument) -> CycleDocument {
        let mut next = first.clone();
        for step in &mut next.steps {
            step.origin = Some(lineage(step));
        }
        Renaming::fresh(&next, counting(101)).copy(&next, counting(201))
    }

    #[test]
    fn what_the_customer_set_stays_and_the_rest_is_the_releases() {
        let first = first_release();
        let mut installed = installed_from(&first);
        let theirs = installed.steps[1].method_mut().unwrap();
        theirs.fields.get_mut("fixed").unwrap().source = Some(text("overwritten"));
        theirs.fields.get_mut("asked").unwrap().source = Some(text("mine"));
        theirs.fields.get_mut("source").unwrap().source =
            Some(Source::PreviousStep(from_step(1001, "[].id")));
        theirs.fields.get_mut("gone").unwrap().source =
            Some(Source::PreviousStep(from_step(1003, "x")));
        installed.variables[0].value = Some("mine".into());
        installed.variables[1].value = Some("theirs too".into());

        let mut next = next_release(&first);
        let changed = next.steps[1].method_mut().unwrap();
        changed.fields.insert("fixed".into(), fixed(text("new")));
        changed
            .fields
            .insert("more".into(), asked(Some(text("more"))));
        next.variables[1].value = Some("new".into());
        next.steps.remove(2);
        next.edges.remove(1);
        next.steps
            .push(step(150, StepKind::Method(Box::new(method(&[])))));
        next.edges.push(edge(250, 102, 150));

        let upgraded = upgraded(&installed, &next, |one, other| one == other, counting(5001));

        assert_eq!(
            upgraded
                .steps
                .iter()
                .map(|step| (step.id, step.origin))
                .collect::<Vec<_>>(),
            [
                (id(1001), Some(id(1))),
                (id(1002), Some(id(2))),
                (id(5001), Some(id(150)))
            ]
        );
        let fields = &upgraded.steps[1].method().unwrap().fields;
        for (location, source, suggested) in [
            ("fixed", Some(text("new")), None),
            ("asked", Some(text("mine")), Some(text("suggested"))),
            (
                "source",
                Some(Source::PreviousStep(from_step(1001, "[].id"))),
                None,
            ),
            ("gone", None, None),
            ("more", None, Some(text("more"))),
        ] {
            let mapping = &fields[location];
            assert_eq!(
                (&mapping.source, &mapping.suggested),
                (&source, &suggested),
                "{location}"
            );
        }
        let connectors = upgraded
            .steps
            .iter()
            .map(|step| step.method().unwrap().account_connector);
        assert_eq!(
            connectors.collect::<Vec<_>>(),
            [
                Some(AccountConnectorId(70)),
                Some(AccountConnectorId(70)),
                None
            ]
        );
        assert_eq!(upgraded.edges[0].id, installed.edges[0].id);
        let values: Vec<_> = upgraded
            .variables
            .iter()
            .map(|one| one.value.as_deref())
            .collect();
        assert_eq!(values, [Some("mine"), Some("new")]);
    }

    #[test]
    fn moving_to_the_release_that_is_installed_changes_nothing() {
        let first = first_release();
        let mut installed = installed_from(&first);
        installed.steps[1]
            .method_mut()
            .unwrap()
            .fields
            .get_mut("asked")
            .unwrap()
            .source = Some(text("mine"));

        let again = upgraded(
            &installed,
            &first,
            |one, other| one == other,
            counting(5001),
        );

        assert_eq!(again, installed);
    }

    #[test]
    fn mappings_of_another_method_are_not_taken_over() {
        let first = first_release();
        let mut installed = installed_from(&first);
        installed.steps[1]
            .method_mut()
            .unwrap()
            .fields
            .get_mut("asked")
            .unwrap()
            .source = Some(text("mine"));
        let mut next = next_release(&first);
        next.steps[1].method_mut().unwrap().method = MethodUid(Uuid::from_u128(98));

        let upgraded = upgraded(&installed, &next, |one, other| one == other, counting(5001));

        let method = upgraded.steps[1].method().unwrap();
        assert_eq!(method.fields["asked"].source, None);
        assert_eq!(method.account_connector, Some(AccountConnectorId(70)));
    }
}
