import "@shared/messages/en/templates";
import { ActionIcon, Badge, Breadcrumbs, Button, Group, Menu, NativeSelect, Switch, Text, UnstyledButton } from "@mantine/core";
import { IconDots, IconFolderPlus, IconPlus, IconTemplate } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Folder, Template } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useTemplateChanges } from "@shared/queries/templates";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast, toastFailure } from "@shared/ui/toast";
import { DeleteFolderDialog, FolderDialog } from "./FolderDialogs";
import { pathTo, templatesIn } from "./folders";
import classes from "./Folders.module.css";
import { FolderTree } from "./FolderTree";
import type { TemplatesSearch } from "./search";
import { CreateTemplateDialog, DeleteTemplateDialog, ImportDialog, MoveTemplateDialog } from "./TemplateDialogs";
import { useFolders, useTemplates } from "./useTemplates";

interface TemplatesPageProps {
  search: TemplatesSearch;
  onSearch: (search: TemplatesSearch) => void;
  onOpen: (templateId: string) => void;
}

/** **Template Library**: the integrations that can be installed into accounts, in folders. */
export function TemplatesPage({ search, onSearch, onOpen }: TemplatesPageProps) {
  const templates = useTemplates();
  const folders = useFolders();
  const { buildCycles } = useRights();
  const error = templates.error ?? folders.error;
  const close = () => {
    const { open: _, ...rest } = search;
    onSearch(rest);
  };

  const content = () => {
    if (templates.data === undefined || folders.data === undefined) {
      if (error === null) return <PageSkeleton label={t("templates.what")} rows={6} />;
      const retry = () => {
        if (templates.isError) void templates.refetch();
        if (folders.isError) void folders.refetch();
      };
      return <PageError what={t("templates.what")} error={error} onRetry={retry} />;
    }
    if (templates.data.length === 0 && folders.data.length === 0) {
      return (
        <EmptyState
          icon={<IconTemplate size={36} stroke={1.4} />}
          title={t("templates.none")}
          hint={t("templates.noneHint")}
          action={buildCycles ? <Button onClick={() => onSearch({ ...search, open: "create" })}>{t("templates.create")}</Button> : undefined}
        />
      );
    }
    return <Library templates={templates.data} folders={folders.data} search={search} onSearch={onSearch} editable={buildCycles} />;
  };

  return (
    <>
      <PageHeader
        title={t("menu.templateLibrary")}
        lead={t("templates.lead")}
        actions={
          buildCycles && (
            <>
              <Button variant="default" onClick={() => onSearch({ ...search, open: "import" })}>
                {t("templates.import")}
              </Button>
              <Button leftSection={<IconPlus size={18} />} onClick={() => onSearch({ ...search, open: "create" })}>
                {t("templates.create")}
              </Button>
            </>
          )
        }
      />
      {content()}
      {buildCycles && (
        <>
          <CreateTemplateDialog opened={search.open === "create"} folder={search.folder} onClose={close} onCreated={(template) => onOpen(template.Id)} />
          <ImportDialog
            opened={search.open === "import"}
            title={t("templates.import")}
            target={{ folderId: search.folder }}
            onClose={close}
            onImported={(template) => onOpen(template.Id)}
          />
        </>
      )}
    </>
  );
}

interface LibraryProps {
  templates: readonly Template[];
  folders: readonly Folder[];
  search: TemplatesSearch;
  onSearch: (search: TemplatesSearch) => void;
  editable: boolean;
}

function Library({ templates, folders, search, onSearch, editable }: LibraryProps) {
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => {
    const { q: _, ...rest } = search;
    onSearch(q === "" ? rest : { ...rest, q });
  });
  const [moving, setMoving] = useState<Template>();
  const [deleting, setDeleting] = useState<Template>();
  const [editingFolder, setEditingFolder] = useState<Folder>();
  const [deletingFolder, setDeletingFolder] = useState<Folder>();
  const index = useMemo(
    () =>
      buildIndex(templates, (template) => [
        { text: template.Name, weight: 3 },
        { text: template.Description ?? "", weight: 1 },
        ...template.Connectors.map((connector) => ({ text: connector.Name, weight: 1 })),
        ...template.Tags.map((text) => ({ text, weight: 1 })),
      ]),
    [templates],
  );
  const tags = [...new Set(templates.flatMap((template) => template.Tags))].sort((left, right) => left.localeCompare(right));
  const open = pathTo(folders, search.folder).at(-1);
  const filtered = query !== "" || search.tag !== undefined;
  // A search looks through all folders.
  const candidates = filtered ? (query === "" ? [...templates] : searchIndex(index, query)) : templatesIn(templates, folders, open?.Id);
  const found = candidates.filter((template) => search.tag === undefined || template.Tags.includes(search.tag));
  const goTo = (folder: string | undefined) => onSearch(folder === undefined ? {} : { folder });
  const closeDialog = () => {
    const { open: _, ...rest } = search;
    onSearch(rest);
  };
  return (
    <div className={classes.columns}>
      <div>
        <FolderTree folders={folders} chosen={filtered ? undefined : open?.Id} onChoose={goTo} />
        {editable && (
          <Button mt="sm" variant="subtle" leftSection={<IconFolderPlus size={16} />} onClick={() => onSearch({ ...search, open: "folder" })}>
            {t("folders.add")}
          </Button>
        )}
      </div>
      <div>
        <Group mb="md">
          <SearchBox label={t("templates.search")} value={query} onChange={setQuery} />
          {tags.length > 0 && (
            <NativeSelect
              aria-label={t("templates.tag")}
              value={search.tag ?? ""}
              onChange={(event) => {
                const { tag: _, ...rest } = search;
                onSearch(event.currentTarget.value === "" ? rest : { ...rest, tag: event.currentTarget.value });
              }}
              data={[{ value: "", label: t("templates.allTags") }, ...tags]}
            />
          )}
        </Group>
        {!filtered && open !== undefined && (
          <Group justify="space-between" mb="sm">
            <Breadcrumbs>
              <UnstyledButton onClick={() => goTo(undefined)}>{t("folders.root")}</UnstyledButton>
              {pathTo(folders, open.Id).map((folder) => (
                <UnstyledButton key={folder.Id} onClick={() => goTo(folder.Id)} aria-current={folder.Id === open.Id ? "page" : undefined}>
                  {folder.Name}
                </UnstyledButton>
              ))}
            </Breadcrumbs>
            {editable && (
              <Group gap="xs">
                <Button size="compact-sm" variant="default" onClick={() => setEditingFolder(open)}>
                  {t("folders.change")}
                </Button>
                <Button size="compact-sm" variant="default" onClick={() => setDeletingFolder(open)}>
                  {t("folders.delete")}
                </Button>
              </Group>
            )}
          </Group>
        )}
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("templates.count", { count: found.length })}
        </Text>
        {found.length === 0 &&
          (filtered ? (
            <NoMatch
              filters={[query === "" ? "" : `“${query}”`, search.tag ?? ""].filter(Boolean).join(", ")}
              onClear={() => {
                setQuery("");
                onSearch({});
              }}
            />
          ) : (
            <EmptyState title={t("folders.empty")} hint={t("folders.emptyHint")} />
          ))}
        {found.length > 0 && (
          <DataTable
            caption={t("menu.templateLibrary")}
            rows={found}
            rowKey={(template) => template.Id}
            columns={columnsFor(editable ? { onMove: setMoving, onDelete: setDeleting } : undefined)}
          />
        )}
      </div>
      {editable && (
        <>
          <FolderDialog folders={folders} opened={search.open === "folder"} parent={open?.Id} onClose={closeDialog} />
          <FolderDialog folders={folders} opened={editingFolder !== undefined} folder={editingFolder} onClose={() => setEditingFolder(undefined)} />
          <DeleteFolderDialog
            folder={deletingFolder}
            onClose={() => setDeletingFolder(undefined)}
            onDeleted={() => {
              setDeletingFolder(undefined);
              goTo(deletingFolder?.ParentId ?? undefined);
            }}
          />
          <MoveTemplateDialog folders={folders} template={moving} onClose={() => setMoving(undefined)} />
          <DeleteTemplateDialog template={deleting} onClose={() => setDeleting(undefined)} onDeleted={() => setDeleting(undefined)} />
        </>
      )}
    </div>
  );
}

interface RowActions {
  onMove: (template: Template) => void;
  onDelete: (template: Template) => void;
}

function columnsFor(actions: RowActions | undefined): Column<Template>[] {
  return [
    {
      key: "name",
      header: t("name"),
      narrow: "title",
      cell: (template) => (
        <div>
          <AnchorLink to="/templates/$templateId" params={{ templateId: template.Id }} fw={560} c="inherit" data-row-main>
            {template.Name}
          </AnchorLink>
          {template.Description != null && template.Description !== "" && (
            <Text size="sm" c="dimmed" lineClamp={1}>
              {template.Description}
            </Text>
          )}
          {template.Tags.length > 0 && (
            <Group gap={4} mt={4}>
              {template.Tags.map((tag) => (
                <Badge key={tag} size="sm" variant="outline" color="gray" tt="none">
                  {tag}
                </Badge>
              ))}
            </Group>
          )}
        </div>
      ),
    },
    {
      key: "connectors",
      header: t("templates.connectors"),
      cell: (template) =>
        template.Connectors.length === 0 ? (
          t("none")
        ) : (
          <Group gap={6} wrap="nowrap">
            {template.Connectors.slice(0, 3).map((connector) => (
              <ConnectorIcon key={connector.Id} icon={connector.Icon} name={connector.Name} size={22} />
            ))}
            <Text component="span" size="sm">
              {template.Connectors.map((connector) => connector.Name).join(", ")}
            </Text>
          </Group>
        ),
    },
    { key: "published", header: t("templates.published"), cell: (template) => <Published template={template} editable={actions !== undefined} /> },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (template) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <ButtonLink to="/templates/$templateId" params={{ templateId: template.Id }} size="compact-sm" variant="default">
            {t("templates.releases")}
          </ButtonLink>
          {actions !== undefined && (
            <Menu position="bottom-end">
              <Menu.Target>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("templates.more", { name: template.Name })}>
                  <IconDots size={18} />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => actions.onMove(template)}>{t("templates.move")}</Menu.Item>
                <Menu.Item color="red" onClick={() => actions.onDelete(template)}>
                  {t("templates.deleteTemplate")}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          )}
        </Group>
      ),
    },
  ];
}

/** **Published/Unpublished**. */
function Published({ template, editable }: { template: Template; editable: boolean }) {
  const { update } = useTemplateChanges();
  const published = template.Published ?? false;
  const word = t(published ? "templates.isPublished" : "templates.isUnpublished");
  if (!editable) return <>{word}</>;
  return (
    <Switch
      label={word}
      aria-label={t("templates.publishNamed", { name: template.Name })}
      checked={published}
      disabled={update.isPending}
      onChange={() =>
        update.mutate(
          { templateId: template.Id, body: { Published: !published } },
          {
            onSuccess: (saved) => toast(t(saved.Published === true ? "templates.publishedDone" : "templates.unpublishedDone", { name: saved.Name })),
            onError: (error) => toastFailure(t("templates.publishFailed", { name: template.Name }), error),
          },
        )
      }
    />
  );
}
