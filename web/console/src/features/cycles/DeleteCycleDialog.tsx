import "@shared/messages/en/cycles";
import type { Cycle } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useCycleChanges } from "@shared/queries/cycles";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { toast } from "@shared/ui/toast";

interface DeleteCycleDialogProps {
  accountId: string;
  /** What is to go; nothing while the dialog is closed. */
  cycle: Cycle | undefined;
  onClose: () => void;
}

/** Asks before a cycle goes; its name must be typed while work is in hand. */
export function DeleteCycleDialog({ accountId, cycle, onClose }: DeleteCycleDialogProps) {
  const { remove } = useCycleChanges(accountId);
  const inHand = cycle?.InProgressTransactionCount ?? 0;
  return (
    <ConfirmDialog
      opened={cycle !== undefined}
      onClose={onClose}
      title={t("cycle.deleteTitle", { name: cycle?.Name ?? "" })}
      text={inHand > 0 ? t("cycle.deleteRunning", { count: inHand }) : t("cycle.deleteText")}
      action={t("cycle.delete")}
      busy={remove.isPending}
      error={remove.error}
      {...(inHand > 0 && cycle !== undefined ? { typedName: cycle.Name } : {})}
      onConfirm={() => {
        if (cycle === undefined) return;
        remove.mutate(cycle.Id, {
          onSuccess: () => {
            toast(t("cycle.deleted", { name: cycle.Name }));
            onClose();
          },
        });
      }}
    />
  );
}
