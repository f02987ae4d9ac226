import "@shared/messages/en/templates";
import { ActionIcon, Badge, Button, Group, List, Menu, Stack, Text, Textarea } from "@mantine/core";
import { IconCopy, IconDots, IconDownload, IconPencil, IconRocket, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { Template, TemplateRelease } from "@shared/api/types";
import { downloadJson, fileName } from "@shared/files/download";
import { t } from "@shared/messages/t";
import { exportRelease } from "@shared/queries/exchange";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { CopyReleaseDialog } from "./CopyReleaseDialog";
import { useReleaseChanges, useReleases } from "./useTemplates";

interface ReleaseListProps {
  template: Template;
  editable: boolean;
  onOpen: (templateId: string) => void;
}

/** What is open above the list. */
interface Doing {
  what: "notes" | "promote" | "copy" | "delete";
  release: TemplateRelease;
}

/** **Template Releases**: every state that the template has had. */
export function ReleaseList({ template, editable, onOpen }: ReleaseListProps) {
  const releases = useReleases(template.Id);
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const exporting = useMutation({
    mutationFn: async (release: TemplateRelease) =>
      downloadJson(fileName(`${template.Name} ${release.Number}`, "json", "template"), await exportRelease(template.Id, release.Id)),
    onError: (error) => toastFailure(t("templates.exportFailed"), error),
  });
  if (releases.isPending) return <PageSkeleton label={t("templates.releasesWhat")} rows={3} />;
  if (releases.isLoadingError) return <PageError what={t("templates.releasesWhat")} error={releases.error} onRetry={() => void releases.refetch()} />;
  if (releases.data.length === 0) return <EmptyState title={t("templates.noReleases")} />;
  const live = releases.data.some((release) => release.Status === "Live");
  const draft = releases.data.find((release) => release.Status === "Draft");
  const newest = releases.data[0];
  const of = (what: Doing["what"]) => (doing?.what === what ? doing.release : undefined);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Text size="sm" c="dimmed" maw={560}>
          {t(live ? "templates.liveInstalled" : "templates.draftsInstalled")}
        </Text>
        {draft !== undefined ? (
          <ButtonLink to="/templates/$templateId/releases/$releaseId" params={{ templateId: template.Id, releaseId: draft.Id }}>
            {t("templates.editDraft")}
          </ButtonLink>
        ) : (
          editable && newest !== undefined && <Button onClick={() => setDoing({ what: "copy", release: newest })}>{t("templates.draftFromLive")}</Button>
        )}
      </Group>
      <DataTable
        caption={t("templates.releases")}
        rows={releases.data}
        rowKey={(release) => release.Id}
        columns={columnsFor({ templateId: template.Id, editable, onDo: setDoing, onExport: (release) => exporting.mutate(release) })}
      />
      <NotesDialog templateId={template.Id} release={of("notes")} onClose={close} />
      <PromoteDialog templateId={template.Id} release={of("promote")} onClose={close} />
      <DeleteReleaseDialog templateId={template.Id} release={of("delete")} onClose={close} />
      <CopyReleaseDialog template={template} release={of("copy")} onClose={close} onOpen={onOpen} />
    </>
  );
}

interface ColumnsAbout {
  templateId: string;
  editable: boolean;
  onDo: (doing: Doing) => void;
  onExport: (release: TemplateRelease) => void;
}

function columnsFor({ templateId, editable, onDo, onExport }: ColumnsAbout): Column<TemplateRelease>[] {
  return [
    {
      key: "release",
      header: t("templates.release"),
      narrow: "title",
      cell: (release) => (
        <Group gap="xs">
          <AnchorLink
            to="/templates/$templateId/releases/$releaseId"
            params={{ templateId, releaseId: release.Id }}
            fw={560}
            c="inherit"
            data-row-main
          >
            {t("templates.number", { number: String(release.Number) })}
          </AnchorLink>
          <ReleaseBadge status={release.Status} />
        </Group>
      ),
    },
    {
      key: "notes",
      header: t("templates.notes"),
      cell: (release) => (
        <Text size="sm" style={{ whiteSpace: "pre-line" }}>
          {release.Notes ?? "–"}
        </Text>
      ),
    },
    {
      key: "created",
      header: t("created"),
      cell: (release) => (
        <Stack gap={0}>
          <When value={release.CreatedOnUtc} />
          <Text size="xs" c="dimmed">
            {release.CreatedBy ?? ""}
          </Text>
        </Stack>
      ),
    },
    { key: "run", header: t("templates.lastRun"), cell: (release) => <When value={release.LastRunOnUtc} /> },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (release) => {
        const isDraft = release.Status === "Draft";
        return (
          <Group gap={6} wrap="nowrap" justify="flex-end">
            {editable && isDraft && (
              <Button size="compact-sm" variant="light" leftSection={<IconRocket size={14} />} onClick={() => onDo({ what: "promote", release })}>
                {t("templates.promote")}
              </Button>
            )}
            <ButtonLink to="/templates/$templateId/releases/$releaseId" params={{ templateId, releaseId: release.Id }} size="compact-sm" variant="default">
              {t(isDraft && editable ? "templates.edit" : "templates.view")}
            </ButtonLink>
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("templates.moreRelease", { number: String(release.Number) })}>
                  <IconDots size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                {editable && (
                  <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => onDo({ what: "notes", release })}>
                    {t("templates.editNotes")}
                  </Menu.Item>
                )}
                {editable && (
                  <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => onDo({ what: "copy", release })}>
                    {t("templates.copyRelease")}
                  </Menu.Item>
                )}
                <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => onExport(release)}>
                  {t("templates.export")}
                </Menu.Item>
                {editable && release.Status !== "Live" && (
                  <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onDo({ what: "delete", release })}>
                    {t("templates.delete")}
                  </Menu.Item>
                )}
              </Menu.Dropdown>
            </Menu>
          </Group>
        );
      },
    },
  ];
}

/** Whether a release can be changed, is installed, or was. */
export function ReleaseBadge({ status }: { status: TemplateRelease["Status"] }) {
  return (
    <Badge variant="light" color={status === "Live" ? "teal" : status === "Draft" ? "blue" : "gray"}>
      {t(`templates.state.${status}`)}
    </Badge>
  );
}

interface ReleaseDialogProps {
  templateId: string;
  /** The release it is about; nothing while the dialog is closed. */
  release: TemplateRelease | undefined;
  onClose: () => void;
}

function NotesDialog({ templateId, release, onClose }: ReleaseDialogProps) {
  const { setNotes } = useReleaseChanges(templateId);
  const [notes, change] = useState<string>();
  const close = () => {
    change(undefined);
    onClose();
  };
  return (
    <ConfirmDialog
      harmless
      opened={release !== undefined}
      onClose={close}
      title={t("templates.notesTitle", { number: String(release?.Number ?? "") })}
      text={t("templates.notesText")}
      action={t("form.save")}
      busy={setNotes.isPending}
      error={setNotes.error}
      onConfirm={() => {
        if (release === undefined) return;
        setNotes.mutate(
          { releaseId: release.Id, Notes: notes ?? release.Notes ?? "" },
          {
            onSuccess: () => {
              toast(t("form.savedWhat", { what: t("templates.notes") }));
              close();
            },
          },
        );
      }}
    >
      <Textarea
        label={t("templates.notes")}
        autosize
        minRows={3}
        value={notes ?? release?.Notes ?? ""}
        onChange={(event) => change(event.currentTarget.value)}
        data-autofocus
      />
    </ConfirmDialog>
  );
}

function PromoteDialog({ templateId, release, onClose }: ReleaseDialogProps) {
  const { promote } = useReleaseChanges(templateId);
  return (
    <ConfirmDialog
      harmless
      opened={release !== undefined}
      onClose={onClose}
      title={t("templates.promoteTitle", { number: String(release?.Number ?? "") })}
      text={t("templates.promoteText")}
      action={t("templates.promote")}
      busy={promote.isPending}
      error={promote.error}
      onConfirm={() => {
        if (release === undefined) return;
        promote.mutate(release.Id, {
          onSuccess: () => {
            toast(t("templates.promoted", { number: String(release.Number) }));
            onClose();
          },
        });
      }}
    >
      {release !== undefined && (release.Connectors ?? []).length > 0 && (
        <List size="sm">
          {(release.Connectors ?? []).map((connector) => (
            <List.Item key={connector.Id}>{[connector.Name, connector.Version].filter(Boolean).join(" · ")}</List.Item>
          ))}
        </List>
      )}
    </ConfirmDialog>
  );
}

function DeleteReleaseDialog({ templateId, release, onClose }: ReleaseDialogProps) {
  const { remove } = useReleaseChanges(templateId);
  return (
    <ConfirmDialog
      opened={release !== undefined}
      onClose={onClose}
      title={t("templates.deleteReleaseTitle", { number: String(release?.Number ?? "") })}
      text={t("templates.deleteReleaseText")}
      action={t("templates.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (release === undefined) return;
        remove.mutate(release.Id, {
          onSuccess: () => {
            toast(t("templates.releaseDeleted", { number: String(release.Number) }));
            onClose();
          },
        });
      }}
    />
  );
}
