import "@shared/messages/en/reports";
import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { useBeginAgain, type Origin } from "./useReports";

interface ReplayDialogProps {
  accountId: string;
  cycleId: string;
  /** What it begins from; nothing while the dialog is closed. */
  origin: Origin | undefined;
  title: string;
  /** What happens. */
  text: string;
  /** The word on the button. */
  action: string;
  onClose: () => void;
}

/** Begins a new transaction after asking, and leads to it. */
export function ReplayDialog({ title, onClose, origin, ...rest }: ReplayDialogProps) {
  return (
    <Modal opened={origin !== undefined} onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("form.close") }}>
      {origin !== undefined && <Replay origin={origin} onClose={onClose} {...rest} />}
    </Modal>
  );
}

function Replay({ accountId, cycleId, origin, text, action, onClose }: Omit<ReplayDialogProps, "title"> & { origin: Origin }) {
  const replay = useBeginAgain(accountId, cycleId);
  if (replay.data !== undefined) {
    return (
      <Stack>
        <Alert role="status" color="teal" variant="light" icon={<IconCheck />} title={t("transaction.rerunDone")}>
          <AnchorLink
            to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId"
            params={{ accountId, cycleId, transactionId: replay.data.Id }}
            size="sm"
            c="inherit"
            underline="always"
            onClick={onClose}
          >
            {t("transaction.openNew")}
          </AnchorLink>
        </Alert>
        <Group justify="flex-end">
          <Button onClick={onClose}>{t("form.close")}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        replay.mutate(origin);
      }}
    >
      <Stack>
        <Text>{text}</Text>
        <ErrorNotice error={replay.error} title={t("requests.notReplayed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={replay.isPending}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
