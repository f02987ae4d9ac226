//! Setting up a step: its mappings, what it still lacks, and what its connector offers.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use velodrome_model::{
    AccountActor, CycleId, FieldId, ParameterId, StepId, TransactionId, TriggerId,
};
use velodrome_service::{
    account_connectors::AccountConnectors,
    calls::LookupRequest,
    cycles::{CycleError, Cycles, Design, Part, StepAction},
    runs::Transactions,
    settings::Settings,
};

use super::wire::{
    FieldForMapping, FieldMapping, FieldMappingWrite, ParameterMapping, ParameterMappingWrite,
    Prerequisite, Step, StepReference, field,
};
use crate::{
    ApiError, ApiState,
    extract::{ApiJson, ApiPath, AsAccount},
    responses::{Conflicting, Malformed, Missing, Standard, UpstreamFailing},
    v1::{
        account_connectors::masks,
        data_on_demand::{LookupValue, TriggerCall},
        params::{AccountHeader, CycleIdPath},
        wire::CustomField,
    },
};

/// The operations of this file.
pub fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(get_step))
        .routes(routes!(get_step_prerequisites))
        .routes(routes!(list_step_parameters))
        .routes(routes!(
            get_step_parameter,
            set_step_parameter,
            set_step_parameter_post
        ))
        .routes(routes!(look_up_step_parameter))
        .routes(routes!(list_field_mappings))
        .routes(routes!(
            get_field_mapping,
            set_field_mapping,
            set_field_mapping_post
        ))
        .routes(routes!(look_up_step_field))
        .routes(routes!(look_up_custom_fields))
        .routes(routes!(list_fields_for_mapping))
        .routes(routes!(get_transaction_step_mapping))
}

/// Get a step without its cycle
///
/// Same as below /cycles.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}", tag = "Step setup", operation_id = "getStep",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The step.", body = Step), Standard, Malformed, Missing))]
async fn get_step(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Step>, ApiError> {
    let design = cycles.design_of(&actor, id).await?;
    Ok(Json(Step::new(&design, design.step(id)?)?))
}

/// Get prerequisites of a step
///
/// Parameters, fields, keys, operands and times that are missing (codes 40 to 70).
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/prerequisites", tag = "Step setup", operation_id = "getStepPrerequisites",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The whole list.", body = Vec<Prerequisite>), Standard, Malformed, Missing))]
async fn get_step_prerequisites(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Vec<Prerequisite>>, ApiError> {
    let unmet = cycles.step_prerequisites(&actor, id).await?;
    Ok(Json(unmet.into_iter().map(Into::into).collect()))
}

/// List parameter mappings
///
/// With the lookups of each parameter. Sensitive values are null when the security setting MaskAuthValues is on. Default order: Parameter.DisplayOrder.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/parameters", tag = "Step setup", operation_id = "listStepParameters",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The whole list.", body = Vec<ParameterMapping>), Standard, Malformed, Missing))]
async fn list_step_parameters(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Vec<ParameterMapping>>, ApiError> {
    let masked = masks(&settings, &actor).await?;
    let design = cycles.design_of(&actor, id).await?;
    let all = design.parameters(id)?.into_iter();
    Ok(Json(
        all.map(|one| ParameterMapping::new(one, masked)).collect(),
    ))
}

/// Get a parameter mapping
///
/// One parameter.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/parameters/{parameterId}", tag = "Step setup", operation_id = "getStepParameter",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("parameterId" = i32, Path, description = "Id of the parameter.")),
    responses((status = 200, description = "The parameter mapping.", body = ParameterMapping), Standard, Malformed, Missing))]
async fn get_step_parameter(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, ParameterId)>,
) -> Result<Json<ParameterMapping>, ApiError> {
    shown_parameter(&cycles, &settings, &actor, step, id).await
}

/// Set a parameter mapping
///
/// Partial: MappingType alone is enough.
#[utoipa::path(put, path = "/v1.0/steps/{stepId}/parameters/{parameterId}", tag = "Step setup", operation_id = "setStepParameter",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("parameterId" = i32, Path, description = "Id of the parameter.")),
    request_body(content = ParameterMappingWrite, description = "Mapping to store. A property left out keeps its value."),
    responses((status = 200, description = "The parameter mapping after the change.", body = ParameterMapping), Standard, Malformed, Missing, Conflicting))]
async fn set_step_parameter(
    State(cycles): State<Cycles>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, ParameterId)>,
    ApiJson(body): ApiJson<ParameterMappingWrite>,
) -> Result<Json<ParameterMapping>, ApiError> {
    check_repeated("Parameter.Id", body.repeated(), id.0)?;
    cycles.map_parameter(&actor, step, id, body.into()).await?;
    shown_parameter(&cycles, &settings, &actor, step, id).await
}

/// Set a parameter mapping (POST)
///
/// Same as PUT, in line with field mappings.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/parameters/{parameterId}", tag = "Step setup", operation_id = "setStepParameterPost",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("parameterId" = i32, Path, description = "Id of the parameter.")),
    request_body(content = ParameterMappingWrite, description = "Mapping to store. A property left out keeps its value."),
    responses((status = 200, description = "The parameter mapping.", body = ParameterMapping), Standard, Malformed, Missing, Conflicting))]
async fn set_step_parameter_post(
    cycles: State<Cycles>,
    settings: State<Settings>,
    actor: AsAccount,
    path: ApiPath<(StepId, ParameterId)>,
    body: ApiJson<ParameterMappingWrite>,
) -> Result<Json<ParameterMapping>, ApiError> {
    set_step_parameter(cycles, settings, actor, path, body).await
}

/// Look up values of a parameter
///
/// Runs a trigger of the parameter.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/parameters/{parameterId}/lookup", tag = "Step setup", operation_id = "lookupStepParameter",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("parameterId" = i32, Path, description = "Id of the parameter.")),
    request_body(content = Option<TriggerCall>, description = "Input for a lookup."),
    responses((status = 200, description = "The whole list.", body = Vec<LookupValue>), Standard, Malformed, Missing, UpstreamFailing))]
async fn look_up_step_parameter(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, ParameterId)>,
    ApiJson(call): ApiJson<TriggerCall>,
) -> Result<Json<Vec<LookupValue>>, ApiError> {
    let (trigger, request) = asked(call);
    let values = cycles.look_up_parameter(&actor, step, id, trigger, request);
    Ok(Json(values.await?.into_iter().map(Into::into).collect()))
}

/// List field mappings
///
/// One item per request field; unmapped fields have Ignore. Default order: Field.DisplayOrder.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/fieldmappings", tag = "Step setup", operation_id = "listFieldMappings",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The whole list.", body = Vec<FieldMapping>), Standard, Malformed, Missing))]
async fn list_field_mappings(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Vec<FieldMapping>>, ApiError> {
    let design = cycles.design_of(&actor, id).await?;
    Ok(Json(
        design.fields(id)?.into_iter().map(Into::into).collect(),
    ))
}

/// Get a field mapping
///
/// Values lists the choices, when predefined.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/fieldmappings/{fieldId}", tag = "Step setup", operation_id = "getFieldMapping",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("fieldId" = i32, Path, description = "Id of the request field.")),
    responses((status = 200, description = "The field mapping.", body = FieldMapping), Standard, Malformed, Missing))]
async fn get_field_mapping(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, FieldId)>,
) -> Result<Json<FieldMapping>, ApiError> {
    shown_field(&cycles, &actor, step, id).await
}

/// Set a field mapping
///
/// Partial.
#[utoipa::path(put, path = "/v1.0/steps/{stepId}/fieldmappings/{fieldId}", tag = "Step setup", operation_id = "setFieldMapping",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("fieldId" = i32, Path, description = "Id of the request field.")),
    request_body(content = FieldMappingWrite, description = "Mapping to store. A property left out keeps its value."),
    responses((status = 200, description = "The field mapping after the change.", body = FieldMapping), Standard, Malformed, Missing, Conflicting))]
async fn set_field_mapping(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, FieldId)>,
    ApiJson(body): ApiJson<FieldMappingWrite>,
) -> Result<Json<FieldMapping>, ApiError> {
    check_repeated("Field.Id", body.repeated(), id.0)?;
    cycles.map_field(&actor, step, id, body.into()).await?;
    shown_field(&cycles, &actor, step, id).await
}

/// Set a field mapping (POST)
///
/// Same as PUT; documented for value lists.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/fieldmappings/{fieldId}", tag = "Step setup", operation_id = "setFieldMappingPost",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("fieldId" = i32, Path, description = "Id of the request field.")),
    request_body(content = FieldMappingWrite, description = "Mapping to store. A property left out keeps its value."),
    responses((status = 200, description = "The field mapping.", body = FieldMapping), Standard, Malformed, Missing, Conflicting))]
async fn set_field_mapping_post(
    cycles: State<Cycles>,
    actor: AsAccount,
    path: ApiPath<(StepId, FieldId)>,
    body: ApiJson<FieldMappingWrite>,
) -> Result<Json<FieldMapping>, ApiError> {
    set_field_mapping(cycles, actor, path, body).await
}

/// Look up values of a field
///
/// Runs a trigger of the field.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/fieldmappings/{fieldId}/lookup", tag = "Step setup", operation_id = "lookupStepField",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step."), ("fieldId" = i32, Path, description = "Id of the request field.")),
    request_body(content = Option<TriggerCall>, description = "Input for a lookup."),
    responses((status = 200, description = "The whole list.", body = Vec<LookupValue>), Standard, Malformed, Missing, UpstreamFailing))]
async fn look_up_step_field(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath((step, id)): ApiPath<(StepId, FieldId)>,
    ApiJson(call): ApiJson<TriggerCall>,
) -> Result<Json<Vec<LookupValue>>, ApiError> {
    let (trigger, request) = asked(call);
    let values = cycles.look_up_field(&actor, step, id, trigger, request);
    Ok(Json(values.await?.into_iter().map(Into::into).collect()))
}

/// Look up custom fields
///
/// Runs the custom field lookup of the request and response of the method and stores what it finds; fields that are gone are removed.
#[utoipa::path(post, path = "/v1.0/steps/{stepId}/fieldmappings/lookup", tag = "Step setup", operation_id = "lookupCustomFields",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The fields found; empty when the method has no lookup.", body = Vec<CustomField>), Standard, Malformed, Missing, UpstreamFailing))]
async fn look_up_custom_fields(
    State(cycles): State<Cycles>,
    State(connectors): State<AccountConnectors>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Vec<CustomField>>, ApiError> {
    let Some((connector, method)) = cycles.look_up_custom_fields(&actor, id).await? else {
        return Ok(Json(Vec::new()));
    };
    let all = connectors.fields(&actor, connector).await?;
    let found = all
        .iter()
        .filter(|one| one.draft.method == method.0 && one.draft.details.is_dynamic);
    Ok(Json(found.map(CustomField::new).collect()))
}

/// List fields of earlier steps
///
/// Fields that may be used with MappingType PreviousStep. Steps before a WaitAll are not included for steps after it. Default order: step order, then DisplayOrder.
#[utoipa::path(get, path = "/v1.0/steps/{stepId}/fieldsformapping", tag = "Step setup", operation_id = "listFieldsForMapping",
    params(AccountHeader, ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The whole list.", body = Vec<FieldForMapping>), Standard, Malformed, Missing))]
async fn list_fields_for_mapping(
    State(cycles): State<Cycles>,
    AsAccount(actor): AsAccount,
    ApiPath(id): ApiPath<StepId>,
) -> Result<Json<Vec<FieldForMapping>>, ApiError> {
    let design = cycles.design_of(&actor, id).await?;
    Ok(Json(earlier_fields(&design, id)?))
}

/// The fields of the steps before one, as they may be mapped.
fn earlier_fields(design: &Design, id: StepId) -> Result<Vec<FieldForMapping>, ApiError> {
    let mut shown = Vec::new();
    for (step, one) in design.fields_for_mapping(id)? {
        let Some(run) = design.connectors.of(step) else {
            continue;
        };
        let account_connector = run.step.account_connector.map(|id| id.0);
        let reference = StepReference {
            id: step.id.0,
            name: step.name.clone(),
            action_type: StepAction::of(step).into(),
        };
        shown.push(FieldForMapping::new(
            field(&one, run.numbered.connector(), account_connector),
            reference,
        ));
    }
    Ok(shown)
}

/// How a step of a transaction was mapped when it ran.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
#[schema(rename_all = "PascalCase")]
pub struct StepMapping {
    /// Of its parameters.
    pub parameters: Vec<ParameterMapping>,
    /// Of its request fields.
    pub fields: Vec<FieldMapping>,
    /// The fields of earlier steps that they may be mapped from.
    pub earlier_fields: Vec<FieldForMapping>,
}

/// Get the mapping of a transaction's step
///
/// As it was in the version of the cycle that the transaction runs, or ran. Sensitive values are null when the security setting MaskAuthValues is on.
#[utoipa::path(get, path = "/v1.0/cycles/{cycleId}/transactions/{transactionId}/steps/{stepId}/mapping", tag = "Transactions", operation_id = "getTransactionStepMapping",
    params(AccountHeader, CycleIdPath, ("transactionId" = uuid::Uuid, Path, description = "Id of the transaction."), ("stepId" = uuid::Uuid, Path, description = "Id of the step.")),
    responses((status = 200, description = "The mapping.", body = StepMapping), Standard, Malformed, Missing))]
async fn get_transaction_step_mapping(
    State(cycles): State<Cycles>,
    State(transactions): State<Transactions>,
    State(settings): State<Settings>,
    AsAccount(actor): AsAccount,
    ApiPath((cycle, transaction, step)): ApiPath<(CycleId, TransactionId, StepId)>,
) -> Result<Json<StepMapping>, ApiError> {
    let masked = masks(&settings, &actor).await?;
    let version = transactions.version(&actor, cycle, transaction).await?;
    let design = cycles.design_at(&actor, (cycle, version), step).await?;
    let (parameters, fields) = (design.parameters(step)?, design.fields(step)?);
    let parameters = parameters.into_iter();
    Ok(Json(StepMapping {
        parameters: parameters
            .map(|one| ParameterMapping::new(one, masked))
            .collect(),
        fields: fields.into_iter().map(Into::into).collect(),
        earlier_fields: earlier_fields(&design, step)?,
    }))
}

fn asked(call: TriggerCall) -> (Option<TriggerId>, LookupRequest) {
    let request = LookupRequest {
        answers: call.values.unwrap_or_default(),
        query: call.query,
    };
    (call.trigger_id.map(TriggerId), request)
}

/// An id in the body must be that of the path.
fn check_repeated(property: &str, given: Option<i32>, right: i32) -> Result<(), ApiError> {
    match given {
        Some(given) if given != right => Err(ApiError::bad_request(
            "mapping.other_id",
            format_args!("{property} {given} differs from {right} in the path."),
        )),
        Some(_) | None => Ok(()),
    }
}

async fn shown_parameter(
    cycles: &Cycles,
    settings: &Settings,
    actor: &AccountActor,
    step: StepId,
    id: ParameterId,
) -> Result<Json<ParameterMapping>, ApiError> {
    let masked = masks(settings, actor).await?;
    let design = cycles.design_of(actor, step).await?;
    let found = design
        .parameters(step)?
        .into_iter()
        .find(|one| one.id == id);
    let found = found.ok_or(CycleError::NoPart(Part::Parameter))?;
    Ok(Json(ParameterMapping::new(found, masked)))
}

async fn shown_field(
    cycles: &Cycles,
    actor: &AccountActor,
    step: StepId,
    id: FieldId,
) -> Result<Json<FieldMapping>, ApiError> {
    let design = cycles.design_of(actor, step).await?;
    let all = design.fields(step)?;
    let found = all.into_iter().find(|one| one.field.id == id);
    let found = found.ok_or(CycleError::NoPart(Part::Field))?;
    Ok(Json(found.into()))
}
