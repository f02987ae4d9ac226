import "@shared/messages/en/accountConnectors";
import { ActionIcon, Badge, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconPlug, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { AccountConnector } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast } from "@shared/ui/toast";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { useAccountConnectors } from "@shared/queries/accountConnectors";
import { useAccount } from "@shared/queries/accounts";
import { InstallWizard } from "./InstallWizard";
import type { ConnectorListSearch } from "./search";
import { StateBadge } from "./StateBadge";
import { useDeleteConnector } from "./useAccountConnectors";

interface ConnectorListPageProps {
  accountId: string;
  search: ConnectorListSearch;
  onSearch: (search: ConnectorListSearch) => void;
}

/** The connectors of an account, and the wizard that installs another. */
export function ConnectorListPage({ accountId, search, onSearch }: ConnectorListPageProps) {
  const connectors = useAccountConnectors(accountId);
  const account = useAccount(accountId).data;
  const rights = useRights();
  const [deleting, setDeleting] = useState<AccountConnector | null>(null);
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch({ ...search, q: q === "" ? undefined : q }));
  usePageTitle(account === undefined ? t("ac.title") : `${t("ac.title")}, ${account.Name}`);
  const index = useMemo(
    () =>
      buildIndex(connectors.data ?? [], (connector) => [
        { text: connector.Name, weight: 3 },
        { text: connector.Connector.Name, weight: 2 },
      ]),
    [connectors.data],
  );
  const found = searchIndex(index, query);

  const install = rights.manageAccountConnectors ? (
    <Button leftSection={<IconPlus size={18} />} onClick={() => onSearch({ ...search, install: "choose" })}>
      {t("ac.install")}
    </Button>
  ) : undefined;

  const content = () => {
    if (connectors.isPending) return <PageSkeleton label={t("ac.what")} rows={4} />;
    if (connectors.isLoadingError) return <PageError what={t("ac.what")} error={connectors.error} onRetry={() => void connectors.refetch()} />;
    if (connectors.data.length === 0) {
      return <EmptyState icon={<IconPlug size={36} stroke={1.4} />} title={t("ac.none")} hint={t("ac.noneHint")} action={install} />;
    }
    return (
      <>
        <Group mb="md" justify="space-between">
          <SearchBox label={t("ac.search")} value={query} onChange={setQuery} />
          {install}
        </Group>
        {found.length === 0 ? (
          <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />
        ) : (
          <DataTable
            caption={t("ac.caption")}
            rows={found}
            rowKey={(connector) => connector.Id}
            columns={columnsFor(accountId, rights.manageAccountConnectors ? setDeleting : undefined)}
          />
        )}
      </>
    );
  };

  return (
    <>
      {content()}
      {search.install !== undefined && rights.manageAccountConnectors && (
        <InstallWizard
          accountId={accountId}
          chosen={search.install === "choose" ? undefined : search.install}
          taken={(connectors.data ?? []).map((connector) => connector.Name)}
          onChoose={(connectorId) => onSearch({ ...search, install: connectorId ?? "choose" })}
          onClose={() => onSearch({ ...search, install: undefined })}
        />
      )}
      <DeleteDialog accountId={accountId} connector={deleting} onClose={() => setDeleting(null)} />
    </>
  );
}

function columnsFor(accountId: string, onDelete: ((connector: AccountConnector) => void) | undefined): Column<AccountConnector>[] {
  return [
    {
      key: "name",
      header: t("name"),
      narrow: "title",
      cell: (connector) => (
        <Group gap="sm" wrap="nowrap">
          <ConnectorIcon icon={connector.Connector.Icon} name={connector.Connector.Name} />
          <div>
            <Group gap="xs">
              <AnchorLink
                to="/accounts/$accountId/connectors/$accountConnectorId"
                params={{ accountId, accountConnectorId: String(connector.Id) }}
                fw={560}
                c="inherit"
                data-row-main
              >
                {connector.Name}
              </AnchorLink>
              {connector.UpdateAvailable === true && (
                <Badge size="sm" variant="light">
                  {t("ac.update")}
                </Badge>
              )}
              {connector.IsPartnerIntegrationConnector && (
                <Badge size="sm" variant="outline">
                  {t("ac.native")}
                </Badge>
              )}
            </Group>
            {connector.Description && (
              <Text size="sm" c="dimmed" lineClamp={1}>
                {connector.Description}
              </Text>
            )}
          </div>
        </Group>
      ),
    },
    {
      key: "app",
      header: t("ac.app"),
      cell: (connector) => [connector.Connector.Name, connector.Connector.Version].filter(Boolean).join(" · "),
    },
    { key: "state", header: t("ac.authentication"), cell: (connector) => <StateBadge connector={connector} /> },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (connector) => {
        const inherited = connector.OwnerAccountId !== undefined && connector.OwnerAccountId !== accountId;
        return (
          <Group gap={6} wrap="nowrap" justify="flex-end">
            {inherited && (
              <Text component="span" size="sm" c="dimmed">
                {t("ac.inherited", { account: connector.OwnerAccountId ?? "" })}
              </Text>
            )}
            <ButtonLink
              to="/accounts/$accountId/connectors/$accountConnectorId"
              params={{ accountId, accountConnectorId: String(connector.Id) }}
              size="compact-sm"
              variant="default"
            >
              {t("ac.edit")}
            </ButtonLink>
            {onDelete !== undefined && !inherited && (
              <Tooltip label={t("ac.delete")}>
                <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("ac.delete")} onClick={() => onDelete(connector)}>
                  <IconTrash size={18} />
                </ActionIcon>
              </Tooltip>
            )}
          </Group>
        );
      },
    },
  ];
}

function DeleteDialog({ accountId, connector, onClose }: { accountId: string; connector: AccountConnector | null; onClose: () => void }) {
  const remove = useDeleteConnector(accountId);
  return (
    <ConfirmDialog
      opened={connector !== null}
      onClose={onClose}
      title={t("ac.deleteTitle", { name: connector?.Name ?? "" })}
      text={t("ac.deleteText")}
      action={t("ac.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (connector === null) return;
        remove.mutate(connector.Id, {
          onSuccess: () => {
            toast(t("ac.deleted", { name: connector.Name }));
            onClose();
          },
        });
      }}
    />
  );
}
