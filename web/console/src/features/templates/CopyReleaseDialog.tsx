import "@shared/messages/en/templates";
import { Button, Group, Modal, NativeSelect, Radio, Stack, TextInput, Textarea } from "@mantine/core";
import { useState } from "react";
import type { ReleaseCopy, Template, TemplateRelease } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { folderChoices } from "./folders";
import { useFolders, useReleaseChanges, useTemplates } from "./useTemplates";

interface CopyReleaseDialogProps {
  template: Template;
  /** What is copied; nothing while the dialog is closed. */
  release: TemplateRelease | undefined;
  onClose: () => void;
  /** Another template has the copy. */
  onOpen: (templateId: string) => void;
}

/** **Copy Release**: into a draft of this template, of another, or of a new one. */
export function CopyReleaseDialog({ template, release, onClose, onOpen }: CopyReleaseDialogProps) {
  return (
    <Modal
      opened={release !== undefined}
      onClose={onClose}
      title={t("copyRelease.title", { number: String(release?.Number ?? "") })}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {release !== undefined && <CopyForm key={release.Id} template={template} release={release} onClose={onClose} onOpen={onOpen} />}
    </Modal>
  );
}

const places = ["here", "other", "new"] as const;
type Place = (typeof places)[number];

function CopyForm({ template, release, onClose, onOpen }: CopyReleaseDialogProps & { release: TemplateRelease }) {
  const { copy } = useReleaseChanges(template.Id);
  const others = (useTemplates().data ?? []).filter((each) => each.Id !== template.Id);
  const folders = useFolders().data ?? [];
  const [place, setPlace] = useState<Place>("here");
  const [other, setOther] = useState("");
  const [name, setName] = useState(t("copyRelease.copyOf", { name: template.Name }));
  const [folder, setFolder] = useState(template.FolderId ?? "");
  const [notes, setNotes] = useState("");
  const [asked, setAsked] = useState(false);
  const missing = (place === "other" && other === "") || (place === "new" && name.trim() === "");
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (missing) return;
        const body: ReleaseCopy = {
          SourceReleaseId: release.Id,
          ...(place === "other" ? { TargetTemplateId: other } : {}),
          ...(place === "new" ? { NewTemplateName: name.trim(), FolderId: folder === "" ? null : folder } : {}),
          ...(notes.trim() === "" ? {} : { Notes: notes.trim() }),
        };
        copy.mutate(body, {
          onSuccess: (made) => {
            toast(t("copyRelease.done", { number: String(made.Number) }));
            onClose();
            if (made.TemplateId !== template.Id) onOpen(made.TemplateId);
          },
        });
      }}
    >
      <Stack>
        <Radio.Group label={t("copyRelease.into")} value={place} onChange={(value) => setPlace(places.find((each) => each === value) ?? "here")}>
          <Stack gap={8} mt={6}>
            {places.map((each) => (
              <Radio key={each} value={each} label={t(`copyRelease.place.${each}`)} disabled={each === "other" && others.length === 0} />
            ))}
          </Stack>
        </Radio.Group>
        {place === "other" && (
          <NativeSelect
            label={t("copyRelease.template")}
            required
            value={other}
            onChange={(event) => setOther(event.currentTarget.value)}
            data={[{ value: "", label: t("copyRelease.choose") }, ...others.map((each) => ({ value: each.Id, label: each.Name }))]}
            error={asked && other === "" ? t("copyRelease.templateRequired") : undefined}
          />
        )}
        {place === "new" && (
          <>
            <TextInput
              label={t("name")}
              required
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              error={asked && name.trim() === "" ? t("templates.nameRequired") : undefined}
              maxLength={200}
            />
            <NativeSelect
              label={t("folders.folder")}
              value={folder}
              onChange={(event) => setFolder(event.currentTarget.value)}
              data={[{ value: "", label: t("folders.root") }, ...folderChoices(folders)]}
            />
          </>
        )}
        <Textarea label={t("templates.notes")} autosize minRows={2} value={notes} onChange={(event) => setNotes(event.currentTarget.value)} />
        <ErrorNotice error={copy.error} title={t("copyRelease.failed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={copy.isPending}>
            {t("copy")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
