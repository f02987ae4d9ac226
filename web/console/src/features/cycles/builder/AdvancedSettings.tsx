import "@shared/messages/en/cycles";
import { Button, Checkbox, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMemo } from "react";
import type { CollectionSplitType, Step, StepErrorAction } from "@shared/api/types";
import { CodeEditor } from "@shared/editor/CodeEditor";
import { t } from "@shared/messages/t";
import { scriptWords } from "@shared/script/words";
import { CopyField } from "@shared/ui/CopyField";
import { localMinutes } from "../schedule";
import type { StepValues } from "./stepForm";

export const errorActions = ["Ignore", "Retry", "StopCycle", "StopTransaction"] as const satisfies readonly StepErrorAction[];
export const splitTypes = ["None", "First", "All"] as const satisfies readonly CollectionSplitType[];

interface AdvancedSettingsProps {
  step: Step;
  values: StepValues;
  onChange: (part: Partial<StepValues>) => void;
  editable: boolean;
}

/** **Advanced Settings** of a step that runs a method. */
export function AdvancedSettings({ step, values, onChange, editable }: AdvancedSettingsProps) {
  const words = useMemo(() => scriptWords(), []);
  return (
    <Stack>
      <NativeSelect
        label={t("cycleSettings.onError")}
        value={values.onError}
        onChange={(event) => onChange({ onError: errorActions.find((each) => each === event.currentTarget.value) ?? "" })}
        data={[{ value: "", label: t("advanced.inherit") }, ...errorActions.map((action) => ({ value: action, label: t(`onError.${action}`) }))]}
        disabled={!editable}
      />
      <NativeSelect
        label={t("cycleSettings.splitting")}
        value={values.splitting}
        onChange={(event) => onChange({ splitting: splitTypes.find((each) => each === event.currentTarget.value) ?? "" })}
        data={[{ value: "", label: t("advanced.inherit") }, ...splitTypes.map((type) => ({ value: type, label: t(`splitting.${type}`) }))]}
        disabled={!editable}
      />
      <Group align="flex-end" gap="xs">
        <TextInput
          type="datetime-local"
          label={t("advanced.since")}
          description={t("advanced.sinceHint")}
          value={values.since === "" ? "" : localMinutes(values.since)}
          onChange={(event) => {
            const at = event.currentTarget.value;
            if (at === "" || !Number.isNaN(Date.parse(at))) onChange({ since: at === "" ? "" : new Date(at).toISOString() });
          }}
          disabled={!editable}
        />
        {editable && values.since !== "" && (
          <Button variant="default" onClick={() => onChange({ since: "" })}>
            {t("advanced.clear")}
          </Button>
        )}
      </Group>
      <Checkbox
        label={t("advanced.external")}
        description={t("advanced.externalHint")}
        checked={values.external}
        onChange={(event) => onChange({ external: event.currentTarget.checked })}
        disabled={!editable}
      />
      <Checkbox
        label={t("advanced.uncertain")}
        description={t("advanced.uncertainHint")}
        checked={values.stopsWhenUncertain}
        onChange={(event) => onChange({ stopsWhenUncertain: event.currentTarget.checked })}
        disabled={!editable}
      />
      <Checkbox
        label={t("advanced.hidden")}
        checked={values.setupHidden}
        onChange={(event) => onChange({ setupHidden: event.currentTarget.checked })}
        disabled={!editable}
      />
      <CodeEditor
        label={t("advanced.script")}
        description={t("advanced.scriptHint")}
        language="javascript"
        value={values.script}
        onChange={(script) => {
          if (script !== values.script) onChange({ script });
        }}
        readOnly={!editable}
        words={words}
        minHeight={140}
        maxHeight={420}
      />
      {step.Method != null && <CopyField label={t("advanced.method")} value={step.Method.MethodUniqueIdentifier} />}
    </Stack>
  );
}
