import "@shared/messages/en/cycles";
import { NativeSelect, Stack, Text } from "@mantine/core";
import type { FieldForMapping, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { FieldSelect } from "./FieldSelect";
import type { StepValues } from "./stepForm";

interface WebhookFormProps {
  step: Step;
  values: StepValues;
  onChange: (part: Partial<StepValues>) => void;
  earlier: readonly FieldForMapping[];
  editable: boolean;
}

/** **Webhook Mapping**: which waiting transaction a request continues, for a webhook that steps lead to. */
export function WebhookForm({ step, values, onChange, earlier, editable }: WebhookFormProps) {
  const { webhook } = values;
  const received = step.Method?.ResponseFields ?? [];
  return (
    <Stack>
      <Text size="sm" c="dimmed">
        {t("webhook.mappingHint")}
      </Text>
      <NativeSelect
        label={t("webhook.requestField")}
        value={webhook.requestField === undefined ? "" : String(webhook.requestField)}
        onChange={(event) => onChange({ webhook: { ...webhook, requestField: event.currentTarget.value === "" ? undefined : Number(event.currentTarget.value) } })}
        data={[{ value: "", label: t("mapping.chooseField") }, ...received.map((field) => ({ value: String(field.Id), label: field.Name }))]}
        disabled={!editable}
      />
      <FieldSelect
        label={t("webhook.sourceField")}
        fields={earlier}
        stepId={webhook.stepId}
        fieldId={webhook.fieldId}
        onChange={(stepId, fieldId) => onChange({ webhook: { ...webhook, stepId, fieldId } })}
        disabled={!editable}
      />
    </Stack>
  );
}
