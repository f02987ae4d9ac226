import "@shared/messages/en/cycles";
import { Stack, Text } from "@mantine/core";
import type { CollectionKey, FieldForMapping, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { FieldSelect } from "./FieldSelect";

interface JoinFormProps {
  /** The steps whose lists are mapped, in the order in which they run. */
  lists: readonly Step[];
  keys: readonly CollectionKey[];
  onChange: (keys: CollectionKey[]) => void;
  earlier: readonly FieldForMapping[];
  editable: boolean;
}

/** **What unique field can join your data together?** The nearest list is joined with each of the others. */
export function JoinForm({ lists, keys, onChange, earlier, editable }: JoinFormProps) {
  const nearest = lists.at(-1);
  if (nearest === undefined || lists.length < 2) return null;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t("join.hint")}
      </Text>
      {lists.slice(0, -1).map((other) => (
        <JoinRow
          key={other.Id}
          other={other}
          nearest={nearest}
          stored={keys.find((key) => isBetween(key, other.Id, nearest.Id))}
          onChange={(key) => onChange([...keys.filter((each) => !isBetween(each, other.Id, nearest.Id)), ...(key === undefined ? [] : [key])])}
          earlier={earlier}
          editable={editable}
        />
      ))}
    </Stack>
  );
}

function isBetween(key: CollectionKey, one: string, other: string): boolean {
  return (key.LeftStepId === one && key.RightStepId === other) || (key.LeftStepId === other && key.RightStepId === one);
}

interface JoinRowProps {
  other: Step;
  nearest: Step;
  stored: CollectionKey | undefined;
  onChange: (key: CollectionKey | undefined) => void;
  earlier: readonly FieldForMapping[];
  editable: boolean;
}

function JoinRow({ other, nearest, stored, onChange, earlier, editable }: JoinRowProps) {
  const turned = stored?.LeftStepId === nearest.Id;
  const chosen = { other: turned ? stored.RightFieldId : stored?.LeftFieldId, nearest: turned ? stored.LeftFieldId : stored?.RightFieldId };
  const fieldsOf = (step: Step) => earlier.filter((field) => field.Step.Id === step.Id && field.Location?.includes("[") === true);
  // Half a pair says nothing, so the other half begins as the field of the same meaning, or the first.
  const pick = (side: "other" | "nearest", fieldId: number | undefined) => {
    if (fieldId === undefined) return onChange(undefined);
    const partner = side === "other" ? nearest : other;
    const own = earlier.find((field) => field.Id === fieldId);
    const candidates = fieldsOf(partner);
    const opposite =
      (side === "other" ? chosen.nearest : chosen.other) ??
      (candidates.find((field) => field.SystemField != null && field.SystemField === own?.SystemField) ?? candidates[0])?.Id;
    if (opposite === undefined) return onChange(undefined);
    onChange({
      LeftStepId: other.Id,
      LeftFieldId: side === "other" ? fieldId : opposite,
      RightStepId: nearest.Id,
      RightFieldId: side === "nearest" ? fieldId : opposite,
    });
  };
  return (
    <Stack gap={6}>
      <FieldSelect
        label={t("join.field", { step: other.Name })}
        fields={fieldsOf(other)}
        stepId={other.Id}
        fieldId={chosen.other}
        onChange={(_, fieldId) => pick("other", fieldId)}
        disabled={!editable}
      />
      <FieldSelect
        label={t("join.field", { step: nearest.Name })}
        fields={fieldsOf(nearest)}
        stepId={nearest.Id}
        fieldId={chosen.nearest}
        onChange={(_, fieldId) => pick("nearest", fieldId)}
        disabled={!editable}
      />
    </Stack>
  );
}
