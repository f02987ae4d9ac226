import "@shared/messages/en/cycles";
import { Select } from "@mantine/core";
import type { FieldForMapping } from "@shared/api/types";
import { t } from "@shared/messages/t";

interface FieldSelectProps {
  label: string;
  /** The label stands beside it already. */
  labelHidden?: boolean;
  fields: readonly FieldForMapping[];
  stepId: string;
  fieldId: number | undefined;
  onChange: (stepId: string, fieldId: number | undefined) => void;
  disabled: boolean;
  error?: string | undefined;
}

/** Choices shown at once; typing finds the others. */
const limit = 200;

/** Chooses a field of an earlier step, by step. */
export function FieldSelect({ label, labelHidden = false, fields, stepId, fieldId, onChange, disabled, error }: FieldSelectProps) {
  const groups = new Map<string, { group: string; items: { value: string; label: string }[] }>();
  for (const field of fields) {
    const group = groups.get(field.Step.Id) ?? { group: field.Step.Name, items: [] };
    group.items.push({ value: keyOf(field.Step.Id, field.Id), label: labelOf(field) });
    groups.set(field.Step.Id, group);
  }
  const chosen = stepId === "" || fieldId === undefined ? null : keyOf(stepId, fieldId);
  if (chosen !== null && !fields.some((field) => keyOf(field.Step.Id, field.Id) === chosen)) {
    groups.set("", { group: t("mapping.gone"), items: [{ value: chosen, label: t("mapping.goneField", { id: String(fieldId) }) }] });
  }
  return (
    <Select
      {...(labelHidden ? { "aria-label": label } : { label })}
      data={[...groups.values()]}
      value={chosen}
      onChange={(next) => {
        const [step = "", field] = (next ?? "").split("/");
        onChange(step, field === undefined ? undefined : Number(field));
      }}
      placeholder={fields.length === 0 ? t("mapping.noEarlier") : t("mapping.chooseField")}
      nothingFoundMessage={t("mapping.noField")}
      searchable
      clearable
      limit={limit}
      disabled={disabled}
      error={error}
      clearButtonProps={{ "aria-label": t("mapping.clear", { name: label }) }}
    />
  );
}

function keyOf(stepId: string, fieldId: number): string {
  return `${stepId}/${fieldId}`;
}

function labelOf(field: FieldForMapping): string {
  return field.Location === undefined || field.Location === field.Name ? field.Name : `${field.Name} (${field.Location})`;
}
