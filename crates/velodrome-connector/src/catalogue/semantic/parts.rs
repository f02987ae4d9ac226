//! Walking over the parameters and fields of a definition, each with its place.

use velodrome_model::{
    definition::{ConnectorDefinition, Field, Method, Parameter},
    identity::Direction,
};

use super::super::findings::Pointer;

/// A parameter or field and where it stands; the pointer is only written when it is needed.
pub struct Part<'a, T> {
    /// The method that declares it and its position; none for the connector's own parameters.
    pub method: Option<(usize, &'a Method)>,
    list: &'static str,
    index: usize,
    /// The thing.
    pub item: &'a T,
}

// Derived implementations would ask the same of `T`.
impl<T> Clone for Part<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Part<'_, T> {}

impl<T> Part<'_, T> {
    /// Where it stands.
    pub fn pointer(&self) -> Pointer {
        let owner = match self.method {
            Some((at, _)) => method_pointer(at),
            None => Pointer::root(),
        };
        self.list
            .split('/')
            .fold(owner, |pointer, segment| pointer.then(segment))
            .then(self.index)
    }
}

/// Where a method stands.
pub fn method_pointer(at: usize) -> Pointer {
    Pointer::root().then("methods").then(at)
}

/// The connector's own parameters.
pub fn connector_parameters(
    definition: &ConnectorDefinition,
) -> impl Iterator<Item = Part<'_, Parameter>> {
    parts(None, "parameters", &definition.parameters)
}

/// A method's own parameters.
pub fn method_parameters(at: usize, method: &Method) -> impl Iterator<Item = Part<'_, Parameter>> {
    parts(Some((at, method)), "parameters", &method.parameters)
}

/// All parameters, the connector's first.
pub fn parameters(definition: &ConnectorDefinition) -> impl Iterator<Item = Part<'_, Parameter>> {
    let of_methods = definition.methods.iter().enumerate();
    connector_parameters(definition)
        .chain(of_methods.flat_map(|(at, method)| method_parameters(at, method)))
}

/// The parameters in force for a method: its own, and the connector's that these don't replace.
pub fn effective_parameters<'a>(
    definition: &'a ConnectorDefinition,
    at: usize,
    method: &'a Method,
) -> impl Iterator<Item = Part<'a, Parameter>> {
    let replaced = |own: &Parameter| {
        method
            .parameters
            .iter()
            .any(|parameter| parameter.same_target(own))
    };
    connector_parameters(definition)
        .filter(move |part| !replaced(part.item))
        .chain(method_parameters(at, method))
        .filter(|part| !velodrome_model::numbered::ignores(part.item))
}

/// The fields of one body of a method.
pub fn body_fields(
    at: usize,
    method: &Method,
    direction: Direction,
) -> impl Iterator<Item = Part<'_, Field>> {
    match direction {
        Direction::Request => parts(Some((at, method)), "request/fields", &method.request.fields),
        Direction::Response => parts(
            Some((at, method)),
            "response/fields",
            &method.response.fields,
        ),
    }
}

/// All fields.
pub fn fields(definition: &ConnectorDefinition) -> impl Iterator<Item = Part<'_, Field>> {
    definition
        .methods
        .iter()
        .enumerate()
        .flat_map(|(at, method)| {
            body_fields(at, method, Direction::Request).chain(body_fields(
                at,
                method,
                Direction::Response,
            ))
        })
}

fn parts<'a, T>(
    method: Option<(usize, &'a Method)>,
    list: &'static str,
    items: &'a [T],
) -> impl Iterator<Item = Part<'a, T>> {
    items.iter().enumerate().map(move |(index, item)| Part {
        method,
        list,
        index,
        item,
    })
}
