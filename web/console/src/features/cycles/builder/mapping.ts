import type { FieldForMapping, FieldMapping, MappingType, MappingWrite, ParameterMapping, Step } from "@shared/api/types";
import type { MappingChange } from "../useDesign";

/** A source as it stands in the form; parts of other sources are kept while one looks around. */
export interface Draft {
  /** Empty while nobody has decided. */
  source: MappingType | "";
  value: string;
  stepId: string;
  fieldId: number | undefined;
  triggerValue: string;
  triggerLabel: string;
  variable: string;
  userConfigurable: boolean;
}

/** Something of a method that takes a value. */
export interface Target {
  /** Unique within the step. */
  key: string;
  part: "parameters" | "fields";
  id: number;
  name: string;
  description: string | undefined;
  /** Where the value goes. */
  location: string;
  optional: boolean;
  dataType: FieldMapping["Field"]["DataType"];
  systemField: string | undefined;
  isCustom: boolean;
  isSensitive: boolean;
  values: string[];
  triggers: FieldMapping["Field"]["Triggers"];
  stored: Draft;
}

/** What a step's method can be given: its parameters first, each in the definition's order. */
export function targetsOf(parameters: readonly ParameterMapping[], fields: readonly FieldMapping[]): Target[] {
  return [
    ...parameters
      .filter(({ Parameter }) => Parameter.IsHidden !== true)
      .map((mapping): Target => {
        const { Parameter: parameter } = mapping;
        return {
          ...shared("parameters", parameter),
          location: parameter.TargetName,
          systemField: undefined,
          isCustom: false,
          isSensitive: parameter.IsSensitive ?? false,
          stored: draftOf(mapping),
        };
      }),
    ...fields
      .filter(({ Field }) => Field.IsHidden !== true && Field.IsReadOnly !== true)
      .map((mapping): Target => {
        const { Field: field } = mapping;
        return {
          ...shared("fields", field),
          location: field.Location ?? "",
          systemField: field.SystemField ?? undefined,
          isCustom: field.IsCustom ?? false,
          isSensitive: false,
          stored: draftOf(mapping),
        };
      }),
  ];
}

function shared(part: Target["part"], source: ParameterMapping["Parameter"] | FieldMapping["Field"]) {
  return {
    key: `${part}.${source.Id}`,
    part,
    id: source.Id,
    name: source.Name,
    description: source.Description ?? undefined,
    optional: source.IsOptional,
    dataType: source.DataType,
    values: source.Values ?? [],
    triggers: source.Triggers,
  };
}

function draftOf(mapping: ParameterMapping | FieldMapping): Draft {
  return {
    source: mapping.MappingType ?? "",
    value: mapping.Value ?? "",
    stepId: mapping.SourceStepId ?? "",
    fieldId: mapping.SourceFieldId ?? undefined,
    triggerValue: mapping.TriggerValue ?? "",
    triggerLabel: mapping.TriggerValueDisplayName ?? "",
    variable: mapping.VariableName ?? "",
    userConfigurable: mapping.IsLaunchVisible ?? false,
  };
}

/** The sources that a target can have. */
export function sourcesFor(target: Pick<Target, "values" | "triggers">): MappingType[] {
  return [
    "Ignore",
    "StaticValue",
    "PreviousStep",
    ...(target.triggers.length > 0 ? (["Lookup"] as const) : []),
    ...(target.values.length > 0 ? (["ValueList"] as const) : []),
    "Variable",
  ];
}

/** Whether nothing would be sent: optional targets like that are hidden at first. */
export function isUnmapped(draft: Draft): boolean {
  return draft.source === "" || draft.source === "Ignore";
}

/** Whether a source was chosen, but not yet what is taken from it. */
export function isUndecided(draft: Draft): boolean {
  switch (draft.source) {
    case "PreviousStep":
      return draft.stepId === "" || draft.fieldId === undefined;
    case "Lookup":
      return draft.triggerValue === "";
    case "ValueList":
      return draft.value === "";
    case "Variable":
      return draft.variable === "";
    case "":
    case "Ignore":
    case "StaticValue":
      return false;
  }
}

/** The draft of another source: a field of the same meaning is suggested. */
export function withSource(draft: Draft, source: MappingType, target: Pick<Target, "systemField">, earlier: readonly FieldForMapping[]): Draft {
  if (source !== "PreviousStep" || draft.fieldId !== undefined || target.systemField === undefined) return { ...draft, source };
  // The nearest step's field wins.
  const suggested = earlier.toReversed().find((field) => field.SystemField === target.systemField);
  return suggested === undefined ? { ...draft, source } : { ...draft, source, stepId: suggested.Step.Id, fieldId: suggested.Id };
}

/** Whether two drafts would be stored alike. */
export function sameMapping(left: Draft, right: Draft): boolean {
  return JSON.stringify(writeOf(left)) === JSON.stringify(writeOf(right));
}

/** What is stored: the chosen source's own parts. */
export function writeOf(draft: Draft): MappingWrite {
  const about = { IsLaunchVisible: draft.userConfigurable };
  switch (draft.source) {
    case "":
      return about;
    case "Ignore":
      return { ...about, MappingType: "Ignore" };
    case "StaticValue":
    case "ValueList":
      return { ...about, MappingType: draft.source, Value: draft.value };
    case "PreviousStep":
      return { ...about, MappingType: "PreviousStep", SourceStepId: draft.stepId === "" ? null : draft.stepId, SourceFieldId: draft.fieldId ?? null };
    case "Lookup":
      return { ...about, MappingType: "Lookup", TriggerValue: draft.triggerValue, TriggerValueDisplayName: draft.triggerLabel };
    case "Variable":
      return { ...about, MappingType: "Variable", VariableName: draft.variable === "" ? null : draft.variable };
  }
}

/** The changed mappings, by the target's key. */
export function changesOf(targets: readonly Target[], drafts: ReadonlyMap<string, Draft>): Map<string, MappingChange> {
  const changes = new Map<string, MappingChange>();
  for (const target of targets) {
    const draft = drafts.get(target.key);
    if (draft === undefined || sameMapping(draft, target.stored)) continue;
    changes.set(target.key, { part: target.part, id: target.id, body: writeOf(draft) });
  }
  return changes;
}

/** Merge fields that need no step, in the order in which they are offered. */
export const systemMergeFields = ["LastSuccessfulRunDate", "AccountId", "AccountExternalId", "CycleId", "TransactionId", "IdempotencyKey"] as const;

/** The merge field of an earlier step's field. */
export function mergeField(field: FieldForMapping): string {
  return `{{${field.Step.Id} ${field.Id}}}`;
}

const stepMergeField = /\{\{\s*(?:step\.)?([0-9a-f-]{36})[ .](\d+)\s*\}\}/gi;

/** A typed value with the names of steps and fields in place of their ids; nothing when it has none. */
export function readable(value: string, earlier: readonly FieldForMapping[]): string | undefined {
  const text = value.replace(stepMergeField, (whole, stepId: string, fieldId: string) => {
    const field = earlier.find((each) => each.Step.Id.toLowerCase() === stepId.toLowerCase() && String(each.Id) === fieldId);
    return field === undefined ? whole : `‹${field.Step.Name} · ${field.Name}›`;
  });
  return text === value ? undefined : text;
}

/** Whether a value comes from an earlier step, which a test of the step alone does not run. */
export function isFromEarlier(draft: Draft): boolean {
  if (draft.source === "PreviousStep") return !isUndecided(draft);
  return draft.source === "StaticValue" && draft.value.search(stepMergeField) >= 0;
}

/** The lists of earlier steps that are mapped: two or more have to be joined by a unique field. */
export function mappedLists(drafts: readonly Draft[], earlier: readonly FieldForMapping[], steps: readonly Step[]): Step[] {
  const listed = new Set(
    drafts.flatMap((draft) => {
      const field = earlier.find((each) => draft.source === "PreviousStep" && each.Step.Id === draft.stepId && each.Id === draft.fieldId);
      return field?.Location?.includes("[") === true ? [field.Step.Id] : [];
    }),
  );
  return steps.filter((step) => listed.has(step.Id));
}
