import "@shared/messages/en/accountConnectors";
import { Group, Radio, Stack, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { AccountConnector, AccountConnectorUpdate } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { useUpdateConnector } from "./useAccountConnectors";

/** What an installed connector is called. */
export function DetailsCard({ accountId, connector, editable }: { accountId: string; connector: AccountConnector; editable: boolean }) {
  const update = useUpdateConnector(accountId, connector.Id);
  const form = useForm({
    initialValues: valuesOf(connector),
    validate: { name: (name) => (name.trim() === "" ? t("install.nameRequired") : null) },
  });
  return (
    <Section title={t("edit.details")}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          update.mutate(
            // What stays is left out: to make a connector native takes more rights than to name it.
            changesBetween(updateOf(form.getInitialValues()), updateOf(values)),
            {
              onSuccess: (saved) => {
                form.setInitialValues(valuesOf(saved));
                form.setValues(valuesOf(saved));
                toast(t("edit.saved", { name: saved.Name }));
              },
            },
          ),
        )}
      >
        <UnsavedGuard dirty={form.isDirty() && !update.isPending} />
        <Stack maw={520}>
          <TextInput label={t("name")} required disabled={!editable} {...form.getInputProps("name")} />
          <Textarea label={t("description")} autosize minRows={2} disabled={!editable} {...form.getInputProps("description")} />
          <Radio.Group label={t("edit.kind")} {...form.getInputProps("kind")}>
            <Group gap="lg" mt={6} align="flex-start">
              {kinds.map((kind) => (
                <Radio key={kind} value={kind} label={t(`edit.kind.${kind}`)} description={t(`edit.kind.${kind}Hint`)} disabled={!editable} />
              ))}
            </Group>
          </Radio.Group>
          <CopyField label={t("edit.id")} value={String(connector.Id)} />
          <ErrorNotice error={update.error} />
        </Stack>
        {editable && <SaveBar busy={update.isPending} />}
      </form>
    </Section>
  );
}

/** Whose product it is: another company's, or the partner's own. */
const kinds = ["standard", "native"] as const;

interface DetailValues {
  name: string;
  description: string;
  kind: (typeof kinds)[number];
}

function valuesOf(connector: AccountConnector): DetailValues {
  return {
    name: connector.Name,
    description: connector.Description ?? "",
    kind: connector.IsPartnerIntegrationConnector ? "native" : "standard",
  };
}

function updateOf(values: DetailValues): AccountConnectorUpdate {
  const description = values.description.trim();
  return { Name: values.name.trim(), Description: description === "" ? null : description, IsPartnerIntegrationConnector: values.kind === "native" };
}
