import "@shared/messages/en/cycles";
import { Button, Group, Modal, Stack, TextInput, Textarea } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { useCycleChanges } from "@shared/queries/cycles";
import { ErrorNotice } from "@shared/ui/ErrorNotice";

interface CreateCycleDialogProps {
  accountId: string;
  opened: boolean;
  onClose: () => void;
  onCreated: (cycleId: string) => void;
}

/** **Design New Cycle**: a name is enough to begin with. */
export function CreateCycleDialog({ accountId, opened, onClose, onCreated }: CreateCycleDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("cycles.create")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <CreateForm accountId={accountId} onClose={onClose} onCreated={onCreated} />
    </Modal>
  );
}

function CreateForm({ accountId, onClose, onCreated }: Omit<CreateCycleDialogProps, "opened">) {
  const { create } = useCycleChanges(accountId);
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [asked, setAsked] = useState(false);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (name.trim() === "") return;
        create.mutate(
          { Name: name.trim(), ...(description.trim() === "" ? {} : { Description: description.trim() }) },
          { onSuccess: (cycle) => onCreated(cycle.Id) },
        );
      }}
    >
      <Stack>
        <TextInput
          label={t("name")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={asked && name.trim() === "" ? t("cycle.nameRequired") : undefined}
          maxLength={200}
          autoComplete="off"
          data-autofocus
        />
        <Textarea label={t("description")} autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <ErrorNotice error={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("cycles.createAction")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
