import "@shared/messages/en/settings";
import { Button, Group, NativeSelect, NumberInput, Stack, Switch, Text, TextInput, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { GeneralSettings } from "@shared/api/types";
import { t, type MessageKey } from "@shared/messages/t";
import { CopyField } from "@shared/ui/CopyField";
import { useGeneralSettings } from "@shared/queries/settings";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { ImageInput } from "@shared/ui/ImageInput";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { generalChanges, generalValues, type GeneralValues } from "./generalForm";
import { useSaveGeneralSettings, useTestErrorWebhook } from "./useSettings";

/** **General Settings**. */
export function GeneralPage() {
  const settings = useGeneralSettings();
  return (
    <>
      <PageHeader title={t("general.title")} />
      {settings.isPending && <PageSkeleton label={t("general.what")} shape="form" rows={8} />}
      {settings.isLoadingError && <PageError what={t("general.what")} error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data !== undefined && <GeneralForm settings={settings.data} />}
    </>
  );
}

const features = [
  "ShowBetaConnectors",
  "CustomConnectorsEnabled",
  "CycleSharingEnabled",
  "UserLoginPageEnabled",
  "CycleFormViewEnabled",
  "InlineOAuthEnabled",
] as const;

const images = ["ApplicationIcon", "SignInLogo", "FavIcon"] as const;

function GeneralForm({ settings }: { settings: GeneralSettings }) {
  const save = useSaveGeneralSettings();
  const form = useForm<GeneralValues>({
    initialValues: generalValues(settings),
    validate: {
      ApplicationDisplayName: (name) => (name.trim() === "" ? t("general.nameRequired") : null),
      NotificationWebhookUrl: (url, values) => webhookProblem(url, values.NotificationWebhookEnabled),
      TransactionErrorWebhookUrl: (url, values) => webhookProblem(url, values.TransactionErrorWebhookEnabled),
      HelpLinkUrl: (url, values) => (values.HelpLinkType === "Custom" && url.trim() === "" ? t("general.helpUrlRequired") : null),
    },
  });
  const submit = form.onSubmit((values) =>
    save.mutate(generalChanges(form.getInitialValues(), values), {
      onSuccess: (saved) => {
        const stored = generalValues(saved);
        form.setInitialValues(stored);
        form.setValues(stored);
        toast(t("form.savedWhat", { what: t("general.title") }));
      },
    }),
  );
  const toggle = (name: keyof GeneralValues & MessageKeyOf) => (
    <Switch key={name} label={t(`general.${name}`)} {...form.getInputProps(name, { type: "checkbox" })} />
  );
  const { values } = form;

  return (
    <form onSubmit={submit} noValidate>
      <UnsavedGuard dirty={form.isDirty() && !save.isPending} />
      <Section title={t("general.brand")} description={t("general.brandHint")}>
        <Stack maw={560}>
          <TextInput label={t("general.ApplicationDisplayName")} required {...form.getInputProps("ApplicationDisplayName")} />
          {images.map((name) => (
            <ImageInput
              key={name}
              label={t(`general.${name}`)}
              description={t(`general.${name}Hint`)}
              value={values[name]}
              onChange={(value) => form.setFieldValue(name, value)}
            />
          ))}
          <TextInput label={t("general.ApplicationUserAgent")} description={t("general.ApplicationUserAgentHint")} {...form.getInputProps("ApplicationUserAgent")} />
          <CopyField label={t("general.ServiceDomain")} description={t("general.ServiceDomainHint")} value={settings.ServiceDomain ?? ""} />
        </Stack>
      </Section>
      <Section title={t("general.features")}>
        <Stack maw={560}>{features.map(toggle)}</Stack>
      </Section>
      <Section title={t("general.wording")}>
        <Group maw={560} grow>
          <TextInput label={t("general.CycleNoun")} {...form.getInputProps("CycleNoun")} />
          <TextInput label={t("general.CycleCreateVerb")} {...form.getInputProps("CycleCreateVerb")} />
        </Group>
      </Section>
      <Section title={t("general.webhooks")}>
        <Stack maw={560}>
          {toggle("NotificationWebhookEnabled")}
          <TextInput
            label={t("general.NotificationWebhookUrl")}
            required={values.NotificationWebhookEnabled}
            type="url"
            {...form.getInputProps("NotificationWebhookUrl")}
          />
          {toggle("TransactionErrorWebhookEnabled")}
          <TextInput
            label={t("general.TransactionErrorWebhookUrl")}
            required={values.TransactionErrorWebhookEnabled}
            type="url"
            {...form.getInputProps("TransactionErrorWebhookUrl")}
          />
          {toggle("TransactionErrorWebhookIncludeWarnings")}
          <ErrorWebhookTest url={settings.TransactionErrorWebhookUrl ?? ""} changed={form.isDirty("TransactionErrorWebhookUrl")} />
        </Stack>
      </Section>
      <Section title={t("general.embedding")}>
        <Stack maw={560}>
          {toggle("IframeEmbeddingEnabled")}
          <Textarea
            label={t("general.HostSourceWhitelist")}
            description={t("general.HostSourceWhitelistHint")}
            autosize
            minRows={3}
            spellCheck={false}
            {...form.getInputProps("HostSourceWhitelist")}
          />
        </Stack>
      </Section>
      <Section title={t("general.help")}>
        <Stack maw={560}>
          <NativeSelect
            label={t("general.HelpLinkType")}
            data={(["Show", "Hide", "Custom"] as const).map((value) => ({ value, label: t(`general.HelpLinkType.${value}`) }))}
            {...form.getInputProps("HelpLinkType")}
          />
          {values.HelpLinkType === "Custom" && <TextInput label={t("general.HelpLinkUrl")} type="url" required {...form.getInputProps("HelpLinkUrl")} />}
        </Stack>
      </Section>
      <Section title={t("general.limits")}>
        <NumberInput
          maw={560}
          label={t("general.AccountConcurrentTransactionLimit")}
          min={1}
          allowDecimal={false}
          {...form.getInputProps("AccountConcurrentTransactionLimit")}
        />
      </Section>
      <ErrorNotice error={save.error} />
      <SaveBar busy={save.isPending} problems={Object.keys(form.errors).length} />
    </form>
  );
}

/** **Send test**: to the address that is stored, so one that was typed is saved first. */
function ErrorWebhookTest({ url, changed }: { url: string; changed: boolean }) {
  const test = useTestErrorWebhook();
  if (url === "") return null;
  const { data } = test;
  return (
    <Stack gap="xs">
      <Group>
        <Button variant="default" loading={test.isPending} disabled={changed} onClick={() => test.mutate()}>
          {t("general.sendTest")}
        </Button>
        <Text size="sm" role="status">
          {data !== undefined && !changed && (data.Delivered ? t("general.testArrived", { status: data.StatusCode ?? "", ms: data.DurationMs }) : t("general.testFailed", { why: data.Error ?? "" }))}
          {changed && t("general.testAfterSave")}
        </Text>
      </Group>
      <ErrorNotice error={test.error} />
    </Stack>
  );
}

/** Names of settings that the catalogue has a label for. */
type MessageKeyOf = Extract<MessageKey, `general.${string}`> extends `general.${infer Name}` ? Name : never;

function webhookProblem(url: string, enabled: boolean): string | null {
  return enabled && url.trim() === "" ? t("form.webhookUrlRequired") : null;
}
