import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { DraftTest } from "@features/accountConnectors/DraftTest";
import { MethodTest } from "@features/accountConnectors/MethodTest";
import { BuilderPage } from "@features/connectorBuilder/BuilderPage";

const route = getRouteApi("/shell/connectors/custom/$connectorId");

/** The builder; test calls are those of an account's connector. */
export function ConnectorBuilder() {
  const { connectorId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  return (
    <BuilderPage
      key={connectorId}
      connectorId={Number(connectorId)}
      search={search}
      onSearch={(next) => void navigate({ to: "/connectors/custom/$connectorId", params: { connectorId }, search: next, replace: true, resetScroll: false })}
      renderDraftCall={(owner, id, method, installed) => (
        <DraftTest key={method.Id} owner={owner} connectorId={id} method={method} installed={installed} />
      )}
      renderCall={(accountId, connector, method) => <MethodTest key={method.Id} accountId={accountId} connector={connector} method={method} />}
    />
  );
}
