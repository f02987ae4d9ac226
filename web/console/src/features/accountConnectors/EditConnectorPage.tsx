import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/accounts";
import { Alert, Group, Tabs, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import type { AccountConnector } from "@shared/api/types";
import { useAccount } from "@shared/queries/accounts";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { AuthenticationCard } from "./AuthenticationCard";
import { DetailsCard } from "./DetailsCard";
import { MethodsPanel } from "./MethodsPanel";
import { PropertiesCard } from "./PropertiesCard";
import type { ConnectorEditSearch } from "./search";
import { SetupTokenCard } from "./SetupTokenCard";
import { StateBadge } from "./StateBadge";
import { UpdateNotice } from "./UpdateNotice";
import { useAccountConnector, useSetupFields } from "./useAccountConnectors";

interface EditConnectorPageProps {
  accountId: string;
  accountConnectorId: number;
  search: ConnectorEditSearch;
  onSearch: (search: ConnectorEditSearch) => void;
}

/** **Edit Connector**: credentials, properties, and trying its methods. */
export function EditConnectorPage({ accountId, accountConnectorId, search, onSearch }: EditConnectorPageProps) {
  const connector = useAccountConnector(accountId, accountConnectorId);
  usePageTitle(connector.data?.Name ?? t("ac.edit"));
  if (connector.isPending) return <PageSkeleton label={t("edit.what")} rows={5} />;
  if (connector.isLoadingError) {
    return (
      <>
        <AnchorLink to="/accounts/$accountId/connectors" params={{ accountId }} size="sm" display="inline-block" mb="md">
          {accountId}
        </AnchorLink>
        <PageError isPage what={t("edit.what")} error={connector.error} onRetry={() => void connector.refetch()} />
      </>
    );
  }
  return <EditConnector accountId={accountId} connector={connector.data} search={search} onSearch={onSearch} />;
}

interface EditConnectorProps {
  accountId: string;
  connector: AccountConnector;
  search: ConnectorEditSearch;
  onSearch: (search: ConnectorEditSearch) => void;
}

function EditConnector({ accountId, connector, search, onSearch }: EditConnectorProps) {
  const account = useAccount(accountId).data;
  const rights = useRights();
  const inherited = connector.OwnerAccountId !== undefined && account !== undefined && connector.OwnerAccountId !== account.Id;
  const editable = rights.manageAccountConnectors && !inherited;
  return (
    <>
      <PageHeader
        title={connector.Name}
        icon={<ConnectorIcon icon={connector.Connector.Icon} name={connector.Connector.Name} size={52} />}
        aside={<StateBadge connector={connector} />}
        lead={[connector.Connector.Name, connector.Connector.Version].filter(Boolean).join(" · ")}
        trail={
          <Group gap={4} component="nav" aria-label={t("account.back")}>
            <AnchorLink to="/accounts" size="sm">
              {t("account.back")}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <AnchorLink to="/accounts/$accountId/connectors" params={{ accountId }} size="sm">
              {account?.Name ?? accountId}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <Text component="span" size="sm" c="dimmed">
              {t("ac.edit")}
            </Text>
          </Group>
        }
      />
      {!inherited && <UpdateNotice accountId={accountId} connector={connector} editable={rights.manageAccountConnectors} />}
      <Tabs
        value={search.tab ?? "setup"}
        onChange={(tab) => onSearch({ ...search, tab: tab === "methods" ? "methods" : undefined })}
        keepMounted={false}
      >
        <Tabs.List mb="lg" aria-label={t("edit.tabs")}>
          <Tabs.Tab value="setup">{t("edit.setupTab")}</Tabs.Tab>
          <Tabs.Tab value="methods">{t("edit.methodsTab")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="setup">
          {inherited && (
            <Alert color="gray" mb="lg">
              {t("edit.inherited")}
            </Alert>
          )}
          <SetupCards accountId={accountId} connector={connector} editable={editable} />
        </Tabs.Panel>
        <Tabs.Panel value="methods">
          <MethodsPanel accountId={accountId} connector={connector} search={search} onSearch={onSearch} editable={editable} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

function SetupCards({ accountId, connector, editable }: { accountId: string; connector: AccountConnector; editable: boolean }) {
  const setup = useSetupFields(connector.Connector.Id);
  if (setup.isPending) return <PageSkeleton label={t("edit.what")} shape="form" />;
  if (setup.isLoadingError) return <PageError what={t("edit.what")} error={setup.error} onRetry={() => void setup.refetch()} />;
  return (
    <>
      <AuthenticationCard accountId={accountId} connector={connector} setup={setup.data} editable={editable} />
      <PropertiesCard accountId={accountId} connector={connector} editable={editable} />
      {editable && <SetupTokenCard accountId={accountId} accountConnectorId={connector.Id} />}
      <DetailsCard accountId={accountId} connector={connector} editable={editable} />
    </>
  );
}
