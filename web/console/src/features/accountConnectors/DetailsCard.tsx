import "@shared/messages/en/accountConnectors";
import { Stack, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { AccountConnector } from "@shared/api/types";
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
    initialValues: { name: connector.Name, description: connector.Description ?? "" },
    validate: { name: (name) => (name.trim() === "" ? t("install.nameRequired") : null) },
  });
  return (
    <Section title={t("edit.details")}>
      <form
        noValidate
        onSubmit={form.onSubmit((values) =>
          update.mutate(
            { Name: values.name.trim(), Description: values.description.trim() === "" ? null : values.description.trim() },
            {
              onSuccess: (saved) => {
                form.resetDirty();
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
          <CopyField label={t("edit.id")} value={String(connector.Id)} />
          <ErrorNotice error={update.error} />
        </Stack>
        {editable && <SaveBar busy={update.isPending} />}
      </form>
    </Section>
  );
}
