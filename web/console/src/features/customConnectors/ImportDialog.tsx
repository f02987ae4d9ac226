import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { DefinitionFault } from "@shared/api/types";
import { useCustomChanges, validateText } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { FaultTable } from "./FaultTable";
import { SourceInput } from "./SourceInput";

interface ImportDialogProps {
  owner: string;
  opened: boolean;
  onClose: () => void;
  onImported: (connectorId: number) => void;
}

/** **Import From JSON**: a definition in the JSON form or as a definition file. */
export function ImportDialog({ owner, opened, onClose, onImported }: ImportDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("cc.import")} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      <ImportForm owner={owner} onClose={onClose} onImported={onImported} />
    </Modal>
  );
}

/** Definitions are far smaller; what is larger is something else. In mebibytes. */
const limit = 5;

function ImportForm({ owner, onClose, onImported }: Omit<ImportDialogProps, "opened">) {
  const [text, setText] = useState("");
  const [faults, setFaults] = useState<DefinitionFault[]>([]);
  const [asked, setAsked] = useState(false);
  const { create } = useCustomChanges(owner);
  const run = useMutation({
    mutationFn: async () => {
      const validation = await validateText(owner, text);
      setFaults(validation.Faults);
      if (!validation.IsValid || validation.Definition == null) return undefined;
      return create.mutateAsync(sentDefinition(text, validation.Definition));
    },
    onSuccess: (connector) => {
      if (connector === undefined) return;
      toast(t("cc.imported", { name: connector.Name }));
      onImported(connector.Id);
    },
  });
  const missing = asked && text.trim() === "";
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (text.trim() !== "") run.mutate();
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t("cc.importHint")}
        </Text>
        <SourceInput
          label={t("cc.definition")}
          value={text}
          onChange={(next) => {
            setText(next);
            setFaults([]);
          }}
          error={missing ? t("cc.definitionRequired") : undefined}
          limit={limit}
          accept=".json,.yaml,.yml,application/json,application/yaml"
        />
        {faults.length > 0 && <FaultTable faults={faults} />}
        <ErrorNotice error={run.error} title={t("cc.importFailed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={run.isPending}>
            {t("cc.importButton")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** What was read is sent as it came, so that members of others are kept; a YAML file is sent as the server read it. */
function sentDefinition(text: string, read: Record<string, unknown>): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : read;
  } catch {
    return read;
  }
}
