import "@shared/messages/en/cycles";
import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Cycle, Template } from "@shared/api/types";
import { ImportForm } from "@shared/files/ImportForm";
import { ImportRefusal } from "@shared/files/ImportRefusal";
import { t } from "@shared/messages/t";
import { useImportCycle, useShareCycle } from "@shared/queries/exchange";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { AnchorLink } from "@shared/ui/links";
import { toast } from "@shared/ui/toast";
import { inTextLook } from "./place";

interface ImportCycleDialogProps {
  accountId: string;
  opened: boolean;
  onClose: () => void;
  onImported: (cycleId: string) => void;
}

/** **Import Cycle**: from a file that an export of a cycle or a template made. */
export function ImportCycleDialog({ accountId, opened, onClose, onImported }: ImportCycleDialogProps) {
  const { fromDocument } = useImportCycle(accountId);
  const close = () => {
    fromDocument.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={t("cycles.import")} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      <ImportForm
        hint={t("cycles.importHint")}
        busy={fromDocument.isPending}
        error={fromDocument.error}
        onClose={close}
        onImport={(document) =>
          fromDocument.mutate(document, {
            onSuccess: (cycle) => {
              toast(t("cycles.imported", { name: cycle.Name }));
              onImported(cycle.Id);
            },
          })
        }
      />
    </Modal>
  );
}

interface CycleDialogProps {
  accountId: string;
  /** What it is about; nothing while the dialog is closed. */
  cycle: Cycle | undefined;
  onClose: () => void;
}

/** **Copy Workflow**: a paused copy in the same account. */
export function CopyCycleDialog({ accountId, cycle, onClose, onCopied }: CycleDialogProps & { onCopied: (cycleId: string) => void }) {
  const { copy } = useImportCycle(accountId);
  const [typed, setTyped] = useState<string>();
  const name = typed ?? t("cycle.copyName", { name: cycle?.Name ?? "" });
  const close = () => {
    setTyped(undefined);
    onClose();
  };
  return (
    <ConfirmDialog
      harmless
      opened={cycle !== undefined}
      onClose={close}
      title={t("cycle.copyTitle", { name: cycle?.Name ?? "" })}
      text={t("cycle.copyText")}
      action={t("cycle.copyAction")}
      busy={copy.isPending}
      error={copy.error}
      onConfirm={() => {
        if (cycle === undefined || name.trim() === "") return;
        copy.mutate(
          { cycleId: cycle.Id, name: name.trim() },
          {
            onSuccess: (made) => {
              toast(t("cycle.copied", { name: made.Name }));
              close();
              onCopied(made.Id);
            },
          },
        );
      }}
    >
      <NameInput name={name} onChange={setTyped} />
    </ConfirmDialog>
  );
}

/** **Share**: a copy in the template library. */
export function ShareCycleDialog({ accountId, cycle, onClose }: CycleDialogProps) {
  return (
    <Modal
      opened={cycle !== undefined}
      onClose={onClose}
      title={t("cycle.shareTitle", { name: cycle?.Name ?? "" })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {cycle !== undefined && <ShareForm key={cycle.Id} accountId={accountId} cycle={cycle} onClose={onClose} />}
    </Modal>
  );
}

function ShareForm({ accountId, cycle, onClose }: CycleDialogProps & { cycle: Cycle }) {
  const share = useShareCycle(accountId);
  const [name, setName] = useState(cycle.Name);
  if (share.data !== undefined) return <Shared template={share.data} onClose={onClose} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== "") share.mutate({ cycleId: cycle.Id, name: name.trim() });
      }}
    >
      <Stack>
        <Text>{t("cycle.shareText")}</Text>
        <NameInput name={name} onChange={setName} />
        <ImportRefusal error={share.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={share.isPending}>
            {t("cycle.shareAction")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Shared({ template, onClose }: { template: Template; onClose: () => void }) {
  return (
    <Stack>
      <Text role="status">
        {t("cycle.shared", { name: template.Name })}{" "}
        <AnchorLink to="/templates/$templateId" params={{ templateId: template.Id }} {...inTextLook}>
          {t("cycle.openTemplate")}
        </AnchorLink>
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>{t("form.close")}</Button>
      </Group>
    </Stack>
  );
}

function NameInput({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <TextInput
      label={t("name")}
      required
      maxLength={200}
      value={name}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={name.trim() === "" ? t("cycle.nameRequired") : undefined}
      data-autofocus
    />
  );
}
