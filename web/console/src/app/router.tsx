import { createRootRoute, createRoute, createRouter, Outlet, redirect } from "@tanstack/react-router";
import { validateAccountsSearch, validateAddAccount } from "@features/accounts/search";
import { validateConnectorEditSearch, validateConnectorListSearch } from "@features/accountConnectors/search";
import { validateAuditSearch } from "@features/audit/search";
import { validateBuilderSearch } from "@features/connectorBuilder/search";
import { validateCustomSearch } from "@features/customConnectors/search";
import { validateCycleListSearch, validateCycleSearch, validateOfferSearch } from "@features/cycles/search";
import { validateLibrarySearch, validateSetupSearch } from "@features/library/search";
import { validateCausesSearch, validateLedgerSearch, validateRunsSearch, validateUsageSearch } from "@features/partnerReports/search";
import { validateIncidentsSearch, validateRequestsSearch, validateTransactionSearch, validateTransactionsSearch } from "@features/reports/search";
import { validateScriptSearch } from "@features/scripts/search";
import { validateBinSearch, validateTemplateSearch, validateTemplatesSearch } from "@features/templates/search";
import { validateUsersSearch } from "@features/users/search";
import { textParam } from "@shared/search/params";
import { CrashedPage, NotFoundPage } from "./FaultPages";
import { page } from "./loadPage";
import { SessionBoundary } from "./SessionBoundary";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFoundPage, errorComponent: CrashedPage });

const invitation = createRoute({
  getParentRoute: () => root,
  path: "/invitation",
  validateSearch: (search) => ({ token: textParam(search["token"]) }),
  component: page(() => import("./pages/invitation"), "Invitation"),
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
  component: page(() => import("@features/dashboard/DashboardPage"), "DashboardPage"),
});

const library = createRoute({
  getParentRoute: () => shell,
  path: "/connectors",
  validateSearch: validateLibrarySearch,
  component: page(() => import("./pages/library"), "Library"),
});
const setup = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/setup",
  validateSearch: validateSetupSearch,
  component: page(() => import("./pages/library"), "Setup"),
});
const releases = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/releases",
  component: page(() => import("./pages/library"), "Releases"),
});
const methods = createRoute({
  getParentRoute: () => library,
  path: "/$connectorId/methods",
  component: page(() => import("./pages/library"), "Methods"),
});

const customConnectors = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/custom",
  validateSearch: validateCustomSearch,
  component: page(() => import("./pages/customConnectors"), "CustomConnectors"),
});
const customReleases = createRoute({
  getParentRoute: () => customConnectors,
  path: "/$connectorId/releases",
  component: page(() => import("./pages/customConnectors"), "CustomReleases"),
});
const connectorBuilder = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/custom/$connectorId",
  validateSearch: validateBuilderSearch,
  component: page(() => import("./pages/connectorBuilder"), "ConnectorBuilder"),
});
const scriptTesting = createRoute({
  getParentRoute: () => shell,
  path: "/connectors/script-testing",
  validateSearch: validateScriptSearch,
  component: page(() => import("./pages/scripts"), "ScriptTesting"),
});

const templates = createRoute({
  getParentRoute: () => shell,
  path: "/templates",
  validateSearch: validateTemplatesSearch,
  component: page(() => import("./pages/templates"), "TemplateLibrary"),
});
const templateConnectors = createRoute({
  getParentRoute: () => shell,
  path: "/templates/connectors",
  validateSearch: validateConnectorListSearch,
  component: page(() => import("./pages/templates"), "TemplateConnectors"),
});
const recycleBin = createRoute({
  getParentRoute: () => shell,
  path: "/templates/recycle-bin",
  validateSearch: validateBinSearch,
  component: page(() => import("./pages/templates"), "RecycleBin"),
});
const template = createRoute({
  getParentRoute: () => shell,
  path: "/templates/$templateId",
  validateSearch: validateTemplateSearch,
  component: page(() => import("./pages/templates"), "TemplateReleases"),
});
const templateRelease = createRoute({
  getParentRoute: () => shell,
  path: "/templates/$templateId/releases/$releaseId",
  validateSearch: validateCycleSearch,
  component: page(() => import("./pages/templates"), "TemplateRelease"),
});

const accounts = createRoute({
  getParentRoute: () => shell,
  path: "/accounts",
  validateSearch: validateAccountsSearch,
  component: page(() => import("./pages/accounts"), "Accounts"),
});
const account = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId",
  component: page(() => import("./pages/accounts"), "AccountFrame"),
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
const accountCycles = createRoute({
  getParentRoute: () => account,
  path: "/cycles",
  validateSearch: validateCycleListSearch,
  component: page(() => import("./pages/cycles"), "AccountCycles"),
});
const accountTemplates = createRoute({
  getParentRoute: () => account,
  path: "/templates",
  validateSearch: validateOfferSearch,
  component: page(() => import("./pages/cycles"), "AccountTemplates"),
});
const accountReports = createRoute({
  getParentRoute: () => account,
  path: "/reports",
  validateSearch: validateTransactionsSearch,
  component: page(() => import("./pages/reports"), "Transactions"),
});
const accountIncidents = createRoute({
  getParentRoute: () => account,
  path: "/reports/incidents",
  validateSearch: validateIncidentsSearch,
  component: page(() => import("./pages/reports"), "Incidents"),
});
const accountRequests = createRoute({
  getParentRoute: () => account,
  path: "/reports/requests",
  validateSearch: validateRequestsSearch,
  component: page(() => import("./pages/reports"), "Requests"),
});
const accountConnectors = createRoute({
  getParentRoute: () => account,
  path: "/connectors",
  validateSearch: validateConnectorListSearch,
  component: page(() => import("./pages/accountConnectors"), "AccountConnectors"),
});
const subAccounts = createRoute({
  getParentRoute: () => account,
  path: "/sub-accounts",
  validateSearch: validateAddAccount,
  component: page(() => import("./pages/accounts"), "SubAccounts"),
});
const accountUsers = createRoute({
  getParentRoute: () => account,
  path: "/users",
  component: page(() => import("./pages/accounts"), "AccountUsers"),
});
const accountSettings = createRoute({
  getParentRoute: () => account,
  path: "/settings",
  component: page(() => import("./pages/accounts"), "AccountSettings"),
});
const editConnector = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId/connectors/$accountConnectorId",
  validateSearch: validateConnectorEditSearch,
  component: page(() => import("./pages/accountConnectors"), "EditConnector"),
});

const accountCycle = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId/cycles/$cycleId",
  validateSearch: validateCycleSearch,
  component: page(() => import("./pages/cycles"), "AccountCycle"),
});
const transaction = createRoute({
  getParentRoute: () => shell,
  path: "/accounts/$accountId/cycles/$cycleId/transactions/$transactionId",
  validateSearch: validateTransactionSearch,
  component: page(() => import("./pages/reports"), "Transaction"),
});

const users = createRoute({
  getParentRoute: () => shell,
  path: "/users",
  validateSearch: validateUsersSearch,
  component: page(() => import("./pages/users"), "Users"),
});

const auditLog = createRoute({
  getParentRoute: () => shell,
  path: "/reports/audit-log",
  validateSearch: validateAuditSearch,
  component: page(() => import("./pages/audit"), "Audit"),
});

const ledger = createRoute({
  getParentRoute: () => shell,
  path: "/reports/ledger",
  validateSearch: validateLedgerSearch,
  component: page(() => import("./pages/partnerReports"), "Ledger"),
});
const taskUsage = createRoute({
  getParentRoute: () => shell,
  path: "/reports/task-usage",
  validateSearch: validateUsageSearch,
  component: page(() => import("./pages/partnerReports"), "TaskUsage"),
});
const runsReport = createRoute({
  getParentRoute: () => shell,
  path: "/reports/runs",
  validateSearch: validateRunsSearch,
  component: page(() => import("./pages/partnerReports"), "Runs"),
});
const causesReport = createRoute({
  getParentRoute: () => shell,
  path: "/reports/incidents",
  validateSearch: validateCausesSearch,
  component: page(() => import("./pages/partnerReports"), "Causes"),
});

const general = createRoute({
  getParentRoute: () => shell,
  path: "/settings/general",
  component: page(() => import("@features/settings/GeneralPage"), "GeneralPage"),
});
const appearance = createRoute({
  getParentRoute: () => shell,
  path: "/settings/appearance",
  component: page(() => import("@features/settings/AppearancePage"), "AppearancePage"),
});
const dataRetention = createRoute({
  getParentRoute: () => shell,
  path: "/settings/data-retention",
  component: page(() => import("@features/settings/RetentionPage"), "RetentionPage"),
});
const oauthClients = createRoute({
  getParentRoute: () => shell,
  path: "/settings/oauth-clients",
  component: page(() => import("@features/settings/OAuthClientsPage"), "OAuthClientsPage"),
});
const administrators = createRoute({
  getParentRoute: () => shell,
  path: "/settings/administrators",
  component: page(() => import("@features/settings/AdministratorsPage"), "AdministratorsPage"),
});
const ipRestrictions = createRoute({
  getParentRoute: () => shell,
  path: "/settings/ip-restrictions",
  component: page(() => import("@features/settings/IpRestrictionsPage"), "IpRestrictionsPage"),
});
const security = createRoute({
  getParentRoute: () => shell,
  path: "/settings/security",
  component: page(() => import("@features/settings/SecurityPage"), "SecurityPage"),
});
const accountInformation = createRoute({
  getParentRoute: () => shell,
  path: "/settings/account-information",
  component: page(() => import("@features/settings/AccountInformationPage"), "AccountInformationPage"),
});

const profile = createRoute({
  getParentRoute: () => shell,
  path: "/profile",
  component: page(() => import("@features/profile/ProfilePage"), "ProfilePage"),
});

const routeTree = root.addChildren([
  invitation,
  shell.addChildren([
    dashboard,
    library.addChildren([setup, releases, methods]),
    customConnectors.addChildren([customReleases]),
    connectorBuilder,
    scriptTesting,
    templates,
    templateConnectors,
    recycleBin,
    template,
    templateRelease,
    accounts,
    account.addChildren([
      accountHome,
      accountCycles,
      accountConnectors,
      accountTemplates,
      accountReports,
      accountIncidents,
      accountRequests,
      subAccounts,
      accountUsers,
      accountSettings,
    ]),
    editConnector,
    accountCycle,
    transaction,
    users,
    auditLog,
    ledger,
    taskUsage,
    runsReport,
    causesReport,
    general,
    appearance,
    dataRetention,
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
