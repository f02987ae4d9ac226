import { getRouteApi, Outlet, useNavigate } from "@tanstack/react-router";
import { AccountFrame as Frame } from "@features/accounts/AccountFrame";
import { AccountSettings as Settings } from "@features/accounts/AccountSettings";
import { AccountsPage } from "@features/accounts/AccountsPage";
import { AccountUsers as UsersOfAccount } from "@features/accounts/AccountUsers";
import { SubAccounts as SubAccountsOf } from "@features/accounts/SubAccounts";

const accountsRoute = getRouteApi("/shell/accounts");
const accountRoute = getRouteApi("/shell/accounts/$accountId");
const subAccountsRoute = getRouteApi("/shell/accounts/$accountId/sub-accounts");

export function Accounts() {
  const search = accountsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <AccountsPage
      search={search}
      onSearch={(next) => void navigate({ to: "/accounts", search: next, replace: true, resetScroll: false })}
    />
  );
}

export function AccountFrame() {
  const { accountId } = accountRoute.useParams();
  return (
    // Another account is another page: nothing of the one before stays.
    <Frame key={accountId} accountId={accountId}>
      <Outlet />
    </Frame>
  );
}

export function SubAccounts() {
  const { accountId } = accountRoute.useParams();
  const { add = false } = subAccountsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <SubAccountsOf
      accountId={accountId}
      adding={add}
      onAdding={(adding) =>
        void navigate({ to: "/accounts/$accountId/sub-accounts", params: { accountId }, search: adding ? { add: true } : {}, replace: true })
      }
    />
  );
}

export function AccountUsers() {
  return <UsersOfAccount accountId={accountRoute.useParams().accountId} />;
}

export function AccountSettings() {
  return <Settings accountId={accountRoute.useParams().accountId} />;
}
