import "@shared/messages/en/cycles";
import { Badge } from "@mantine/core";
import { IconClockPause, IconPlayerPause, IconPlayerPlay, IconPlayerStop, IconTrash } from "@tabler/icons-react";
import type { CycleStatus } from "@shared/api/types";
import { t } from "@shared/messages/t";

const looks: Record<CycleStatus, { color: string; icon: typeof IconPlayerPlay }> = {
  Active: { color: "teal", icon: IconPlayerPlay },
  Paused: { color: "gray", icon: IconPlayerPause },
  Stopping: { color: "orange", icon: IconClockPause },
  Stopped: { color: "gray", icon: IconPlayerStop },
  DeleteScheduled: { color: "red", icon: IconTrash },
};

/** Whether a cycle runs, by word, picture and colour. */
export function CycleStatusBadge({ status }: { status: CycleStatus }) {
  const { color, icon: Icon } = looks[status];
  return (
    <Badge variant="light" color={color} leftSection={<Icon size={13} aria-hidden="true" />}>
      {t(`cycle.status.${status}`)}
    </Badge>
  );
}
