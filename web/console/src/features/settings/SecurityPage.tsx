import "@shared/messages/en/settings";
import { NumberInput, Stack, Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { SecuritySettings } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { useSaveSecuritySettings, useSecuritySettings } from "./useSettings";

/** **Security**: rules of signing in and of the API. */
export function SecurityPage() {
  const settings = useSecuritySettings();
  return (
    <>
      <PageHeader title={t("security.title")} />
      {settings.isPending && <PageSkeleton label={t("security.what")} shape="form" />}
      {settings.isLoadingError && <PageError what={t("security.what")} error={settings.error} onRetry={() => void settings.refetch()} />}
      {settings.data !== undefined && <SecurityForm settings={settings.data} />}
    </>
  );
}

/** The least that is accepted for each number. */
const least = { MinimumPasswordLength: 10, SessionLifetimeMinutes: 5, AccessTokenLifetimeSeconds: 60 } as const;

function valuesOf(settings: SecuritySettings) {
  return {
    RequireMfa: settings.RequireMfa ?? false,
    MinimumPasswordLength: settings.MinimumPasswordLength ?? least.MinimumPasswordLength,
    SessionLifetimeMinutes: settings.SessionLifetimeMinutes ?? 60,
    PasswordGrantEnabled: settings.PasswordGrantEnabled ?? false,
    ProxyEnabled: settings.ProxyEnabled ?? false,
    MaskAuthValues: settings.MaskAuthValues ?? false,
    AccessTokenLifetimeSeconds: settings.AccessTokenLifetimeSeconds ?? 1_209_600,
  };
}

function SecurityForm({ settings }: { settings: SecuritySettings }) {
  const save = useSaveSecuritySettings();
  const atLeast = (min: number) => (value: number | string) => (typeof value === "number" && value >= min ? null : t("security.atLeast", { min }));
  const form = useForm({
    initialValues: valuesOf(settings),
    validate: {
      MinimumPasswordLength: atLeast(least.MinimumPasswordLength),
      SessionLifetimeMinutes: atLeast(least.SessionLifetimeMinutes),
      AccessTokenLifetimeSeconds: atLeast(least.AccessTokenLifetimeSeconds),
    },
  });
  const number = (name: keyof typeof least) => (
    <NumberInput label={t(`security.${name}`)} min={least[name]} allowDecimal={false} {...form.getInputProps(name)} />
  );
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        save.mutate(changesBetween(form.getInitialValues(), values), {
          onSuccess: (saved) => {
            form.setInitialValues(valuesOf(saved));
            form.setValues(valuesOf(saved));
            toast(t("form.savedWhat", { what: t("security.title") }));
          },
        }),
      )}
    >
      <UnsavedGuard dirty={form.isDirty() && !save.isPending} />
      <Section title={t("security.signIn")}>
        <Stack maw={520}>
          <Switch label={t("security.RequireMfa")} description={t("security.RequireMfaHint")} {...form.getInputProps("RequireMfa", { type: "checkbox" })} />
          {number("MinimumPasswordLength")}
          {number("SessionLifetimeMinutes")}
        </Stack>
      </Section>
      <Section title={t("security.api")}>
        <Stack maw={520}>
          <Switch label={t("security.ProxyEnabled")} {...form.getInputProps("ProxyEnabled", { type: "checkbox" })} />
          <Switch label={t("security.MaskAuthValues")} description={t("security.MaskAuthValuesHint")} {...form.getInputProps("MaskAuthValues", { type: "checkbox" })} />
          <Switch label={t("security.PasswordGrantEnabled")} {...form.getInputProps("PasswordGrantEnabled", { type: "checkbox" })} />
          {number("AccessTokenLifetimeSeconds")}
        </Stack>
      </Section>
      <ErrorNotice error={save.error} />
      <SaveBar busy={save.isPending} problems={Object.keys(form.errors).length} />
    </form>
  );
}
