//! Cycles as documents: steps one after the other, ready to be imported.

use serde_json::{Value, json};
use uuid::Uuid;

/// A method of a connector.
#[derive(Clone, Debug)]
pub struct Method {
    /// Name of the connector.
    pub connector: &'static str,
    /// Name of the method.
    pub name: &'static str,
    /// Its stable identifier.
    pub uid: String,
}

/// What a step is, and what it is given.
pub struct Step<'a> {
    /// `Action` or `Webhook`.
    pub kind: &'a str,
    /// What it runs.
    pub method: &'a Method,
    /// Parameters that are typed in, by target.
    pub parameters: &'a [(&'a str, &'a str)],
    /// Fields by location, and where each comes from: a step and a location of it.
    pub fields: &'a [(&'a str, (Uuid, &'a str))],
}

/// A cycle whose steps follow each other.
pub struct Design {
    name: String,
    splitting: &'static str,
    steps: Vec<Value>,
    edges: Vec<Value>,
    last: Option<Uuid>,
    variables: Vec<Value>,
}

impl Design {
    /// Without steps. Lists stay whole.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            splitting: "None",
            steps: Vec::new(),
            edges: Vec::new(),
            last: None,
            variables: Vec::new(),
        }
    }

    /// The list of the first step becomes one transaction a record.
    pub fn splitting_the_first(mut self) -> Self {
        self.splitting = "First";
        self
    }

    /// A variable that each installation sets.
    pub fn variable(mut self, name: &str) -> Self {
        self.variables.push(json!({
            "SystemName": name, "DisplayName": name, "IsLaunchVisible": true, "Value": "0",
        }));
        self
    }

    /// Puts a step behind those that are there.
    pub fn step(&mut self, step: &Step<'_>) -> Uuid {
        let parameters = step.parameters.iter().map(|(target, value)| {
            match value.strip_prefix('$') {
                Some(variable) => json!({ "TargetName": target, "MappingType": "Variable", "VariableName": variable }),
                None => json!({ "TargetName": target, "MappingType": "StaticValue", "Value": value }),
            }
        });
        let fields = step.fields.iter().map(|(location, (from, source))| {
            json!({
                "Location": location,
                "MappingType": "PreviousStep",
                "SourceStepId": from,
                "SourceLocation": source,
            })
        });
        let id = Uuid::new_v4();
        self.steps.push(json!({
            "Id": id,
            "Name": step.method.name,
            "ActionType": step.kind,
            "MethodUniqueIdentifier": step.method.uid,
            "Connector": { "Name": step.method.connector },
            "ParameterMappings": parameters.collect::<Vec<_>>(),
            "FieldMappings": fields.collect::<Vec<_>>(),
        }));
        if let Some(last) = self.last.replace(id) {
            let edge =
                json!({ "TailStep_Id": last, "HeadStep_Id": id, "CycleEdgeType": "Forward" });
            self.edges.push(edge);
        }
        id
    }

    /// The document.
    pub fn document(&self) -> Value {
        json!({
            "Format": "velodrome.template/1",
            "Name": self.name,
            "CycleStepErrorAction": "StopTransaction",
            "CycleCollectionSplitType": self.splitting,
            "LogStepDataRequests": true,
            "Steps": self.steps,
            "Edges": self.edges,
            "Variables": self.variables,
        })
    }
}
