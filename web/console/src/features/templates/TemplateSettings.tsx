import "@shared/messages/en/templates";
import "@shared/messages/en/cycles";
import { Checkbox, NativeSelect, Stack, TagsInput, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Interval, Template, TemplateWrite } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { useTemplateChanges } from "@shared/queries/templates";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";

const intervals = [0, 1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 10080] as const satisfies readonly Interval[];

interface SettingsValues {
  name: string;
  description: string;
  note: string;
  tags: string[];
  published: boolean;
  shareCustomFields: boolean;
  interval: string;
  runOnce: boolean;
}

function valuesOf(template: Template): SettingsValues {
  return {
    name: template.Name,
    description: template.Description ?? "",
    note: template.Note ?? "",
    tags: template.Tags,
    published: template.Published ?? false,
    shareCustomFields: template.ShareCustomFields ?? false,
    interval: String(template.Interval ?? 0),
    runOnce: template.RunOnce ?? false,
  };
}

function toWire(values: SettingsValues): TemplateWrite {
  const blank = (text: string) => (text.trim() === "" ? null : text.trim());
  return {
    Name: values.name.trim(),
    Description: blank(values.description),
    Note: blank(values.note),
    Tags: values.tags,
    Published: values.published,
    ShareCustomFields: values.shareCustomFields,
    Interval: intervals.find((minutes) => String(minutes) === values.interval) ?? 0,
    RunOnce: values.runOnce,
  };
}

/** What is set for a template as a whole. */
export function TemplateSettings({ template, editable }: { template: Template; editable: boolean }) {
  const { update } = useTemplateChanges();
  const form = useForm({
    initialValues: valuesOf(template),
    validate: { name: (name) => (name.trim() === "" ? t("templates.nameRequired") : null) },
  });
  const disabled = !editable;
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        update.mutate(
          { templateId: template.Id, body: changesBetween(toWire(form.getInitialValues()), toWire(values)) },
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
      <Section title={t("template.details")}>
        <Stack maw={560}>
          <TextInput label={t("name")} required maxLength={200} disabled={disabled} {...form.getInputProps("name")} />
          <Textarea label={t("description")} autosize minRows={2} disabled={disabled} {...form.getInputProps("description")} />
          <Textarea label={t("template.note")} description={t("template.noteHint")} autosize minRows={2} disabled={disabled} {...form.getInputProps("note")} />
          <TagsInput label={t("tags")} description={t("tagsHint")} disabled={disabled} {...form.getInputProps("tags")} />
          <CopyField label={t("template.id")} value={template.Id} />
        </Stack>
      </Section>
      <Section title={t("template.publish")}>
        <Stack maw={560}>
          <Checkbox
            label={t("template.published")}
            description={t("template.publishedHint")}
            disabled={disabled}
            {...form.getInputProps("published", { type: "checkbox" })}
          />
          <Checkbox
            label={t("template.share")}
            description={t("template.shareHint")}
            disabled={disabled}
            {...form.getInputProps("shareCustomFields", { type: "checkbox" })}
          />
          <NativeSelect
            label={t("template.interval")}
            data={intervals.map((minutes) => ({ value: String(minutes), label: t(`interval.${minutes}`) }))}
            disabled={disabled}
            {...form.getInputProps("interval")}
          />
          <Checkbox label={t("template.once")} disabled={disabled} {...form.getInputProps("runOnce", { type: "checkbox" })} />
        </Stack>
      </Section>
      <ErrorNotice error={update.error} />
      {editable && <SaveBar busy={update.isPending} problems={Object.keys(form.errors).length} />}
    </form>
  );
}
