import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CausesPage } from "@features/partnerReports/CausesPage";
import { LedgerPage } from "@features/partnerReports/LedgerPage";
import { RunsPage } from "@features/partnerReports/RunsPage";
import { UsagePage } from "@features/partnerReports/UsagePage";

const ledgerRoute = getRouteApi("/shell/reports/ledger");
const usageRoute = getRouteApi("/shell/reports/task-usage");
const runsRoute = getRouteApi("/shell/reports/runs");
const causesRoute = getRouteApi("/shell/reports/incidents");

/** Filters go into the address, and the page stays where it is. */
const stay = { replace: true, resetScroll: false } as const;

export function Ledger() {
  const navigate = useNavigate();
  return <LedgerPage search={ledgerRoute.useSearch()} onSearch={(search) => void navigate({ to: "/reports/ledger", search, ...stay })} />;
}

export function TaskUsage() {
  const navigate = useNavigate();
  return <UsagePage search={usageRoute.useSearch()} onSearch={(search) => void navigate({ to: "/reports/task-usage", search, ...stay })} />;
}

export function Runs() {
  const navigate = useNavigate();
  return <RunsPage search={runsRoute.useSearch()} onSearch={(search) => void navigate({ to: "/reports/runs", search, ...stay })} />;
}

export function Causes() {
  const navigate = useNavigate();
  return <CausesPage search={causesRoute.useSearch()} onSearch={(search) => void navigate({ to: "/reports/incidents", search, ...stay })} />;
}
