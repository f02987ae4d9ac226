//! A graph as a document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use velodrome_model::{
    StepId,
    cycle::{Decision, Edge, FieldSource, Mapping, MethodStep, Source, Step, StepKind, Variable},
};

use super::{
    ConnectorName, ExportedConnector, FORMAT, FRESH, Head, Link, StepFacts, Subject, without_nulls,
    words::{ActionType, number, word},
};

/// The document of a graph. What an imported document had besides is given back, but never in the place of
/// something that we know.
pub(crate) fn write(subject: &Subject<'_>, facts: &BTreeMap<StepId, StepFacts>) -> Value {
    let Subject {
        head,
        document,
        connectors,
    } = subject;
    let settings = &document.settings;
    let mut members = object(json!({
        "Format": FORMAT,
        "Name": head.name,
        "Description": head.description,
        "Tags": head.settings.tags,
        "CycleStepErrorAction": number(settings.on_error),
        "MaxRetriesOnError": settings.retries.count(),
        "CycleCollectionSplitType": number(settings.splitting),
        "LogStepDataRequests": settings.logs_requests,
        "ProcessInOrder": settings.in_order,
        "StepDataSuccessRetentionHours": head.settings.success_retention_hours,
        "StepDataErroredRetentionHours": head.settings.errored_retention_hours,
    }));
    members.extend(template(head));
    let steps = document.steps.iter().map(|step| {
        let written = step_members(step, facts.get(&step.id));
        Value::Object(with_kept(written, document.kept.steps.get(&step.id)))
    });
    members.insert("Steps".into(), steps.collect());
    let edges = document.edges.iter().map(|edge| {
        let kept = document.kept.edges.get(&edge.id);
        Value::Object(with_kept(edge_members(edge), kept))
    });
    members.insert("Edges".into(), edges.collect());
    let variables = document.variables.iter().map(|variable| {
        let kept = document.kept.variables.get(&variable.system_name);
        Value::Object(with_kept(variable_members(variable), kept))
    });
    members.insert("Variables".into(), variables.collect());
    let connectors = connectors.iter().map(connector);
    members.insert("ExportedConnectors".into(), connectors.collect());
    Value::Object(with_kept(members, Some(&document.kept.members)))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn with_kept(
    mut members: Map<String, Value>,
    kept: Option<&Map<String, Value>>,
) -> Map<String, Value> {
    for (name, value) in kept.into_iter().flatten() {
        if !members.keys().any(|own| own.eq_ignore_ascii_case(name)) {
            members.insert(name.clone(), value.clone());
        }
    }
    members
}

fn template(head: &Head) -> Map<String, Value> {
    let Some(template) = &head.template else {
        return object(json!({ "Shareable": head.settings.is_shareable }));
    };
    object(json!({
        "Note": template.note,
        "ShareCustomFields": template.shares_custom_fields,
        "Interval": template.interval,
        "RunOnce": template.runs_once,
        "FreshConnectors": template.fresh,
        "ReleaseNotes": template.notes,
    }))
}

fn connector(exported: &ExportedConnector) -> Value {
    let mut members = name_members(&exported.name);
    members.insert("Definition".into(), exported.definition.clone());
    Value::Object(members)
}

fn name_members(name: &ConnectorName) -> Map<String, Value> {
    object(json!({
        "UniqueIdentifier": name.uid,
        "Slug": name.slug,
        "Name": name.name,
        "Version": name.version,
        "Release": name.release,
    }))
}

fn step_members(step: &Step, facts: Option<&StepFacts>) -> Map<String, Value> {
    let mut members = object(json!({
        "Id": step.id,
        "OriginId": step.origin,
        "Name": step.name,
        "Description": step.description,
        "ActionType": word(action(step)),
        "DisplayPositionLeft": step.position.left,
        "DisplayPositionTop": step.position.top,
        "StepErrorAction": step.on_error.map(word),
        "CollectionSplitType": step.splitting.map(word),
        "Script": step.script,
        "IsSetupHidden": step.is_setup_hidden,
    }));
    let own = match &step.kind {
        StepKind::Method(method) => method_members(method, facts),
        StepKind::Decision(decision) => object(json!({ "Decision": decided(decision) })),
        StepKind::Delay(delay) => object(json!({
            "Delay": { "Interval": delay.interval, "Unit": delay.unit.map(word) },
        })),
        StepKind::WaitUntil { date } => object(json!({
            "WaitUntil": { "Date": date.as_ref().map(source) },
        })),
        StepKind::WaitAll => Map::new(),
        StepKind::Annotation { text } => object(json!({ "AnnotationText": text })),
    };
    members.extend(own);
    without_nulls(members)
}

fn action(step: &Step) -> ActionType {
    match &step.kind {
        StepKind::Method(method) if method.is_webhook => ActionType::Webhook,
        StepKind::Method(_) => ActionType::Action,
        StepKind::Decision(_) => ActionType::Decision,
        StepKind::Delay(_) => ActionType::Delay,
        StepKind::WaitUntil { .. } => ActionType::WaitUntil,
        StepKind::WaitAll => ActionType::WaitAll,
        StepKind::Annotation { .. } => ActionType::Annotation,
    }
}

fn method_members(method: &MethodStep, facts: Option<&StepFacts>) -> Map<String, Value> {
    let unknown = Link::default();
    let link = facts.map_or(&unknown, |facts| &facts.link);
    let is_secret =
        |target: &str| facts.is_some_and(|facts| facts.sensitive.iter().any(|own| own == target));
    let parameters = method.parameters.iter().map(|(target, mapping)| {
        let mut mapping = mapping.clone();
        if is_secret(target) {
            without_typed(&mut mapping.source);
            without_typed(&mut mapping.suggested);
        }
        mapped(("TargetName", target), &mapping)
    });
    let parameters: Vec<Value> = parameters.collect();
    let fields = method.fields.iter();
    let fields: Vec<Value> = fields
        .map(|(location, mapping)| mapped(("Location", location), mapping))
        .collect();
    let keys = method.collection_keys.iter();
    let keys: Vec<Value> = keys
        .map(|key| json!({ "Left": field(&key.left), "Right": field(&key.right) }))
        .collect();
    let webhook = method.webhook.as_ref().map(
        |webhook| json!({ "RequestLocation": webhook.request, "Source": field(&webhook.source) }),
    );
    let category = link.category.as_ref().map(|copy| {
        json!({
            "SourceCategory": copy.source_category,
            "ObjectName": copy.object_name,
            "ObjectValue": copy.object_value,
        })
    });
    let mut connector = name_members(&link.connector);
    if link.is_fresh {
        connector.insert("InstallMode".into(), FRESH.into());
    }
    // Nobody knows it yet where the method is named by its key.
    let method_uid = Some(method.method).filter(|uid| !uid.0.is_nil());
    object(json!({
        "Connector": connector,
        "AccountConnector": link.instance,
        "MethodUniqueIdentifier": method_uid,
        "MethodKey": link.method_key,
        "MethodName": link.method_name,
        "HasCondition": method.decides,
        "UseExternalAuthentication": method.external_authentication,
        "OnUncertain": word(method.on_uncertain),
        "Category": category,
        "ParameterMappings": parameters,
        "FieldMappings": fields,
        "CollectionKeys": keys,
        "WebhookMapping": webhook,
    }))
}

/// A secret that somebody typed does not travel; where it would come from does.
fn without_typed(source: &mut Option<Source>) {
    if let Some(Source::Static { value } | Source::ValueList { value }) = source {
        *value = None;
    }
}

fn mapped((name, target): (&str, &str), mapping: &Mapping) -> Value {
    let mut members = Map::new();
    members.insert(name.to_owned(), target.into());
    if let Some(from) = &mapping.source {
        members.extend(object(source(from)));
    }
    members.insert("IsLaunchVisible".into(), mapping.is_launch_visible.into());
    if let Some(suggested) = &mapping.suggested {
        members.insert("Suggested".into(), source(suggested));
    }
    Value::Object(members)
}

fn source(source: &Source) -> Value {
    let members = match source {
        Source::Ignore => json!({ "MappingType": "Ignore" }),
        Source::Static { value } => json!({ "MappingType": "StaticValue", "Value": value }),
        Source::PreviousStep(from) => json!({
            "MappingType": "PreviousStep",
            "SourceStepId": from.step,
            "SourceLocation": from.location,
        }),
        Source::ValueList { value } => json!({ "MappingType": "ValueList", "Value": value }),
        Source::Lookup { value, label } => json!({
            "MappingType": "Lookup",
            "TriggerValue": value,
            "TriggerValueDisplayName": label,
        }),
        Source::Variable { name } => json!({ "MappingType": "Variable", "VariableName": name }),
    };
    Value::Object(without_nulls(object(members)))
}

fn field(from: &FieldSource) -> Value {
    json!({ "StepId": from.step, "Location": from.location })
}

fn decided(decision: &Decision) -> Value {
    let criteria = decision.criteria.iter().map(|row| {
        json!({
            "LeftOperand": row.left.as_ref().map(source),
            "Condition": word(row.condition),
            "RightOperand": row.right.as_ref().map(source),
            "UpperOperand": row.upper.as_ref().map(source),
            "IgnoreCase": row.ignores_case,
        })
    });
    json!({ "Join": word(decision.join), "Criteria": criteria.collect::<Vec<_>>() })
}

fn edge_members(edge: &Edge) -> Map<String, Value> {
    object(json!({
        "Id": edge.id,
        "TailStep_Id": edge.tail,
        "HeadStep_Id": edge.head,
        "CycleEdgeType": word(edge.exit),
    }))
}

fn variable_members(variable: &Variable) -> Map<String, Value> {
    let value = variable.value.as_ref().filter(|_| !variable.is_sensitive);
    object(json!({
        "DisplayName": variable.display_name,
        "SystemName": variable.system_name,
        "Description": variable.description,
        "Value": value,
        "DataType": word(variable.data_type),
        "Values": variable.values,
        "IsRequired": variable.is_required,
        "IsSensitive": variable.is_sensitive,
        "IsLaunchVisible": variable.is_launch_visible,
    }))
}
