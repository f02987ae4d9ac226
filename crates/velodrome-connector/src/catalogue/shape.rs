//! What the schema says about the members of a definition: their order, and where free names begin.

use serde_json::{Map, Value};

use super::schema;

/// A part of the schema.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    schema: &'static Value,
    name: &'static str,
}

impl Shape {
    /// The whole definition; its name is empty.
    pub fn root() -> Self {
        Self {
            schema: schema::schema(),
            name: "",
        }
    }

    /// What the part is called: the name of its `$defs`, else of the member that holds it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The declared members, in the schema's order; none where the names are free.
    pub fn members(self) -> Option<&'static Map<String, Value>> {
        self.schema.get("properties").and_then(Value::as_object)
    }

    /// The shape of a declared member, or of a member with a free name.
    pub fn member(self, key: &str) -> Option<Self> {
        match self
            .members()
            .and_then(|members| members.get_key_value(key))
        {
            Some((name, member)) => Some(Self::of(member, name)),
            None => {
                let free = self.schema.get("additionalProperties")?;
                free.is_object().then(|| Self::of(free, self.name))
            }
        }
    }

    /// The shape of the elements of a list.
    pub fn element(self) -> Option<Self> {
        Some(Self::of(self.schema.get("items")?, self.name))
    }

    /// Whether whole numbers may stand for numbers with a fraction.
    pub fn is_number(self) -> bool {
        self.schema.get("type").and_then(Value::as_str) == Some("number")
    }

    fn of(schema: &'static Value, name: &'static str) -> Self {
        if let Some(name) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix("#/$defs/"))
            && let Some(definition) = schema::schema()
                .get("$defs")
                .and_then(|definitions| definitions.get(name))
        {
            return Self::of(definition, name);
        }
        // Of alternatives only one has members, an offered value: {value: …, label: …}.
        let with_members = schema
            .get("anyOf")
            .and_then(Value::as_array)
            .and_then(|all| all.iter().find(|one| one.get("properties").is_some()));
        Self {
            schema: with_members.unwrap_or(schema),
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_follow_references_lists_and_free_names() {
        let method = Shape::root().member("methods").unwrap().element().unwrap();
        assert_eq!(method.name(), "method");
        let field = method
            .member("request")
            .and_then(|message| message.member("fields"))
            .and_then(Shape::element)
            .unwrap();
        assert_eq!(field.name(), "field");
        let option = field.member("values").and_then(Shape::element).unwrap();
        assert_eq!(
            option.members().unwrap().keys().collect::<Vec<_>>(),
            ["value", "label"]
        );
        let authentication = Shape::root()
            .member("authentications")
            .and_then(Shape::element)
            .unwrap();
        let credential = authentication
            .member("fields")
            .and_then(|fields| fields.member("ClientId"))
            .unwrap();
        assert_eq!(credential.name(), "credentialField");
        let params = authentication
            .member("oauth2")
            .and_then(|oauth| oauth.member("tokenParams"))
            .unwrap();
        assert!(params.members().is_none());
    }
}
