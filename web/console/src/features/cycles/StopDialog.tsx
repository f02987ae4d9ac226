import "@shared/messages/en/cycles";
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Cycle } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useCycleChanges } from "@shared/queries/cycles";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";

interface StopDialogProps {
  accountId: string;
  /** What is to stop; nothing while the dialog is closed. */
  cycle: Cycle | undefined;
  onClose: () => void;
}

/** **Stop** or **Finish and Stop**, with what becomes of the work in hand. */
export function StopDialog({ accountId, cycle, onClose }: StopDialogProps) {
  return (
    <Modal opened={cycle !== undefined} onClose={onClose} title={t("stop.title", { name: cycle?.Name ?? "" })} closeButtonProps={{ "aria-label": t("form.close") }}>
      {cycle !== undefined && <StopForm accountId={accountId} cycle={cycle} onClose={onClose} />}
    </Modal>
  );
}

function StopForm({ accountId, cycle, onClose }: { accountId: string; cycle: Cycle; onClose: () => void }) {
  const { deactivate } = useCycleChanges(accountId);
  const stop = (finish: boolean) =>
    deactivate.mutate(
      { cycleId: cycle.Id, finish },
      {
        onSuccess: () => {
          toast(t(finish ? "stop.finishing" : "stop.done", { name: cycle.Name }));
          onClose();
        },
      },
    );
  const busyWith = deactivate.isPending ? deactivate.variables.finish : undefined;
  return (
    <Stack>
      <Text>{t("stop.inProgress", { count: cycle.InProgressTransactionCount ?? 0 })}</Text>
      <Text size="sm">{t("stop.stopText")}</Text>
      <Text size="sm">{t("stop.finishText")}</Text>
      <ErrorNotice error={deactivate.error} title={t("stop.failed")} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("form.cancel")}
        </Button>
        <Button color="red" loading={busyWith === false} disabled={busyWith === true} onClick={() => stop(false)}>
          {t("stop.action")}
        </Button>
        <Button loading={busyWith === true} disabled={busyWith === false || cycle.Status === "Stopping"} onClick={() => stop(true)}>
          {t("stop.finish")}
        </Button>
      </Group>
    </Stack>
  );
}
