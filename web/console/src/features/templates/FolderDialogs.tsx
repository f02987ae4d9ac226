import "@shared/messages/en/templates";
import { Button, Group, Modal, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Folder } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { folderChoices } from "./folders";
import { useFolderChanges } from "./useTemplates";

interface FolderDialogProps {
  folders: readonly Folder[];
  opened: boolean;
  /** The folder to rename or move; a new one when left out. */
  folder?: Folder | undefined;
  /** Where a new one goes at first. */
  parent?: string | undefined;
  onClose: () => void;
}

/** Makes a folder, or renames and moves one. */
export function FolderDialog({ opened, onClose, ...rest }: FolderDialogProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={rest.folder === undefined ? t("folders.add") : t("folders.edit", { name: rest.folder.Name })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {opened && <FolderForm key={rest.folder?.Id} {...rest} onClose={onClose} />}
    </Modal>
  );
}

function FolderForm({ folders, folder, parent, onClose }: Omit<FolderDialogProps, "opened">) {
  const { create, update } = useFolderChanges();
  const [name, setName] = useState(folder?.Name ?? "");
  const [within, setWithin] = useState((folder === undefined ? parent : folder.ParentId) ?? "");
  const [asked, setAsked] = useState(false);
  const done = () => {
    toast(t("form.savedWhat", { what: name.trim() }));
    onClose();
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (name.trim() === "") return;
        const body = { Name: name.trim(), ParentId: within === "" ? null : within };
        if (folder === undefined) create.mutate(body, { onSuccess: done });
        else update.mutate({ folderId: folder.Id, ...body }, { onSuccess: done });
      }}
    >
      <Stack>
        <TextInput
          label={t("name")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={asked && name.trim() === "" ? t("folders.nameRequired") : undefined}
          maxLength={200}
          autoComplete="off"
          data-autofocus
        />
        <NativeSelect
          label={t("folders.within")}
          value={within}
          onChange={(event) => setWithin(event.currentTarget.value)}
          data={[{ value: "", label: t("folders.root") }, ...folderChoices(folders, folder?.Id)]}
        />
        <ErrorNotice error={create.error ?? update.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending || update.isPending}>
            {t("form.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface DeleteFolderDialogProps {
  folder: Folder | undefined;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a folder goes; the server keeps one that is not empty. */
export function DeleteFolderDialog({ folder, onClose, onDeleted }: DeleteFolderDialogProps) {
  const { remove } = useFolderChanges();
  return (
    <ConfirmDialog
      opened={folder !== undefined}
      onClose={onClose}
      title={t("folders.deleteTitle", { name: folder?.Name ?? "" })}
      text={t("folders.deleteText")}
      action={t("templates.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (folder === undefined) return;
        remove.mutate(folder.Id, {
          onSuccess: () => {
            toast(t("folders.deleted", { name: folder.Name }));
            onDeleted();
          },
        });
      }}
    />
  );
}
