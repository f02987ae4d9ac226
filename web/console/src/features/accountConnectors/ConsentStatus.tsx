import "@shared/messages/en/accountConnectors";
import { Alert, Anchor, Button, Group, Loader, Text } from "@mantine/core";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import type { Consent } from "./useConsent";

/** How far the visit to the provider's page has come. */
export function ConsentStatus({ consent }: { consent: Consent }) {
  return (
    <div aria-live="polite">
      {consent.isWaiting && consent.blockedAddress === undefined && (
        <Group gap="sm">
          <Loader size="sm" />
          <Text size="sm">{t("auth.waiting")}</Text>
          <Button size="compact-sm" variant="default" onClick={consent.stop}>
            {t("auth.cancelWait")}
          </Button>
        </Group>
      )}
      {consent.blockedAddress !== undefined && (
        <Alert color="orange" title={t("auth.blocked")}>
          <Anchor href={consent.blockedAddress} target="_blank">
            {t("auth.blockedLink")}
          </Anchor>
        </Alert>
      )}
      {!consent.isWaiting && consent.outcome === "closed" && (
        <Alert color="orange" title={t("auth.notCompleted")}>
          {t("auth.notCompletedHint")}
        </Alert>
      )}
      {!consent.isWaiting && <ErrorNotice error={consent.error} title={t("auth.notCompleted")} />}
    </div>
  );
}
