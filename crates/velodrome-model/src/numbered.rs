//! A connector release with the integers that this installation gave it.
//!
//! A release owns one block of integers. The connector itself has the first; then follow its methods,
//! its own parameters, each method's own parameters, the lookups, and each method's request and
//! response fields, all in definition order. An id is thus a position, equal on every node and at
//! every start, and looking one up is an index into a table.

use std::collections::HashMap;

use crate::{
    AuthenticationId, ConnectorId, ConnectorUid, FieldId, MethodId, MethodUid, ParameterId,
    TriggerId,
    definition::{Authentication, ConnectorDefinition, Field, Method, Parameter, Trigger},
    identity::Direction,
};

/// The value with which a method says that it does not want an inherited parameter.
pub const IGNORE_PARAMETER: &str = "CYCLR_IGNORE_PARAMETER";

/// A connector release and its integers.
#[derive(Debug)]
pub struct NumberedConnector {
    first: i32,
    uid: ConnectorUid,
    definition: ConnectorDefinition,
    /// What each integer of the block stands for.
    slots: Vec<Slot>,
    offsets: Vec<MethodOffsets>,
    parameters_at: i32,
    triggers_at: i32,
    by_key: HashMap<String, usize>,
    by_uid: HashMap<MethodUid, usize>,
    /// Method positions by name, then key.
    sorted: Vec<usize>,
}

/// What an integer stands for; the numbers are positions in definition order.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Connector,
    Method(usize),
    ConnectorParameter(usize),
    MethodParameter(usize, usize),
    Trigger(usize),
    Field(usize, Direction, usize),
}

/// Where a method's own things begin in the block.
#[derive(Clone, Copy, Debug, Default)]
struct MethodOffsets {
    parameters: i32,
    request: i32,
    response: i32,
}

impl NumberedConnector {
    /// How many integers a definition takes.
    pub fn count(definition: &ConnectorDefinition) -> u32 {
        let own = |method: &Method| {
            method
                .parameters
                .iter()
                .filter(|parameter| !ignores(parameter))
                .count()
                + method.request.fields.len()
                + method.response.fields.len()
        };
        let all = 1
            + definition.methods.len()
            + definition.parameters.len()
            + definition.triggers.len()
            + definition.methods.iter().map(own).sum::<usize>();
        u32::try_from(all).expect("a definition of at most 4 MiB has fewer parts than fit 32 bits")
    }

    /// The integer of the first lookup, counted from the first of the block.
    pub fn trigger_offset(definition: &ConnectorDefinition) -> u32 {
        let own = |method: &Method| {
            method
                .parameters
                .iter()
                .filter(|parameter| !ignores(parameter))
                .count()
        };
        let before = 1
            + definition.methods.len()
            + definition.parameters.len()
            + definition.methods.iter().map(own).sum::<usize>();
        u32::try_from(before)
            .expect("a definition of at most 4 MiB has fewer parts than fit 32 bits")
    }

    /// Numbers a definition from `first` on.
    pub fn new(first: ConnectorId, definition: ConnectorDefinition) -> Self {
        let uid = definition.uid();
        let mut slots = vec![Slot::Connector];
        slots.extend((0..definition.methods.len()).map(Slot::Method));
        let parameters_at = position(&slots);
        slots.extend((0..definition.parameters.len()).map(Slot::ConnectorParameter));
        let mut offsets = vec![MethodOffsets::default(); definition.methods.len()];
        for (at, method) in definition.methods.iter().enumerate() {
            offsets[at].parameters = position(&slots);
            let kept = method
                .parameters
                .iter()
                .enumerate()
                .filter(|(_, parameter)| !ignores(parameter));
            slots.extend(kept.map(|(index, _)| Slot::MethodParameter(at, index)));
        }
        let triggers_at = position(&slots);
        slots.extend((0..definition.triggers.len()).map(Slot::Trigger));
        for (at, method) in definition.methods.iter().enumerate() {
            offsets[at].request = position(&slots);
            slots.extend(
                (0..method.request.fields.len()).map(|i| Slot::Field(at, Direction::Request, i)),
            );
            offsets[at].response = position(&slots);
            slots.extend(
                (0..method.response.fields.len()).map(|i| Slot::Field(at, Direction::Response, i)),
            );
        }
        let by_key = definition
            .methods
            .iter()
            .enumerate()
            .map(|(at, method)| (method.key.clone(), at))
            .collect();
        let by_uid = definition
            .methods
            .iter()
            .enumerate()
            .map(|(at, method)| (method.uid(uid), at))
            .collect();
        let mut sorted: Vec<usize> = (0..definition.methods.len()).collect();
        sorted.sort_by_cached_key(|&at| {
            let method = &definition.methods[at];
            (method.name.to_lowercase(), method.key.clone())
        });
        Self {
            first: first.0,
            uid,
            definition,
            slots,
            offsets,
            parameters_at,
            triggers_at,
            by_key,
            by_uid,
            sorted,
        }
    }

    /// How many integers the release takes.
    pub fn size(&self) -> u32 {
        self.slots.len() as u32
    }

    /// The connector's integer.
    pub fn id(&self) -> ConnectorId {
        ConnectorId(self.first)
    }

    /// The connector's stable id.
    pub fn uid(&self) -> ConnectorUid {
        self.uid
    }

    /// The definition.
    pub fn definition(&self) -> &ConnectorDefinition {
        &self.definition
    }

    /// The ways to authenticate, with their stable ids.
    pub fn authentications(&self) -> impl Iterator<Item = (AuthenticationId, &Authentication)> {
        self.definition
            .authentications
            .iter()
            .map(|authentication| (authentication.uid(self.uid), authentication))
    }

    /// The authentication of this stable id.
    pub fn authentication(&self, id: AuthenticationId) -> Option<&Authentication> {
        self.authentications()
            .find(|(own, _)| *own == id)
            .map(|(_, authentication)| authentication)
    }

    /// The methods in definition order.
    pub fn methods(&self) -> impl ExactSizeIterator<Item = NumberedMethod<'_>> {
        (0..self.definition.methods.len()).map(|at| self.at(at))
    }

    /// The methods by name.
    pub fn methods_by_name(&self) -> impl ExactSizeIterator<Item = NumberedMethod<'_>> {
        self.sorted.iter().map(|&at| self.at(at))
    }

    /// The method of this integer.
    pub fn method(&self, id: MethodId) -> Option<NumberedMethod<'_>> {
        match self.slot(id.0)? {
            Slot::Method(at) => Some(self.at(at)),
            _ => None,
        }
    }

    /// The method of this stable id.
    pub fn method_by_uid(&self, uid: MethodUid) -> Option<NumberedMethod<'_>> {
        self.by_uid.get(&uid).map(|&at| self.at(at))
    }

    /// The method of this key.
    pub fn method_by_key(&self, key: &str) -> Option<NumberedMethod<'_>> {
        self.by_key.get(key).map(|&at| self.at(at))
    }

    /// The connector's own parameters, which its methods inherit.
    pub fn parameters(&self) -> impl ExactSizeIterator<Item = NumberedParameter<'_>> {
        (0..self.definition.parameters.len()).map(|index| self.connector_parameter(index))
    }

    /// The parameter of this integer, whichever level declares it.
    pub fn parameter(&self, id: ParameterId) -> Option<NumberedParameter<'_>> {
        match self.slot(id.0)? {
            Slot::ConnectorParameter(index) => Some(self.connector_parameter(index)),
            Slot::MethodParameter(at, index) => Some(NumberedParameter {
                id,
                method: Some(self.at(at)),
                parameter: &self.definition.methods[at].parameters[index],
            }),
            _ => None,
        }
    }

    /// The field of this integer.
    pub fn field(&self, id: FieldId) -> Option<NumberedField<'_>> {
        match self.slot(id.0)? {
            Slot::Field(at, direction, index) => {
                let method = self.at(at);
                Some(NumberedField {
                    id,
                    method,
                    direction,
                    field: &fields(method.method, direction)[index],
                })
            }
            _ => None,
        }
    }

    /// The lookups in definition order.
    pub fn triggers(&self) -> impl ExactSizeIterator<Item = NumberedTrigger<'_>> {
        (0..self.definition.triggers.len()).map(|index| self.trigger_at(index))
    }

    /// The lookup of this integer.
    pub fn trigger(&self, id: TriggerId) -> Option<NumberedTrigger<'_>> {
        match self.slot(id.0)? {
            Slot::Trigger(index) => Some(self.trigger_at(index)),
            _ => None,
        }
    }

    /// The lookup of this name.
    pub fn trigger_by_name(&self, name: &str) -> Option<NumberedTrigger<'_>> {
        self.definition
            .triggers
            .iter()
            .position(|trigger| trigger.name == name)
            .map(|index| self.trigger_at(index))
    }

    fn slot(&self, id: i32) -> Option<Slot> {
        let offset = usize::try_from(id.checked_sub(self.first)?).ok()?;
        self.slots.get(offset).copied()
    }

    fn at(&self, at: usize) -> NumberedMethod<'_> {
        let method = &self.definition.methods[at];
        NumberedMethod {
            id: MethodId(self.first + 1 + at as i32),
            uid: method.uid(self.uid),
            method,
            at,
            connector: self,
        }
    }

    fn connector_parameter(&self, index: usize) -> NumberedParameter<'_> {
        NumberedParameter {
            id: ParameterId(self.first + self.parameters_at + index as i32),
            method: None,
            parameter: &self.definition.parameters[index],
        }
    }

    fn trigger_at(&self, index: usize) -> NumberedTrigger<'_> {
        let trigger = &self.definition.triggers[index];
        NumberedTrigger {
            id: TriggerId(self.first + self.triggers_at + index as i32),
            method: self.method_by_key(&trigger.method),
            trigger,
        }
    }
}

/// A method and its ids.
#[derive(Clone, Copy, Debug)]
pub struct NumberedMethod<'a> {
    /// This release's integer.
    pub id: MethodId,
    /// The id that survives releases.
    pub uid: MethodUid,
    /// The method.
    pub method: &'a Method,
    at: usize,
    connector: &'a NumberedConnector,
}

impl<'a> NumberedMethod<'a> {
    /// The connector it belongs to.
    pub fn connector(&self) -> &'a NumberedConnector {
        self.connector
    }

    /// The parameters in force: inherited ones, with the method's own where these speak of the same
    /// target, then the method's other ones. Ignored parameters are gone.
    pub fn parameters(&self) -> Vec<NumberedParameter<'a>> {
        let mut own = self.own_parameters();
        let mut all = Vec::new();
        for inherited in self.connector.parameters() {
            let mut replaced = false;
            for (parameter, numbered) in &mut own {
                if parameter.same_target(inherited.parameter) {
                    replaced = true;
                    all.extend(numbered.take());
                }
            }
            if !replaced {
                all.push(inherited);
            }
        }
        all.extend(own.into_iter().filter_map(|(_, numbered)| numbered));
        all
    }

    /// Request fields in definition order; the posted payload of a Webhook.
    pub fn request_fields(&self) -> impl ExactSizeIterator<Item = NumberedField<'a>> {
        self.fields(Direction::Request)
    }

    /// Response fields in definition order.
    pub fn response_fields(&self) -> impl ExactSizeIterator<Item = NumberedField<'a>> {
        self.fields(Direction::Response)
    }

    /// The method's own parameters; one without number is there to make an inherited one vanish.
    fn own_parameters(&self) -> Vec<(&'a Parameter, Option<NumberedParameter<'a>>)> {
        let mut id = self.connector.first + self.connector.offsets[self.at].parameters;
        let method = *self;
        let number = |parameter: &'a Parameter| {
            if ignores(parameter) {
                return (parameter, None);
            }
            let numbered = NumberedParameter {
                id: ParameterId(id),
                method: Some(method),
                parameter,
            };
            id += 1;
            (parameter, Some(numbered))
        };
        self.method.parameters.iter().map(number).collect()
    }

    fn fields(&self, direction: Direction) -> impl ExactSizeIterator<Item = NumberedField<'a>> {
        let offsets = self.connector.offsets[self.at];
        let first = self.connector.first
            + match direction {
                Direction::Request => offsets.request,
                Direction::Response => offsets.response,
            };
        let method = *self;
        fields(self.method, direction)
            .iter()
            .enumerate()
            .map(move |(index, field)| NumberedField {
                id: FieldId(first + index as i32),
                method,
                direction,
                field,
            })
    }
}

/// A parameter and its integer.
#[derive(Clone, Copy, Debug)]
pub struct NumberedParameter<'a> {
    /// This release's integer; an inherited parameter has the same one in every method.
    pub id: ParameterId,
    /// The method that declares it; none for the connector's own.
    pub method: Option<NumberedMethod<'a>>,
    /// The parameter.
    pub parameter: &'a Parameter,
}

/// A field and its integer.
#[derive(Clone, Copy, Debug)]
pub struct NumberedField<'a> {
    /// This release's integer.
    pub id: FieldId,
    /// The method it belongs to.
    pub method: NumberedMethod<'a>,
    /// Which body.
    pub direction: Direction,
    /// The field.
    pub field: &'a Field,
}

/// A lookup and its integer.
#[derive(Clone, Copy, Debug)]
pub struct NumberedTrigger<'a> {
    /// This release's integer.
    pub id: TriggerId,
    /// The method it runs; present in every valid definition.
    pub method: Option<NumberedMethod<'a>>,
    /// The lookup.
    pub trigger: &'a Trigger,
}

/// Whether the parameter only says that an inherited one is not wanted.
pub fn ignores(parameter: &Parameter) -> bool {
    let says = |value: &serde_json::Value| value.as_str() == Some(IGNORE_PARAMETER);
    parameter
        .values
        .first()
        .is_some_and(|option| says(option.value()))
        || parameter.default_value.as_ref().is_some_and(says)
}

fn fields(method: &Method, direction: Direction) -> &[Field] {
    match direction {
        Direction::Request => &method.request.fields,
        Direction::Response => &method.response.fields,
    }
}

fn position(slots: &[Slot]) -> i32 {
    i32::try_from(slots.len())
        .expect("a definition of at most 4 MiB has fewer parts than fit 31 bits")
}
