import "@shared/messages/en/accounts";
import { NumberInput, Select, Stack, Switch, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { Account } from "@shared/api/types";
import { useAccount } from "@shared/queries/accounts";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { timeZones } from "@shared/ui/time";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { accountToUpdate, accountValues } from "./accountForm";
import { useUpdateAccount } from "./useAccountChanges";
import { useSectionTitle } from "./useSectionTitle";

/** What can be changed about an account. */
export function AccountSettings({ accountId }: { accountId: string }) {
  useSectionTitle(accountId, t("account.settings"));
  const account = useAccount(accountId);
  if (account.isPending) return <PageSkeleton label={t("account.what")} shape="form" />;
  if (account.isLoadingError) return <PageError what={t("account.what")} error={account.error} onRetry={() => void account.refetch()} />;
  return <SettingsForm account={account.data} />;
}

function SettingsForm({ account }: { account: Account }) {
  const rights = useRights();
  const update = useUpdateAccount(account.Id);
  const form = useForm({
    initialValues: accountValues(account),
    validate: {
      name: (name) => (name.trim() === "" ? t("accounts.nameRequired") : null),
      webhookUrl: (url, { webhookEnabled }) => (webhookEnabled && url.trim() === "" ? t("form.webhookUrlRequired") : null),
    },
  });
  const disabled = !rights.manageAccounts;
  const submit = form.onSubmit((values) =>
    update.mutate(changesBetween(accountToUpdate(form.getInitialValues()), accountToUpdate(values)), {
      onSuccess: (saved) => {
        // The server completes what was typed, https:// in front of a URL for one.
        form.setInitialValues(accountValues(saved));
        form.setValues(accountValues(saved));
        toast(t("account.settingsSaved", { name: saved.Name }));
      },
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <UnsavedGuard dirty={form.isDirty() && !update.isPending} />
      <fieldset disabled={disabled} style={{ border: 0, padding: 0, margin: 0 }}>
        <Section title={t("account.details")}>
          <Stack maw={520}>
            <CopyField label={t("accounts.apiId")} value={account.Id} />
            <TextInput label={t("name")} required {...form.getInputProps("name")} />
            <Textarea label={t("description")} autosize minRows={2} {...form.getInputProps("description")} />
            <Select label={t("accounts.timezone")} data={timeZones()} searchable allowDeselect={false} disabled={disabled} {...form.getInputProps("timezone")} />
            <NumberInput label={t("accounts.limit")} description={t("accounts.limitHint")} min={1} allowDecimal={false} {...form.getInputProps("limit")} />
          </Stack>
        </Section>
        <Section title={t("account.retention")} description={t("account.retentionHint")}>
          <Stack maw={520}>
            <NumberInput label={t("account.successRetention")} min={0} max={744} allowDecimal={false} {...form.getInputProps("successRetention")} />
            <NumberInput label={t("account.erroredRetention")} min={0} max={744} allowDecimal={false} {...form.getInputProps("erroredRetention")} />
          </Stack>
        </Section>
        <Section title={t("account.errorWebhook")}>
          <Stack maw={520}>
            <Switch label={t("account.errorWebhookEnabled")} {...form.getInputProps("webhookEnabled", { type: "checkbox" })} />
            <TextInput
              label={t("account.errorWebhookUrl")}
              required={form.values.webhookEnabled}
              disabled={!form.values.webhookEnabled}
              {...form.getInputProps("webhookUrl")}
            />
            <Switch
              label={t("account.errorWebhookWarnings")}
              disabled={!form.values.webhookEnabled}
              {...form.getInputProps("webhookWarnings", { type: "checkbox" })}
            />
          </Stack>
        </Section>
      </fieldset>
      <ErrorNotice error={update.error} />
      {!disabled && <SaveBar busy={update.isPending} problems={Object.keys(form.errors).length} />}
      <AnchorLink to="/reports/audit-log" search={{ account: account.Id }} size="sm" mt="xl" display="inline-block">
        {t("account.audit")}
      </AnchorLink>
    </form>
  );
}
