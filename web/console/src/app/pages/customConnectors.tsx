import { getRouteApi, Outlet, useNavigate } from "@tanstack/react-router";
import { CustomConnectorsPage } from "@features/customConnectors/CustomConnectorsPage";
import { ReleasesDrawer } from "@features/customConnectors/ReleasesDrawer";

const listRoute = getRouteApi("/shell/connectors/custom");
const releasesRoute = getRouteApi("/shell/connectors/custom/$connectorId/releases");

/** The list; the releases of one are a page of their own above it. */
export function CustomConnectors() {
  const search = listRoute.useSearch();
  const navigate = useNavigate();
  return (
    <CustomConnectorsPage
      search={search}
      onSearch={(next) => void navigate({ to: "/connectors/custom", search: next, replace: true, resetScroll: false })}
      onEdit={(connectorId) => void navigate({ to: "/connectors/custom/$connectorId", params: { connectorId: String(connectorId) } })}
      onReleases={(connectorId) =>
        void navigate({ to: "/connectors/custom/$connectorId/releases", params: { connectorId: String(connectorId) }, search, resetScroll: false })
      }
    >
      <Outlet />
    </CustomConnectorsPage>
  );
}

export function CustomReleases() {
  const { connectorId } = releasesRoute.useParams();
  const { q } = listRoute.useSearch();
  const navigate = useNavigate();
  return (
    <ReleasesDrawer
      key={connectorId}
      connectorId={Number(connectorId)}
      onClose={() => void navigate({ to: "/connectors/custom", search: q === undefined ? {} : { q }, resetScroll: false })}
    />
  );
}
