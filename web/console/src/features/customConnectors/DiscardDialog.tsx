import { useCustomChanges } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { toast } from "@shared/ui/toast";

interface DiscardDialogProps {
  owner: string;
  connectorId: number;
  name: string;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a draft is dropped. */
export function DiscardDialog({ owner, connectorId, name, opened, onClose }: DiscardDialogProps) {
  const { discardDraft } = useCustomChanges(owner);
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t("cc.discardTitle", { name })}
      text={t("cc.discardText")}
      action={t("cc.discard")}
      busy={discardDraft.isPending}
      error={discardDraft.error}
      onConfirm={() =>
        discardDraft.mutate(connectorId, {
          onSuccess: () => {
            toast(t("cc.discarded", { name }));
            onClose();
          },
        })
      }
    />
  );
}
