import "@shared/messages/en/building";
import { Badge, Button, Group, Menu, Text } from "@mantine/core";
import { IconClock, IconDots, IconDownload, IconPuzzle, IconRefresh, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useMemo, useState, type ReactNode } from "react";
import type { CustomConnectorSummary } from "@shared/api/types";
import { exportDefinition, useCustomConnectors } from "@shared/queries/customConnectors";
import { usePartner } from "@shared/queries/partner";
import { download, fileName } from "@shared/files/download";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { CreateDialog } from "./CreateDialog";
import { DeleteDialog } from "./DeleteDialog";
import { ImportDialog } from "./ImportDialog";
import { OpenApiDialog } from "./OpenApiDialog";
import type { CustomSearch } from "./search";

interface CustomConnectorsPageProps {
  search: CustomSearch;
  onSearch: (search: CustomSearch) => void;
  onEdit: (connectorId: number) => void;
  onReleases: (connectorId: number) => void;
  /** What is open above the list. */
  children?: ReactNode;
}

/** **Custom Connectors**: those that the partner described itself. */
export function CustomConnectorsPage(props: CustomConnectorsPageProps) {
  const { search, onSearch, onEdit, children } = props;
  const editable = useRights().setUpConnectors;
  const partner = usePartner();
  const owner = partner.data?.TemplateAccountId;
  const connectors = useCustomConnectors(owner);
  const error = partner.error ?? connectors.error;
  const [updating, setUpdating] = useState<CustomConnectorSummary>();
  const close = () => onSearch(search.q === undefined ? {} : { q: search.q });
  const open = (dialog: NonNullable<CustomSearch["open"]>) => onSearch({ ...search, open: dialog });

  const content = () => {
    if (error !== null)
      return <PageError what={t("cc.what")} error={error} onRetry={() => void (partner.isError ? partner.refetch() : connectors.refetch())} />;
    if (owner === undefined || connectors.data === undefined) return <PageSkeleton label={t("cc.what")} rows={6} />;
    if (connectors.data.length === 0) {
      return (
        <EmptyState
          icon={<IconPuzzle size={36} stroke={1.4} />}
          title={t("cc.none")}
          hint={t("cc.noneHint")}
          action={editable ? <Button onClick={() => open("create")}>{t("cc.create")}</Button> : undefined}
        />
      );
    }
    return <List {...props} owner={owner} onUpdate={setUpdating} connectors={connectors.data} editable={editable} />;
  };

  return (
    <>
      <PageHeader
        title={t("menu.customConnectors")}
        lead={t("cc.lead")}
        actions={
          editable && (
            <>
              <Button variant="default" onClick={() => open("openapi")}>
                {t("cc.openapi")}
              </Button>
              <Button variant="default" onClick={() => open("import")}>
                {t("cc.import")}
              </Button>
              <Button onClick={() => open("create")} title={t("cc.create")}>
                {t("cc.add")}
              </Button>
            </>
          )
        }
      />
      {content()}
      {owner !== undefined && editable && (
        <>
          <CreateDialog owner={owner} opened={search.open === "create"} onClose={close} onCreated={onEdit} />
          <ImportDialog owner={owner} opened={search.open === "import"} onClose={close} onImported={onEdit} />
          <OpenApiDialog owner={owner} opened={search.open === "openapi"} onClose={close} onEdit={onEdit} />
          <OpenApiDialog
            key={updating?.Id}
            owner={owner}
            connector={updating}
            opened={updating !== undefined}
            onClose={() => setUpdating(undefined)}
            onEdit={onEdit}
          />
        </>
      )}
      {children}
    </>
  );
}

interface ListProps extends CustomConnectorsPageProps {
  owner: string;
  connectors: CustomConnectorSummary[];
  editable: boolean;
  /** Brings a connector up to date with its OpenAPI document. */
  onUpdate: (connector: CustomConnectorSummary) => void;
}

function List({ search, onSearch, onReleases, owner, connectors, editable, onUpdate }: ListProps) {
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => {
    const { q: former, ...rest } = search;
    onSearch(q === "" ? rest : { ...rest, q });
  });
  const [deleting, setDeleting] = useState<CustomConnectorSummary>();
  const index = useMemo(
    () =>
      buildIndex(connectors, (connector) => [
        { text: connector.Name, weight: 3 },
        { text: connector.Description ?? "", weight: 1 },
      ]),
    [connectors],
  );
  const found = query === "" ? connectors : searchIndex(index, query);
  const exporting = useMutation({
    mutationFn: async ({ connector, format }: { connector: CustomConnectorSummary; format: "json" | "yaml" }) =>
      download(
        fileName(connector.Name, format, "connector"),
        format === "json" ? "application/json" : "application/yaml",
        await exportDefinition(owner, connector.Id, format),
      ),
    onError: (error) => toastFailure(t("cc.exportFailed"), error),
  });
  const columns: Column<CustomConnectorSummary>[] = [
    {
      key: "name",
      header: t("name"),
      narrow: "title",
      cell: (connector) => (
        <>
          <AnchorLink to="/connectors/custom/$connectorId" params={{ connectorId: String(connector.Id) }} fw={560} data-row-main>
            {connector.Name}
          </AnchorLink>
          {connector.Description != null && connector.Description !== "" && (
            <Text size="sm" c="dimmed">
              {connector.Description}
            </Text>
          )}
        </>
      ),
    },
    { key: "version", header: t("version"), cell: (connector) => connector.Version ?? "–", width: 110 },
    {
      key: "release",
      header: t("cc.release"),
      width: 180,
      cell: (connector) => (
        <Group gap={6} wrap="nowrap">
          <Badge variant="light" color={connector.ReleaseStatus === "Live" ? "teal" : connector.ReleaseStatus === "Draft" ? "blue" : "gray"}>
            {t(`cc.state.${connector.ReleaseStatus}`)}
          </Badge>
          {connector.ReleaseVersionMajor != null && (
            <Text component="span" size="sm" c="dimmed">
              {connector.ReleaseVersionMajor}.{connector.ReleaseVersionMinor ?? 0}
            </Text>
          )}
        </Group>
      ),
    },
    { key: "changed", header: t("cc.changed"), cell: (connector) => <When value={connector.UpdatedOnUtc ?? connector.CreatedOnUtc} />, width: 150 },
    {
      key: "actions",
      header: t("actions"),
      align: "end",
      narrow: "plain",
      width: 210,
      cell: (connector) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <Button variant="default" size="compact-md" leftSection={<IconClock size={16} />} onClick={() => onReleases(connector.Id)}>
            {t("cc.releases")}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" size="compact-md" px={6} aria-label={t("cc.more", { name: connector.Name })}>
                <IconDots size={16} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => exporting.mutate({ connector, format: "json" })}>
                {t("cc.exportJson")}
              </Menu.Item>
              <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => exporting.mutate({ connector, format: "yaml" })}>
                {t("cc.exportYaml")}
              </Menu.Item>
              {editable && (
                <Menu.Item leftSection={<IconRefresh size={16} />} onClick={() => onUpdate(connector)}>
                  {t("cc.openapiUpdate")}
                </Menu.Item>
              )}
              {editable && (
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setDeleting(connector)}>
                  {t("cc.delete")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
      ),
    },
  ];
  return (
    <>
      <Group mb="md">
        <SearchBox label={t("cc.search")} value={query} onChange={setQuery} />
      </Group>
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {t("cc.count", { count: found.length })}
      </Text>
      {found.length === 0 ? (
        <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />
      ) : (
        <DataTable caption={t("menu.customConnectors")} columns={columns} rows={found} rowKey={(connector) => connector.Id} />
      )}
      <DeleteDialog owner={owner} connector={deleting} onClose={() => setDeleting(undefined)} />
    </>
  );
}
