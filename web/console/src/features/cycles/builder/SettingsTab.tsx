import "@shared/messages/en/cycles";
import { Checkbox, NativeSelect, NumberInput, Stack, Switch, TagsInput, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { CollectionSplitType, Cycle, CycleUpdate, StepErrorAction } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { useCycleChanges } from "@shared/queries/cycles";
import { useSharing } from "@shared/queries/settings";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { errorActions, splitTypes } from "./AdvancedSettings";

/** Data is kept for 31 days at most, in hours. */
const mostHours = 744;

interface SettingsValues {
  name: string;
  description: string;
  tags: string[];
  onError: StepErrorAction;
  retries: number | string;
  splitting: CollectionSplitType;
  logRequests: boolean;
  inOrder: boolean;
  shareable: boolean;
  successOwn: boolean;
  successHours: number | string;
  erroredOwn: boolean;
  erroredHours: number | string;
}

function valuesOf(cycle: Cycle): SettingsValues {
  return {
    name: cycle.Name,
    description: cycle.Description ?? "",
    tags: cycle.Tags,
    onError: cycle.StepErrorAction,
    retries: cycle.MaxRetriesOnError ?? 5,
    splitting: cycle.CollectionSplitType,
    logRequests: cycle.LogStepDataRequests,
    inOrder: cycle.ProcessInOrder ?? false,
    shareable: cycle.Shareable ?? false,
    successOwn: cycle.StepDataSuccessRetentionHours != null,
    successHours: cycle.StepDataSuccessRetentionHours ?? 24,
    erroredOwn: cycle.StepDataErroredRetentionHours != null,
    erroredHours: cycle.StepDataErroredRetentionHours ?? mostHours,
  };
}

function toWire(values: SettingsValues): CycleUpdate {
  return {
    Name: values.name.trim(),
    Description: values.description.trim() === "" ? null : values.description.trim(),
    Tags: values.tags,
    StepErrorAction: values.onError,
    MaxRetriesOnError: Number(values.retries),
    CollectionSplitType: values.splitting,
    LogStepDataRequests: values.logRequests,
    ProcessInOrder: values.inOrder,
    Shareable: values.shareable,
    StepDataSuccessRetentionHours: values.successOwn ? Number(values.successHours) : null,
    StepDataErroredRetentionHours: values.erroredOwn ? Number(values.erroredHours) : null,
  };
}

function hoursProblem(own: boolean, hours: number | string): string | null {
  if (!own) return null;
  return typeof hours === "number" && Number.isInteger(hours) && hours >= 0 && hours <= mostHours ? null : t("cycleSettings.hoursInvalid", { most: mostHours });
}

/** What is set for a cycle as a whole. */
export function SettingsTab({ accountId, cycle, editable }: { accountId: string; cycle: Cycle; editable: boolean }) {
  const sharing = useSharing();
  const { update } = useCycleChanges(accountId);
  const form = useForm({
    initialValues: valuesOf(cycle),
    validate: {
      name: (name) => (name.trim() === "" ? t("cycle.nameRequired") : null),
      retries: (retries, values) =>
        values.onError !== "Retry" || (typeof retries === "number" && Number.isInteger(retries) && retries >= 1 && retries <= 5) ? null : t("cycleSettings.retriesInvalid"),
      successHours: (hours, values) => hoursProblem(values.successOwn, hours),
      erroredHours: (hours, values) => hoursProblem(values.erroredOwn, hours),
    },
  });
  const disabled = !editable;
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        update.mutate(
          { cycleId: cycle.Id, body: changesBetween(toWire(form.getInitialValues()), toWire(values)) },
          {
            onSuccess: (saved) => {
              form.setInitialValues(valuesOf(saved));
              form.setValues(valuesOf(saved));
              toast(t("form.savedWhat", { what: saved.Name }));
            },
          },
        ),
      )}
    >
      <UnsavedGuard dirty={form.isDirty() && !update.isPending} />
      <Section title={t("cycle.settings")}>
        <Stack maw={560}>
          <TextInput label={t("name")} required maxLength={200} disabled={disabled} {...form.getInputProps("name")} />
          <Textarea label={t("description")} autosize minRows={2} disabled={disabled} {...form.getInputProps("description")} />
          <TagsInput label={t("tags")} description={t("tagsHint")} disabled={disabled} {...form.getInputProps("tags")} />
        </Stack>
      </Section>
      <Section title={t("cycleSettings.running")}>
        <Stack maw={560}>
          <NativeSelect
            label={t("cycleSettings.onError")}
            data={errorActions.map((action) => ({ value: action, label: t(`onError.${action}`) }))}
            disabled={disabled}
            {...form.getInputProps("onError")}
          />
          {form.values.onError === "Retry" && (
            <NumberInput
              label={t("cycleSettings.retries")}
              description={t("cycleSettings.retriesHint")}
              min={1}
              max={5}
              clampBehavior="none"
              allowDecimal={false}
              disabled={disabled}
              {...form.getInputProps("retries")}
            />
          )}
          <NativeSelect
            label={t("cycleSettings.splitting")}
            description={t("cycleSettings.splittingHint")}
            data={splitTypes.map((type) => ({ value: type, label: t(`splitting.${type}`) }))}
            disabled={disabled}
            {...form.getInputProps("splitting")}
          />
          <Checkbox
            label={t("cycleSettings.logRequests")}
            description={t("cycleSettings.logRequestsHint")}
            disabled={disabled}
            {...form.getInputProps("logRequests", { type: "checkbox" })}
          />
          <Checkbox
            label={t("cycleSettings.inOrder")}
            description={t("cycleSettings.inOrderHint")}
            disabled={disabled}
            {...form.getInputProps("inOrder", { type: "checkbox" })}
          />
          {sharing && (
            <Checkbox
              label={t("cycleSettings.shareable")}
              description={t("cycleSettings.shareableHint")}
              disabled={disabled}
              {...form.getInputProps("shareable", { type: "checkbox" })}
            />
          )}
        </Stack>
      </Section>
      <Section title={t("cycleSettings.retention")} description={t("cycleSettings.retentionHint")}>
        <Stack maw={560}>
          {(["success", "errored"] as const).map((kind) => (
            <div key={kind}>
              <Switch label={t(`cycleSettings.${kind}Own`)} disabled={disabled} {...form.getInputProps(`${kind}Own`, { type: "checkbox" })} />
              {form.values[`${kind}Own`] && (
                <NumberInput
                  mt="xs"
                  label={t(`cycleSettings.${kind}Hours`)}
                  min={0}
                  max={mostHours}
                  clampBehavior="none"
                  allowDecimal={false}
                  disabled={disabled}
                  {...form.getInputProps(`${kind}Hours`)}
                />
              )}
            </div>
          ))}
        </Stack>
      </Section>
      <ErrorNotice error={update.error} />
      {editable && <SaveBar busy={update.isPending} problems={Object.keys(form.errors).length} />}
    </form>
  );
}
