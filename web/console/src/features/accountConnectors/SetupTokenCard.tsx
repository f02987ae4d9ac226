import "@shared/messages/en/accountConnectors";
import { Button, Group, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { IconTicket } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { CopyField } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { exactTime } from "@shared/ui/time";
import { useSetupToken } from "./useAccountConnectors";

const day = 24 * 60;
const expiries = [5, 30, 60, 4 * 60, day, 3 * day, 7 * day, 14 * day, 30 * day];

function lengthOf(minutes: number): string {
  if (minutes % day === 0) return t("token.days", { count: minutes / day });
  if (minutes % 60 === 0) return t("token.hours", { count: minutes / 60 });
  return t("token.minutes", { count: minutes });
}

/** Lets somebody else authenticate the connector. */
export function SetupTokenCard({ accountId, accountConnectorId }: { accountId: string; accountConnectorId: number }) {
  const [opened, setOpened] = useState(false);
  return (
    <Section
      title={t("token.title")}
      description={t("token.lead")}
      actions={
        <Button variant="default" leftSection={<IconTicket size={18} />} onClick={() => setOpened(true)}>
          {t("token.generate")}
        </Button>
      }
    >
      <Modal opened={opened} onClose={() => setOpened(false)} title={t("token.generate")} closeButtonProps={{ "aria-label": t("form.close") }}>
        <SetupTokenForm accountId={accountId} accountConnectorId={accountConnectorId} />
      </Modal>
    </Section>
  );
}

function SetupTokenForm({ accountId, accountConnectorId }: { accountId: string; accountConnectorId: number }) {
  const [minutes, setMinutes] = useState(5);
  const token = useSetupToken(accountId, accountConnectorId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        token.mutate(minutes);
      }}
    >
      <Stack>
        <Group align="flex-end">
          <NativeSelect
            label={t("token.expiry")}
            value={String(minutes)}
            onChange={(event) => setMinutes(Number(event.currentTarget.value))}
            data={expiries.map((value) => ({ value: String(value), label: lengthOf(value) }))}
            flex={1}
          />
          <Button type="submit" loading={token.isPending}>
            {t("token.submit")}
          </Button>
        </Group>
        <ErrorNotice error={token.error} />
        <div role="status">
          {token.data !== undefined && (
            <Stack>
              <CopyField label={t("token.token")} value={token.data.Token} />
              <CopyField label={t("token.link")} description={t("token.linkHint")} value={token.data.DirectUrl} />
              <CopyField label={t("token.page")} description={t("token.pageHint")} value={token.data.SetupUrl} />
              <Text size="sm" c="dimmed">
                {t("token.expires", { time: exactTime(token.data.ExpiresAtUtc) })}
              </Text>
            </Stack>
          )}
        </div>
      </Stack>
    </form>
  );
}
