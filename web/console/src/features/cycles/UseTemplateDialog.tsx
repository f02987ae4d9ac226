import "@shared/messages/en/cycles";
import { Button, Fieldset, Group, Modal, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { AccountConnector, Template, TemplateConnector } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccountConnectors } from "@shared/queries/accountConnectors";
import { useInstallTemplate } from "@shared/queries/templates";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";

interface UseTemplateDialogProps {
  accountId: string;
  /** What is installed; nothing while the dialog is closed. */
  template: Template | undefined;
  onClose: () => void;
  onInstalled: (cycleId: string) => void;
}

/** **Use Template**: choose the connectors, then a cycle is made of it. */
export function UseTemplateDialog({ accountId, template, onClose, onInstalled }: UseTemplateDialogProps) {
  return (
    <Modal
      opened={template !== undefined}
      onClose={onClose}
      title={t("useTemplate.title", { name: template?.Name ?? "" })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {template !== undefined && <UseForm key={template.Id} accountId={accountId} template={template} onClose={onClose} onInstalled={onInstalled} />}
    </Modal>
  );
}

function UseForm({ accountId, template, onClose, onInstalled }: UseTemplateDialogProps & { template: Template }) {
  const installed = useAccountConnectors(accountId);
  const install = useInstallTemplate(accountId);
  const [name, setName] = useState(template.Name);
  const [chosen, setChosen] = useState<Readonly<Record<number, string>>>({});
  const [asked, setAsked] = useState(false);
  if (installed.isPending) return <PageSkeleton label={t("useTemplate.connectors")} shape="form" rows={3} />;
  if (installed.isLoadingError) return <PageError what={t("useTemplate.connectors")} error={installed.error} onRetry={() => void installed.refetch()} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (name.trim() === "") return;
        const AccountConnectors = Object.fromEntries(Object.entries(chosen).flatMap(([id, choice]) => (choice === "" ? [] : [[id, Number(choice)]])));
        install.mutate(
          { template, body: { Name: name.trim(), AccountConnectors: AccountConnectors as Record<string, never> } },
          {
            onSuccess: (cycle) => {
              toast(t("useTemplate.done", { name: cycle.Name }));
              onInstalled(cycle.Id);
            },
          },
        );
      }}
    >
      <Stack>
        {template.Note != null && template.Note !== "" && <Text>{template.Note}</Text>}
        <TextInput
          label={t("useTemplate.cycleName")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={asked && name.trim() === "" ? t("cycle.nameRequired") : undefined}
          maxLength={200}
          data-autofocus
        />
        {template.Connectors.length > 0 && (
          <Fieldset legend={t("useTemplate.connectors")}>
            <Stack gap="sm">
              <Text size="sm" c="dimmed">
                {t("useTemplate.connectorsHint")}
              </Text>
              {template.Connectors.map((connector) => (
                <NativeSelect
                  key={connector.Id}
                  label={connector.Name}
                  value={chosen[connector.Id] ?? ""}
                  onChange={(event) => setChosen({ ...chosen, [connector.Id]: event.currentTarget.value })}
                  data={[
                    { value: "", label: t("useTemplate.automatic") },
                    ...installed.data.filter((each) => isOf(each, connector)).map((each) => ({ value: String(each.Id), label: each.Name })),
                  ]}
                />
              ))}
            </Stack>
          </Fieldset>
        )}
        <ErrorNotice error={install.error} title={t("useTemplate.failed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={install.isPending}>
            {t("useTemplate.install")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Whether it is an installation of the connector, in this release or another. */
function isOf(installed: AccountConnector, connector: TemplateConnector): boolean {
  return installed.Connector.Id === connector.Id || installed.Connector.Name === connector.Name;
}
