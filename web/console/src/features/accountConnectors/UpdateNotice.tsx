import "@shared/messages/en/accountConnectors";
import { Alert, Button, Group, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { IconArrowUpCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { AccountConnector } from "@shared/api/types";
import { Changes } from "@shared/connector/Changes";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import { useReleaseUpdate, useUpdateRelease } from "./useAccountConnectors";

interface UpdateNoticeProps {
  accountId: string;
  connector: AccountConnector;
  editable: boolean;
}

/** **Update available**: the connector has a newer release than the one in use. */
export function UpdateNotice({ accountId, connector, editable }: UpdateNoticeProps) {
  const [opened, setOpened] = useState(false);
  if (connector.UpdateAvailable !== true) return null;
  return (
    <>
      <Alert color="blue" mb="lg" icon={<IconArrowUpCircle size={18} />} title={t("ac.update")}>
        <Group justify="space-between">
          <Text size="sm">{t("ac.updateHint")}</Text>
          <Button variant="default" size="compact-md" onClick={() => setOpened(true)}>
            {t("ac.updateShow")}
          </Button>
        </Group>
      </Alert>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t("ac.updateTitle", { name: connector.Name })}
        size="lg"
        closeButtonProps={{ "aria-label": t("form.close") }}
      >
        <UpdateForm accountId={accountId} connector={connector} editable={editable} onClose={() => setOpened(false)} />
      </Modal>
    </>
  );
}

function UpdateForm({ accountId, connector, editable, onClose }: UpdateNoticeProps & { onClose: () => void }) {
  const what = useReleaseUpdate(accountId, connector.Id);
  const update = useUpdateRelease(accountId, connector.Id);
  const [way, setWay] = useState<string>();
  if (what.isPending) return <PageSkeleton label={t("ac.updateWhat")} shape="text" rows={4} />;
  if (what.isError) return <PageError what={t("ac.updateWhat")} error={what.error} onRetry={() => void what.refetch()} />;
  const { Changes: changes, IsCompatible: compatible, KeepsAuthentication: keeps, Authentication: ways, Notes: notes } = what.data;
  const usual = ways.find((candidate) => candidate.IsDefault === true) ?? ways[0];
  const chosen = keeps ? undefined : (way ?? usual?.Id);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate(chosen === undefined ? {} : { AuthenticationId: chosen }, {
          onSuccess: () => {
            toast(t("ac.updated", { name: connector.Name }));
            onClose();
          },
        });
      }}
    >
      <Stack>
        {notes != null && notes !== "" && <Text>{notes}</Text>}
        {!compatible && <Alert color="orange">{t("ac.updateIncompatible")}</Alert>}
        {changes.length === 0 ? <Text c="dimmed">{t("ac.updateSame")}</Text> : <Changes label={t("ac.updateWhat")} changes={changes} />}
        {!keeps && (
          <NativeSelect
            label={t("ac.updateWay")}
            description={t("ac.updateWayHint")}
            value={chosen ?? ""}
            onChange={(event) => setWay(event.currentTarget.value)}
            data={ways.map((candidate) => ({ value: candidate.Id, label: candidate.AuthName }))}
          />
        )}
        <ErrorNotice error={update.error} title={t("ac.updateFailed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          {editable && (
            <Button type="submit" loading={update.isPending}>
              {t("ac.updateNow")}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
