import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ScriptTestingPage } from "@features/scripts/ScriptTestingPage";

const route = getRouteApi("/shell/connectors/script-testing");

export function ScriptTesting() {
  const search = route.useSearch();
  const navigate = useNavigate();
  return (
    <ScriptTestingPage
      search={search}
      onSearch={(next) => void navigate({ to: "/connectors/script-testing", search: next, replace: true, resetScroll: false })}
    />
  );
}
