import { Text } from "@mantine/core";
import type { CustomConnectorSummary } from "@shared/api/types";
import { useCustomChanges, useCustomReleases } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { toast } from "@shared/ui/toast";

interface DeleteDialogProps {
  owner: string;
  /** What is to go; nothing while the dialog is closed. */
  connector: CustomConnectorSummary | undefined;
  onClose: () => void;
}

/** Asks before a custom connector goes with all its releases, and tells which of them are in use. */
export function DeleteDialog({ owner, connector, onClose }: DeleteDialogProps) {
  const { remove } = useCustomChanges(owner);
  const releases = useCustomReleases(connector === undefined ? undefined : owner, connector?.Id ?? 0);
  const used = (releases.data ?? []).filter((release) => release.InstalledCount > 0);
  return (
    <ConfirmDialog
      opened={connector !== undefined}
      onClose={() => {
        remove.reset();
        onClose();
      }}
      title={t("cc.deleteTitle", { name: connector?.Name ?? "" })}
      text={used.length === 0 ? t("cc.deleteText") : t("cc.deleteUsed")}
      action={t("cc.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (connector === undefined) return;
        remove.mutate(connector.Id, {
          onSuccess: () => {
            toast(t("cc.deleted", { name: connector.Name }));
            onClose();
          },
        });
      }}
    >
      {used.map((release) => (
        <Text key={release.Number} size="sm">
          {t("cc.usedBy", { number: String(release.Number), state: t(`cc.state.${release.ReleaseStatus}`), count: release.InstalledCount })}
        </Text>
      ))}
    </ConfirmDialog>
  );
}
