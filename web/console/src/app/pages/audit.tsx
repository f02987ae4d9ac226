import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { AuditPage } from "@features/audit/AuditPage";

const route = getRouteApi("/shell/reports/audit-log");

export function Audit() {
  const search = route.useSearch();
  const navigate = useNavigate();
  return (
    <AuditPage search={search} onSearch={(next) => void navigate({ to: "/reports/audit-log", search: next, replace: true, resetScroll: false })} />
  );
}
