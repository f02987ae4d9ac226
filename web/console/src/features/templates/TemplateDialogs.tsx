import "@shared/messages/en/templates";
import { Button, Group, Modal, NativeSelect, Stack, TextInput, Textarea } from "@mantine/core";
import { useState } from "react";
import type { Folder, Template } from "@shared/api/types";
import { ImportForm } from "@shared/files/ImportForm";
import { t } from "@shared/messages/t";
import { useImportTemplate, type ImportTarget } from "@shared/queries/exchange";
import { useTemplateChanges } from "@shared/queries/templates";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { folderChoices } from "./folders";

interface CreateTemplateDialogProps {
  opened: boolean;
  folder: string | undefined;
  onClose: () => void;
  onCreated: (template: Template) => void;
}

/** **Design New Template**: a name is enough to begin with. */
export function CreateTemplateDialog({ opened, onClose, ...rest }: CreateTemplateDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("templates.create")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <CreateForm onClose={onClose} {...rest} />
    </Modal>
  );
}

function CreateForm({ folder, onClose, onCreated }: Omit<CreateTemplateDialogProps, "opened">) {
  const { create } = useTemplateChanges();
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
          {
            Name: name.trim(),
            ...(description.trim() === "" ? {} : { Description: description.trim() }),
            ...(folder === undefined ? {} : { FolderId: folder }),
          },
          { onSuccess: onCreated },
        );
      }}
    >
      <Stack>
        <TextInput
          label={t("name")}
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={asked && name.trim() === "" ? t("templates.nameRequired") : undefined}
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
            {t("templates.createAction")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface MoveTemplateDialogProps {
  folders: readonly Folder[];
  template: Template | undefined;
  onClose: () => void;
}

/** **Move Template** into another folder. */
export function MoveTemplateDialog({ folders, template, onClose }: MoveTemplateDialogProps) {
  const { update } = useTemplateChanges();
  const [chosen, setChosen] = useState<string>();
  const within = chosen ?? template?.FolderId ?? "";
  const close = () => {
    setChosen(undefined);
    onClose();
  };
  return (
    <ConfirmDialog
      harmless
      opened={template !== undefined}
      onClose={close}
      title={t("templates.moveTitle", { name: template?.Name ?? "" })}
      text={t("templates.moveText")}
      action={t("templates.moveAction")}
      busy={update.isPending}
      error={update.error}
      onConfirm={() => {
        if (template === undefined) return;
        update.mutate(
          { templateId: template.Id, body: { FolderId: within === "" ? null : within } },
          {
            onSuccess: () => {
              toast(t("templates.moved", { name: template.Name }));
              close();
            },
          },
        );
      }}
    >
      <NativeSelect
        label={t("folders.folder")}
        value={within}
        onChange={(event) => setChosen(event.currentTarget.value)}
        data={[{ value: "", label: t("folders.root") }, ...folderChoices(folders)]}
      />
    </ConfirmDialog>
  );
}

interface DeleteTemplateDialogProps {
  template: Template | undefined;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a template goes to the recycle bin. */
export function DeleteTemplateDialog({ template, onClose, onDeleted }: DeleteTemplateDialogProps) {
  const { remove } = useTemplateChanges();
  return (
    <ConfirmDialog
      opened={template !== undefined}
      onClose={onClose}
      title={t("templates.deleteTitle", { name: template?.Name ?? "" })}
      text={t("templates.deleteText")}
      action={t("templates.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (template === undefined) return;
        remove.mutate(template.Id, {
          onSuccess: () => {
            toast(t("templates.deleted", { name: template.Name }));
            onDeleted();
          },
        });
      }}
    />
  );
}

interface ImportDialogProps {
  opened: boolean;
  title: string;
  target: ImportTarget;
  onClose: () => void;
  onImported: (template: Template) => void;
}

/** **Import Template** or **Import Release**: from a file that an export made. */
export function ImportDialog({ opened, title, onClose, target, onImported }: ImportDialogProps) {
  const run = useImportTemplate();
  const close = () => {
    run.reset();
    onClose();
  };
  return (
    <Modal opened={opened} onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      <ImportForm
        hint={t("templates.importHint")}
        busy={run.isPending}
        error={run.error}
        onClose={close}
        onImport={(document) =>
          run.mutate(
            { ...target, document },
            {
              onSuccess: (template) => {
                toast(t("templates.imported", { name: template.Name }));
                onImported(template);
              },
            },
          )
        }
      />
    </Modal>
  );
}
