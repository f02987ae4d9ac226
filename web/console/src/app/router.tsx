import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { validateAccountsSearch, validateAddAccount } from "@features/accounts/search";
import { validateConnectorEditSearch, validateConnectorListSearch } from "@features/accountConnectors/search";
import { validateAuditSearch } from "@features/audit/search";
import { validateBuilderSearch } from "@features/connectorBuilder/search";
import { validateCustomSearch } from "@features/customConnectors/search";
import { validateLibrarySearch, validateSetupSearch } from "@features/library/search";
import { validateScriptSearch } from "@features/scripts/search";
import { validateUsersSearch } from "@features/users/search";
import { textParam } from "@shared/search/params";
import { CrashedPage, NotFoundPage } from "./FaultPages";
import { SessionBoundary } from "./SessionBoundary";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: CrashedPage });

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  validateSearch: (search) => ({ token: textParam(search["token"]) }),
  component: lazyRouteComponent(() => import("./pages/invitation"), "Invitation"),
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: () => (
    <SessionBoundary>
      <Shell />
    </SessionBoundary>
  ),
});

const dashboard = createRoute({
  getParentRoute: () => shell,
  path: "/",
  component: lazyRouteComponent(() => import("@features/dashboard/DashboardPage"), "DashboardPage"),
});

const library = createRoute({
  getParentRoute: () => shell,
  path: "/connectors",
  validateSearch: validateLibrarySearch,
  component: lazyRouteComponent(() => import("./pages/library"), "Library"),
});
const setup = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/setup",
  validateSearch: validateSetupSearch,
  component: lazyRouteComponent(() => import("./pages/library"), "Setup"),
});
const releases = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/releases",
  component: lazyRouteComponent(() => import("./pages/library"), "Releases"),
});
const methods = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/methods",
  component: lazyRouteComponent(() => import("./pages/library"), "Methods"),
});

const customConnectors = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/custom",
  validateSearch: validateCustomSearch,
  component: lazyRouteComponent(() => import("./pages/customConnectors"), "CustomConnectors"),
});
const customReleases = createRoute({
  getParentRoute: () => customConnectors,
  path: "/$connectorId/releases",
  component: lazyRouteComponent(() => import("./pages/customConnectors"), "CustomReleases"),
});
const connectorBuilder = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/custom/$connectorId",
  validateSearch: validateBuilderSearch,
  component: lazyRouteComponent(() => import("./pages/connectorBuilder"), "ConnectorBuilder"),
});
const scriptTesting = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/script-testing",
  validateSearch: validateScriptSearch,
  component: lazyRouteComponent(() => import("./pages/scripts"), "ScriptTesting"),
});

const accounts = createRoute({
  getParentRoute: () => shell,
  path: "/accounts",
  validateSearch: validateAccountsSearch,
  component: lazyRouteComponent(() => import("./pages/accounts"), "Accounts"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId",
  component: lazyRouteComponent(() => import("./pages/accounts"), "AccountFrame"),
});
const accountHome = createRoute({
  getParentRoute: () => account,
  path: "/",
  beforeLoad: ({ params }) => {
    // TanStack Router takes its redirects as thrown values.
    // eslint-disable-next-line @typescript-eslint/only-throw-error
    throw redirect({ to: "/accounts/$accountId/connectors", params, replace: true });
  },
});
const accountConnectors = createRoute({
  getParentRoute: () => account,
  path: "/connectors",
  validateSearch: validateConnectorListSearch,
  component: lazyRouteComponent(() => import("./pages/accountConnectors"), "AccountConnectors"),
});
const subAccounts = createRoute({
  getParentRoute: () => account,
  path: "/sub-accounts",
  validateSearch: validateAddAccount,
  component: lazyRouteComponent(() => import("./pages/accounts"), "SubAccounts"),
});
const accountUsers = createRoute({
  getParentRoute: () => account,
  path: "/users",
  component: lazyRouteComponent(() => import("./pages/accounts"), "AccountUsers"),
});
const accountSettings = createRoute({
  getParentRoute: () => account,
  path: "/settings",
  component: lazyRouteComponent(() => import("./pages/accounts"), "AccountSettings"),
});
const editConnector = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId/connectors/$accountConnectorId",
  validateSearch: validateConnectorEditSearch,
  component: lazyRouteComponent(() => import("./pages/accountConnectors"), "EditConnector"),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: "/users",
  validateSearch: validateUsersSearch,
  component: lazyRouteComponent(() => import("./pages/users"), "Users"),
});

const auditLog = createRoute({
  getParentRoute: () => shell,
  path: "/reports/audit-log",
  validateSearch: validateAuditSearch,
  component: lazyRouteComponent(() => import("./pages/audit"), "Audit"),
});

const general = createRoute({
  getParentRoute: () => shell,
  path: "/settings/general",
  component: lazyRouteComponent(() => import("@features/settings/GeneralPage"), "GeneralPage"),
});
const appearance = createRoute({
  getParentRoute: () => shell,
  path: "/settings/appearance",
  component: lazyRouteComponent(() => import("@features/settings/AppearancePage"), "AppearancePage"),
});
const oauthClients = createRoute({
  getParentRoute: () => shell,
  path: "/settings/oauth-clients",
  component: lazyRouteComponent(() => import("@features/settings/OAuthClientsPage"), "OAuthClientsPage"),
});
const administrators = createRoute({
  getParentRoute: () => shell,
  path: "/settings/administrators",
  component: lazyRouteComponent(() => import("@features/settings/AdministratorsPage"), "AdministratorsPage"),
});
const ipRestrictions = createRoute({
  getParentRoute: () => shell,
  path: "/settings/ip-restrictions",
  component: lazyRouteComponent(() => import("@features/settings/IpRestrictionsPage"), "IpRestrictionsPage"),
});
const security = createRoute({
  getParentRoute: () => shell,
  path: "/settings/security",
  component: lazyRouteComponent(() => import("@features/settings/SecurityPage"), "SecurityPage"),
});
const accountInformation = createRoute({
  getParentRoute: () => shell,
  path: "/settings/account-information",
  component: lazyRouteComponent(() => import("@features/settings/AccountInformationPage"), "AccountInformationPage"),
});

const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile",
  component: lazyRouteComponent(() => import("@features/profile/ProfilePage"), "ProfilePage"),
});

const routeTree = root.addChildren([
  invitation,
  shell.addChildren([
    dashboard,
    library.addChildren([setup, releases, methods]),
    customConnectors.addChildren([customReleases]),
    connectorBuilder,
    scriptTesting,
    accounts,
    account.addChildren([accountHome, accountConnectors, subAccounts, accountUsers, accountSettings]),
    editConnector,
    users,
    auditLog,
    general,
    appearance,
    oauthClients,
    administrators,
    ipRestrictions,
    security,
    accountInformation,
    profile,
  ]),
]);

/** Every address of the console. */
export const router = createRouter({
  routeTree,
  basepath: "/console",
  defaultPreload: "intent",
  scrollRestoration: true,
  defaultErrorComponent: CrashedPage,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
