//! Which lookups there are, whom they are about, and what they say.

use serde_json::Value;
use velodrome_model::{
    MethodUid,
    custom_field::{Found, FoundField},
    definition::{Message, Method},
    numbered::NumberedMethod,
};

use crate::installation::Installation;

/// The mergefield that makes a lookup one about an object.
const OBJECT_NAME: &str = "CyclrObjectName";

/// One call of a lookup, and everything whose fields its answer describes.
pub(super) struct Lookup<'a> {
    pub method: &'a Method,
    /// What `{{CyclrObjectName}}` means in it.
    pub object: Option<String>,
    pub targets: Vec<Target<'a>>,
}

impl Lookup<'_> {
    /// Whether its answer describes fields of a method.
    pub(super) fn is_about(&self, method: MethodUid) -> bool {
        self.targets.iter().any(|one| one.key.method == method.0)
    }
}

/// Request or response of a method, of one object or of all.
pub(super) struct Target<'a> {
    message: &'a Message,
    pub key: TargetKey,
}

/// What fields belong to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct TargetKey {
    pub method: uuid::Uuid,
    pub for_request: bool,
    pub entity: Option<String>,
}

/// What all lookups came to.
#[derive(Default)]
pub(super) struct Looked {
    /// Fields by what they belong to; one without fields has lost those that it had.
    pub found: Vec<(TargetKey, Vec<FoundField>)>,
    /// What was left out and why.
    pub skipped: Vec<String>,
    /// Lookups without an answer: what they found before stays.
    pub failed: usize,
}

impl Looked {
    /// Adds what an answer says.
    pub(super) fn heard(&mut self, lookup: &Lookup<'_>, body: &Value) {
        let mut skipped = Vec::new();
        for target in &lookup.targets {
            let found = Found::of(lookup.method, body, target.message, target.key.for_request);
            self.found.push((target.key.clone(), found.fields));
            // Most is wrong with the rows, which are the same for each.
            for one in found.skipped {
                let one = format!("{}: {one}", lookup.method.key);
                if !skipped.contains(&one) {
                    skipped.push(one);
                }
            }
        }
        self.skipped.append(&mut skipped);
    }
}

/// Whether a definition looks for custom fields at all.
pub(super) fn has_any(installation: &Installation) -> bool {
    let methods = &installation.numbered.definition().methods;
    methods.iter().any(|method| {
        method.request.custom_fields_lookup.is_some()
            || method.response.custom_fields_lookup.is_some()
    })
}

/// The calls to make, each with everything that it is good for.
pub(super) fn of(installation: &Installation) -> Vec<Lookup<'_>> {
    let definition = installation.numbered.definition();
    let mut lookups: Vec<Lookup<'_>> = Vec::new();
    for numbered in installation.numbered.methods() {
        let authentications = &numbered.method.authentications;
        let applies = authentications.is_empty()
            || authentications.contains(&installation.authentication.key);
        if !applies {
            continue;
        }
        for (for_request, message) in [
            (true, &numbered.method.request),
            (false, &numbered.method.response),
        ] {
            let key = message.custom_fields_lookup.as_deref();
            let Some(method) = key.and_then(|key| definition.method(key)) else {
                continue;
            };
            for (object, entity) in objects(installation, &numbered, method) {
                let target = Target {
                    message,
                    key: TargetKey {
                        method: numbered.uid.0,
                        for_request,
                        entity,
                    },
                };
                let same =
                    |one: &&mut Lookup<'_>| one.method.key == method.key && one.object == object;
                match lookups.iter_mut().find(same) {
                    Some(lookup) => lookup.targets.push(target),
                    None => lookups.push(Lookup {
                        method,
                        object,
                        targets: vec![target],
                    }),
                }
            }
        }
    }
    lookups
}

/// The objects to ask about: what the mergefield means, and the entity whose fields are found so.
fn objects(
    installation: &Installation,
    target: &NumberedMethod<'_>,
    lookup: &Method,
) -> Vec<(Option<String>, Option<String>)> {
    let category = &target.method.category;
    if !is_about_objects(installation, lookup) {
        return vec![(None, None)];
    }
    let is_copied = allows_copies(installation, category);
    let own = is_copied.then(|| category.clone());
    let mut objects = vec![(Some(category.clone()), own)];
    if is_copied {
        let copies = installation.category_copies.iter();
        objects.extend(
            copies
                .filter(|copy| &copy.source_category == category)
                .map(|copy| {
                    (
                        Some(copy.merged_name().to_owned()),
                        Some(copy.object_name.clone()),
                    )
                }),
        );
    }
    objects
}

fn allows_copies(installation: &Installation, category: &str) -> bool {
    let categories = &installation.numbered.definition().method_categories;
    categories
        .iter()
        .any(|one| one.name == category && one.customisation.as_ref().is_some_and(|it| it.enabled))
}

/// Whether a lookup's answer depends on the object: it names it, or its script or the connector's may.
fn is_about_objects(installation: &Installation, lookup: &Method) -> bool {
    let definition = installation.numbered.definition();
    let says =
        |value: serde_json::Result<String>| value.is_ok_and(|text| text.contains(OBJECT_NAME));
    says(serde_json::to_string(lookup))
        || says(serde_json::to_string(&definition.parameters))
        || definition
            .script
            .as_ref()
            .is_some_and(|script| script.contains(OBJECT_NAME))
}
