import "@shared/messages/en/reports";
import type { FieldForMapping, FieldMapping, ParameterMapping } from "@shared/api/types";
import { t } from "@shared/messages/t";

/** A value that a step is given, and where it comes from. */
export interface MappedValue {
  key: string;
  name: string;
  from: string;
}

/** What a step is given, in words: what is ignored or undecided is left out. */
export function mappedValues(parameters: readonly ParameterMapping[], fields: readonly FieldMapping[], earlier: readonly FieldForMapping[]): MappedValue[] {
  const told = (key: string, name: string, mapping: ParameterMapping | FieldMapping): MappedValue[] => {
    const from = sourceWords(mapping, earlier);
    return from === undefined ? [] : [{ key, name, from }];
  };
  return [
    ...parameters.flatMap((mapping) => told(`p${mapping.Parameter.Id}`, mapping.Parameter.Name, mapping)),
    ...fields.flatMap((mapping) => told(`f${mapping.Field.Id}`, mapping.Field.Name, mapping)),
  ];
}

const stepMergeField = /\{\{\s*(?:step\.)?([0-9a-f-]{36})[ .](\d+)\s*\}\}/gi;

function sourceWords(mapping: ParameterMapping | FieldMapping, earlier: readonly FieldForMapping[]): string | undefined {
  const fieldOf = (stepId: string, fieldId: number) => {
    const field = earlier.find((each) => each.Step.Id.toLowerCase() === stepId.toLowerCase() && each.Id === fieldId);
    return field === undefined ? t("itemMapping.gone") : t("itemMapping.field", { field: field.Name, step: field.Step.Name });
  };
  switch (mapping.MappingType) {
    case null:
    case "Ignore":
      return undefined;
    case "PreviousStep":
      return mapping.SourceStepId == null || mapping.SourceFieldId == null ? undefined : fieldOf(mapping.SourceStepId, mapping.SourceFieldId);
    case "Lookup":
      return mapping.TriggerValueDisplayName ?? mapping.TriggerValue ?? undefined;
    case "Variable":
      return t("itemMapping.variable", { name: mapping.VariableName ?? "" });
    case "StaticValue":
    case "ValueList": {
      const value = mapping.Value ?? "";
      const words = value.replace(stepMergeField, (_, stepId: string, fieldId: string) => `‹${fieldOf(stepId, Number(fieldId))}›`);
      return `“${words}”`;
    }
  }
}
