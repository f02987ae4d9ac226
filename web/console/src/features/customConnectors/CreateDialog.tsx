import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import { useCustomChanges } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";

interface CreateDialogProps {
  owner: string;
  opened: boolean;
  onClose: () => void;
  onCreated: (connectorId: number) => void;
}

/** A name is enough to begin with. */
export function CreateDialog({ owner, opened, onClose, onCreated }: CreateDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("cc.create")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <CreateForm owner={owner} onClose={onClose} onCreated={onCreated} />
    </Modal>
  );
}

function CreateForm({ owner, onClose, onCreated }: Omit<CreateDialogProps, "opened">) {
  const [name, setName] = useState("");
  const [asked, setAsked] = useState(false);
  const { create } = useCustomChanges(owner);
  const missing = asked && name.trim() === "";
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (name.trim() === "") return;
        create.mutate(
          { Name: name.trim(), Authentication: [{ AuthName: t("cc.noAuthentication"), AuthType: "None", IsDefault: true }] },
          { onSuccess: (connector) => onCreated(connector.Id) },
        );
      }}
    >
      <Stack>
        <TextInput
          label={t("name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={missing ? t("cc.nameRequired") : undefined}
          required
          maxLength={200}
          data-autofocus
          autoComplete="off"
        />
        <ErrorNotice error={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("cc.createButton")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
