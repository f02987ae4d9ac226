import "@shared/messages/en/templates";
import { Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import type { Template, UpgradeResult } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { useReleaseChanges } from "./useTemplates";

interface UpgradeDialogProps {
  template: Template;
  opened: boolean;
  onClose: () => void;
}

/** **Upgrade Installed Integrations**: says what is kept, then what became of each. */
export function UpgradeDialog({ template, opened, onClose }: UpgradeDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("upgrade.title", { name: template.Name })} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      {opened && <UpgradeForm template={template} onClose={onClose} />}
    </Modal>
  );
}

function UpgradeForm({ template, onClose }: { template: Template; onClose: () => void }) {
  const { upgrade } = useReleaseChanges(template.Id);
  if (upgrade.data !== undefined) return <Outcome results={upgrade.data} onClose={onClose} />;
  return (
    <Stack>
      <Text>{t("upgrade.text")}</Text>
      <Text size="sm" c="dimmed">
        {t("upgrade.kept")}
      </Text>
      <ErrorNotice error={upgrade.error} title={t("upgrade.failed")} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t("form.cancel")}
        </Button>
        <Button loading={upgrade.isPending} onClick={() => upgrade.mutate()}>
          {t("upgrade.go")}
        </Button>
      </Group>
    </Stack>
  );
}

function Outcome({ results, onClose }: { results: readonly UpgradeResult[]; onClose: () => void }) {
  const done = results.filter((result) => result.Upgraded);
  const unfinished = results.filter((result) => !result.Upgraded || (result.Prerequisites ?? []).length > 0);
  return (
    <Stack>
      <Text role="status">{t("upgrade.done", { count: done.length })}</Text>
      {unfinished.length > 0 && (
        <List size="sm" spacing={4}>
          {unfinished.map((result) => (
            <List.Item key={result.CycleId}>
              <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId: result.AccountId, cycleId: result.CycleId }} size="sm">
                {t("upgrade.cycleOf", { account: result.AccountId })}
              </AnchorLink>{" "}
              {result.Message ?? t("upgrade.setUp", { count: (result.Prerequisites ?? []).length })}
            </List.Item>
          ))}
        </List>
      )}
      <Group justify="flex-end">
        <Button onClick={onClose}>{t("form.close")}</Button>
      </Group>
    </Stack>
  );
}
