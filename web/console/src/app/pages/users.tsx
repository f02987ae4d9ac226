import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { UsersPage } from "@features/users/UsersPage";

const route = getRouteApi("/shell/users");

export function Users() {
  const search = route.useSearch();
  const navigate = useNavigate();
  return <UsersPage search={search} onSearch={(next) => void navigate({ to: "/users", search: next, replace: true, resetScroll: false })} />;
}
