import "@shared/messages/en/settings";
import { Group, NativeSelect, NumberInput, Stack, Switch, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { RetentionSettings, RetentionUnit } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { mostOf, periodProblem, retentionToWire, retentionUnits, retentionValues, type Period } from "./retentionForm";
import { useRetentionSettings, useSaveRetentionSettings } from "./useSettings";

/** **Data Retention**: how long the data of transactions is kept, where an account says nothing else. */
export function RetentionPage() {
  const settings = useRetentionSettings();
  return (
    <>
      <PageHeader title={t("retention.title")} lead={t("retention.lead")} />
      {settings.isPending && <PageSkeleton label={t("retention.what")} shape="form" rows={4} />}
      {settings.isLoadingError && <PageError what={t("retention.what")} error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data !== undefined && <RetentionForm settings={settings.data} />}
    </>
  );
}

const kinds = ["success", "errored"] as const;

function RetentionForm({ settings }: { settings: RetentionSettings }) {
  const save = useSaveRetentionSettings();
  const form = useForm({
    initialValues: retentionValues(settings),
    validate: { success: { value: (_, values) => told(values.success) }, errored: { value: (_, values) => told(values.errored) } },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(changesBetween(retentionToWire(form.getInitialValues()), retentionToWire(values)), {
      onSuccess: (saved) => {
        form.setInitialValues(retentionValues(saved));
        form.setValues(retentionValues(saved));
        toast(t("form.savedWhat", { what: t("retention.title") }));
      },
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <UnsavedGuard dirty={form.isDirty() && !save.isPending} />
      {kinds.map((kind) => {
        const { enabled, unit } = form.values[kind];
        return (
          <Section key={kind} title={t(`retention.${kind}`)} description={t(`retention.${kind}Hint`)}>
            <Stack maw={520}>
              <Switch label={t(`retention.${kind}Keep`)} {...form.getInputProps(`${kind}.enabled`, { type: "checkbox" })} />
              {enabled ? (
                <Group align="flex-start" gap="sm" wrap="nowrap">
                  <NumberInput
                    flex={1}
                    label={t("retention.keepFor")}
                    min={1}
                    max={mostOf(unit)}
                    clampBehavior="none"
                    allowDecimal={false}
                    {...form.getInputProps(`${kind}.value`)}
                  />
                  <NativeSelect
                    w={130}
                    label={t("retention.unit")}
                    data={retentionUnits.map((value) => ({ value, label: t(`retention.unit.${value}`) }))}
                    value={unit}
                    onChange={(event) => {
                      form.setFieldValue(`${kind}.unit`, event.currentTarget.value as RetentionUnit);
                      form.clearFieldError(`${kind}.value`);
                    }}
                  />
                </Group>
              ) : (
                <Text size="sm" c="dimmed">
                  {t("retention.off")}
                </Text>
              )}
            </Stack>
          </Section>
        );
      })}
      <ErrorNotice error={save.error} />
      <SaveBar busy={save.isPending} problems={Object.keys(form.errors).length} />
    </form>
  );
}

function told(period: Period): string | null {
  const problem = periodProblem(period);
  if (problem === null) return null;
  return problem === "whole"
    ? t("retention.whole")
    : t("retention.tooLong", { most: mostOf(period.unit), unit: t(`retention.unit.${period.unit}`).toLowerCase() });
}
