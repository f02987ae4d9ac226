import "@shared/messages/en/settings";
import { Button, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField } from "@shared/ui/CopyField";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { usePasswordGrantClient, useRefreshPasswordGrantClient } from "./useCredentials";

/** The deprecated grant that older clients still use. */
export function PasswordGrant() {
  const client = usePasswordGrantClient();
  const refresh = useRefreshPasswordGrantClient();
  const [asking, setAsking] = useState(false);
  return (
    <Section title={t("oauth.password")} description={t("oauth.passwordNote")}>
      {client.isPending && <PageSkeleton label={t("oauth.passwordWhat")} shape="form" rows={1} />}
      {client.isLoadingError && <PageError what={t("oauth.passwordWhat")} error={client.error} onRetry={() => void client.refetch()} />}
      {client.data !== undefined && (
        <Stack maw={560}>
          <CopyField label={t("oauth.passwordId")} value={client.data.ClientId} />
          {!client.data.Enabled && (
            <Text size="sm" c="dimmed">
              {t("oauth.passwordOff")}
            </Text>
          )}
          <div>
            <Button variant="default" onClick={() => setAsking(true)}>
              {t("oauth.refresh")}
            </Button>
          </div>
        </Stack>
      )}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={t("oauth.refreshTitle")}
        text={t("oauth.refreshText")}
        action={t("oauth.refresh")}
        busy={refresh.isPending}
        error={refresh.error}
        onConfirm={() =>
          refresh.mutate(undefined, {
            onSuccess: () => {
              toast(t("oauth.refreshed"));
              setAsking(false);
            },
          })
        }
      />
    </Section>
  );
}
