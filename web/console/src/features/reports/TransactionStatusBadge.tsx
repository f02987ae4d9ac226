import "@shared/messages/en/reports";
import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClock,
  IconHourglass,
  IconPlayerPause,
  IconPlayerPlay,
  IconPlayerStop,
  type Icon,
} from "@tabler/icons-react";
import type { Transaction, TransactionStatus } from "@shared/api/types";
import { t } from "@shared/messages/t";

const looks: Record<TransactionStatus, { color: string; icon: Icon }> = {
  Queued: { color: "blue", icon: IconClock },
  Running: { color: "blue", icon: IconPlayerPlay },
  Waiting: { color: "orange", icon: IconHourglass },
  Paused: { color: "gray", icon: IconPlayerPause },
  Completed: { color: "teal", icon: IconCheck },
  Errored: { color: "red", icon: IconAlertTriangle },
  Stopped: { color: "gray", icon: IconPlayerStop },
  Cancelled: { color: "gray", icon: IconBan },
};

interface TransactionStatusBadgeProps {
  status: TransactionStatus;
  waitReason?: Transaction["WaitReason"];
}

/** The state of a transaction or of a step in it, by word, picture and colour. */
export function TransactionStatusBadge({ status, waitReason }: TransactionStatusBadgeProps) {
  const { color, icon: Mark } = looks[status];
  return (
    <Badge variant="light" color={color} leftSection={<Mark size={13} aria-hidden="true" />}>
      {waitReason != null ? t(`transaction.waits.${waitReason}`) : t(`transaction.status.${status}`)}
    </Badge>
  );
}
