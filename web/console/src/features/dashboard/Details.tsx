import "@shared/messages/en/audit";
import "@shared/messages/en/dashboard";
import { Group, Text } from "@mantine/core";
import { usePartner } from "@shared/queries/partner";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { CopyField } from "@shared/ui/CopyField";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { When } from "@shared/ui/When";
import classes from "./Dashboard.module.css";
import { useLatestChanges } from "./useDashboard";

/** What was changed lately. */
export function LatestChanges() {
  const changes = useLatestChanges();
  return (
    <Section
      title={t("dashboard.activity")}
      actions={
        <AnchorLink to="/reports/audit-log" size="sm">
          {t("dashboard.activityAll")}
        </AnchorLink>
      }
    >
      {changes.isPending && <PageSkeleton label={t("audit.what")} rows={4} />}
      {changes.isLoadingError && <PageError what={t("audit.what")} error={changes.error} onRetry={() => void changes.refetch()} />}
      {changes.data?.length === 0 && <Text c="dimmed">{t("dashboard.activityNone")}</Text>}
      <ul className={classes.changes}>
        {changes.data?.map((change) => (
          <li key={change.Id}>
            <div>
              <Text component="span" fw={540}>
                {change.Action}
              </Text>{" "}
              <Text component="span" size="sm" c="dimmed">
                {change.Actor}
              </Text>
            </div>
            <Text component="span" size="sm" c="dimmed">
              <When value={change.TimestampUtc} />
            </Text>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What a product of one's own needs to know. */
export function Connect() {
  const partner = usePartner().data;
  const rights = useRights();
  if (partner === undefined) return null;
  return (
    <Section title={t("dashboard.quick")}>
      <CopyField label={t("dashboard.callback")} description={t("dashboard.callbackHint")} value={partner.CallbackUrl} />
      <Group mt="lg" gap="sm">
        <ButtonLink to="/connectors" variant="light">
          {t("menu.library")}
        </ButtonLink>
        {rights.settings && (
          <ButtonLink to="/settings/oauth-clients" variant="default">
            {t("menu.oauthClients")}
          </ButtonLink>
        )}
      </Group>
    </Section>
  );
}
