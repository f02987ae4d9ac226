import { getRouteApi, Outlet, useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { LibraryPage } from "@features/library/LibraryPage";
import { MethodsDrawer } from "@features/library/MethodsDrawer";
import { ReleasesDrawer } from "@features/library/ReleasesDrawer";
import { SetupDrawer } from "@features/library/SetupDrawer";

const libraryRoute = getRouteApi("/shell/connectors");
const setupRoute = getRouteApi("/shell/connectors/$connectorId/setup");
const releasesRoute = getRouteApi("/shell/connectors/$connectorId/releases");
const methodsRoute = getRouteApi("/shell/connectors/$connectorId/methods");

/** The library; what is open above it is a page of its own. */
export function Library() {
  const search = libraryRoute.useSearch();
  const navigate = useNavigate();
  const open = useCallback(
    (view: "setup" | "releases" | "methods", connectorId: number) =>
      void navigate({
        to: `/connectors/$connectorId/${view}`,
        params: { connectorId: String(connectorId) },
        search,
        resetScroll: false,
      }),
    [navigate, search],
  );
  return (
    <LibraryPage
      search={search}
      // Wherever one is: the address follows the search box a moment later, when a connector may be open.
      onSearch={(next) =>
        void navigate({
          to: ".",
          search: (before) => ({ ...next, ...("guide" in before ? { guide: before.guide } : {}) }),
          replace: true,
          resetScroll: false,
        })
      }
      onOpen={open}
    >
      <Outlet />
    </LibraryPage>
  );
}

function useClose() {
  const { q, category, status, page } = libraryRoute.useSearch();
  const navigate = useNavigate();
  const search = {
    ...(q === undefined ? {} : { q }),
    ...(category === undefined ? {} : { category }),
    ...(status === undefined ? {} : { status }),
    ...(page === undefined ? {} : { page }),
  };
  return () => void navigate({ to: "/connectors", search, resetScroll: false });
}

export function Setup() {
  const { connectorId } = setupRoute.useParams();
  const { guide = false } = setupRoute.useSearch();
  const navigate = setupRoute.useNavigate();
  return (
    <SetupDrawer
      connectorId={Number(connectorId)}
      guide={guide}
      onGuide={(open) =>
        void navigate({
          search: (before) => ({ ...before, guide: open ? true : undefined }),
          replace: true,
          resetScroll: false,
        })
      }
      onClose={useClose()}
    />
  );
}

export function Releases() {
  const { connectorId } = releasesRoute.useParams();
  return <ReleasesDrawer connectorId={Number(connectorId)} onClose={useClose()} />;
}

export function Methods() {
  const { connectorId } = methodsRoute.useParams();
  return <MethodsDrawer connectorId={Number(connectorId)} onClose={useClose()} />;
}
