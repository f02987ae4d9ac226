import { useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";
import type { Account } from "@shared/api/types";
import { useEveryPage } from "@shared/api/useEveryPage";

/** Key of the list of accounts. */
export const accountsKey = ["accounts"] as const;

/** Key of everything about one account; queries inside the account begin with it. */
export function accountKey(accountId: string) {
  return ["account", accountId] as const;
}

const pageSize = 500;

/**
 * Every account of the partner, sub accounts among them. The list operation has no search, so the
 * search happens here.
 */
export function useAccounts() {
  return useEveryPage<Account>(accountsKey, (page, signal) =>
    unwrapPage(
      api.GET("/v1.0/accounts", {
        params: { query: { page, pageSize, orderBy: "Name", sortOrderAsc: true } },
        signal,
      }),
    ),
  );
}

/** One account. */
export function useAccount(accountId: string) {
  return useQuery({
    queryKey: [...accountKey(accountId), "details"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/accounts/{accountId}", { params: { path: { accountId } }, signal })),
  });
}
