import "@shared/messages/en/settings";
import { Stack, Switch, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import type { PartnerDetails, PartnerUpdate } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { usePartner } from "@shared/queries/partner";
import { formatNumber, t } from "@shared/messages/t";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import classes from "./Facts.module.css";
import { useUpdatePartner } from "./useSettings";

/** **Account Information**: the partner's contact and plan. */
export function AccountInformationPage() {
  const partner = usePartner();
  return (
    <>
      <PageHeader title={t("info.title")} />
      {partner.isPending && <PageSkeleton label={t("info.what")} shape="form" />}
      {partner.isLoadingError && <PageError what={t("info.what")} error={partner.error} onRetry={() => void partner.refetch()} />}
      {partner.data !== undefined && (
        <>
          <ContactForm partner={partner.data} />
          <Section title={t("info.plan")}>
            <Plan partner={partner.data} />
          </Section>
          <Section title={t("info.addresses")}>
            <Stack maw={560}>
              <CopyField label={t("info.publicUrl")} value={partner.data.PublicUrl} />
              <CopyField label={t("info.callbackUrl")} value={partner.data.CallbackUrl} />
              <CopyField label={t("info.partnerId")} value={partner.data.Id} />
            </Stack>
          </Section>
        </>
      )}
    </>
  );
}

function valuesOf(partner: PartnerDetails) {
  return {
    Name: partner.Name,
    ContactName: partner.ContactName ?? "",
    ContactEmail: partner.ContactEmail ?? "",
    ShareDetailsWithGroup: partner.ShareDetailsWithGroup ?? false,
  };
}

function updateOf(values: ReturnType<typeof valuesOf>): PartnerUpdate {
  return {
    Name: values.Name.trim(),
    ContactName: values.ContactName.trim() || null,
    ContactEmail: values.ContactEmail.trim() || null,
    ShareDetailsWithGroup: values.ShareDetailsWithGroup,
  };
}

function ContactForm({ partner }: { partner: PartnerDetails }) {
  const update = useUpdatePartner();
  const form = useForm({
    initialValues: valuesOf(partner),
    validate: { Name: (name) => (name.trim() === "" ? t("info.nameRequired") : null) },
  });
  return (
    <form
      noValidate
      onSubmit={form.onSubmit((values) =>
        update.mutate(
          changesBetween(updateOf(form.getInitialValues()), updateOf(values)),
          {
            onSuccess: (saved) => {
              form.setInitialValues(valuesOf(saved));
              form.setValues(valuesOf(saved));
              toast(t("form.savedWhat", { what: t("info.title") }));
            },
          },
        ),
      )}
    >
      <UnsavedGuard dirty={form.isDirty() && !update.isPending} />
      <Section title={t("info.contact")}>
        <Stack maw={520}>
          <TextInput label={t("info.name")} required autoComplete="organization" {...form.getInputProps("Name")} />
          <TextInput label={t("info.contactName")} autoComplete="name" {...form.getInputProps("ContactName")} />
          <TextInput label={t("info.contactEmail")} type="email" autoComplete="email" {...form.getInputProps("ContactEmail")} />
          <Switch label={t("info.share")} {...form.getInputProps("ShareDetailsWithGroup", { type: "checkbox" })} />
          <ErrorNotice error={update.error} />
        </Stack>
        <SaveBar busy={update.isPending} label={t("info.save")} />
      </Section>
    </form>
  );
}

function Plan({ partner }: { partner: PartnerDetails }) {
  const used = partner.TasksUsed ?? 0;
  const facts: [string, string][] = [
    [t("info.planName"), partner.PlanName ?? t("info.selfHosted")],
    [t("info.includedTasks"), numberOrUnlimited(partner.IncludedTasks)],
    [
      t("info.tasksUsed"),
      partner.IncludedTasks ? t("info.tasksUsedOf", { used, percent: Math.round((used / partner.IncludedTasks) * 100) }) : formatNumber(used),
    ],
    [t("info.includedConnectors"), numberOrUnlimited(partner.IncludedConnectors)],
    [t("info.connectorsInUse"), formatNumber(partner.ConnectorsInUse ?? 0)],
    [t("info.customConnectors"), partner.CustomConnectorsEnabled === true ? t("yes") : t("no")],
    [t("info.marketplace"), partner.MarketplaceEnabled === true ? t("yes") : t("no")],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function numberOrUnlimited(value: number | null | undefined): string {
  return value == null ? t("info.unlimited") : formatNumber(value);
}
