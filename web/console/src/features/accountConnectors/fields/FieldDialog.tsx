import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { Button, Group, Modal, NativeSelect, Stack, Switch, Text, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { CustomField } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { displayNameOf, fieldToWire, fieldValues, freshField, locationProblem, type FieldPlace } from "./customFields";
import { useSaveField } from "./useCustomFields";

const types = ["Text", "Integer", "Decimal", "Float", "Boolean", "DateTime", "File", "Undefined"] as const;

interface FieldDialogProps {
  accountId: string;
  accountConnectorId: number;
  place: FieldPlace;
  /** Locations in use. */
  taken: ReadonlySet<string>;
  /** The field to change; a new one when left out. */
  field?: CustomField;
  onClose: () => void;
}

/** **Add field**, or a change of one. */
export function FieldDialog({ accountId, accountConnectorId, place, taken, field, onClose }: FieldDialogProps) {
  const save = useSaveField(accountId, accountConnectorId);
  const form = useForm({
    initialValues: field === undefined ? freshField : fieldValues(field),
    validate: {
      location: (location) => {
        const others = new Set([...taken].filter((one) => one !== field?.ConnectorField));
        const problem = locationProblem(location, others);
        return problem === null ? null : t(problem === "required" ? "form.required" : `fields.problem.${problem}`);
      },
    },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(
      { id: field?.Id, body: fieldToWire(values, place, field) },
      {
        onSuccess: (saved) => {
          toast(t(field === undefined ? "fields.added" : "fields.saved", { name: saved.DisplayName }));
          onClose();
        },
      },
    ),
  );
  return (
    <Modal
      opened
      onClose={() => {
        if (!save.isPending) onClose();
      }}
      title={field === undefined ? t("fields.add") : t("fields.editNamed", { name: field.DisplayName })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form noValidate onSubmit={submit}>
        <Stack>
          <TextInput
            label={t("methods.field.location")}
            description={t("fields.locationHint")}
            required
            spellCheck={false}
            autoComplete="off"
            data-autofocus
            {...form.getInputProps("location")}
          />
          <TextInput
            label={t("methods.field.name")}
            placeholder={form.values.location.trim() === "" ? "" : displayNameOf(form.values.location)}
            description={t("fields.nameHint")}
            autoComplete="off"
            {...form.getInputProps("name")}
          />
          <Textarea label={t("description")} autosize minRows={2} {...form.getInputProps("description")} />
          <NativeSelect
            label={t("methods.field.type")}
            data={types.map((type) => ({ value: type, label: t(`fields.type.${type}`) }))}
            {...form.getInputProps("type")}
          />
          {form.values.type === "DateTime" && (
            <TextInput label={t("fields.format")} description={t("fields.formatHint")} spellCheck={false} autoComplete="off" {...form.getInputProps("format")} />
          )}
          <Switch label={t("fields.everywhere")} description={t("fields.everywhereHint")} {...form.getInputProps("everywhere", { type: "checkbox" })} />
          {place.object !== undefined && field === undefined && (
            <Text size="sm" c="dimmed">
              {t("fields.ofObject", { object: place.object.ObjectName })}
            </Text>
          )}
          <ErrorNotice error={save.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} disabled={save.isPending}>
              {t("form.cancel")}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t(field === undefined ? "fields.add" : "form.save")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
