import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ConnectorListPage } from "@features/accountConnectors/ConnectorListPage";
import { EditConnectorPage } from "@features/accountConnectors/EditConnectorPage";

const listRoute = getRouteApi("/shell/accounts/$accountId/connectors");
const editRoute = getRouteApi("/shell/accounts/$accountId/connectors/$accountConnectorId");

export function AccountConnectors() {
  const { accountId } = listRoute.useParams();
  const search = listRoute.useSearch();
  const navigate = useNavigate();
  return (
    <ConnectorListPage
      accountId={accountId}
      search={search}
      onSearch={(next) =>
        void navigate({ to: "/accounts/$accountId/connectors", params: { accountId }, search: next, replace: true, resetScroll: false })
      }
    />
  );
}

export function EditConnector() {
  const { accountId, accountConnectorId } = editRoute.useParams();
  const search = editRoute.useSearch();
  const navigate = useNavigate();
  return (
    <EditConnectorPage
      key={`${accountId}/${accountConnectorId}`}
      accountId={accountId}
      accountConnectorId={Number(accountConnectorId)}
      search={search}
      onSearch={(next) =>
        void navigate({
          to: "/accounts/$accountId/connectors/$accountConnectorId",
          params: { accountId, accountConnectorId },
          search: next,
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
