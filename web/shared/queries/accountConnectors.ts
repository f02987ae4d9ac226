import { useQuery } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import { accountKey } from "./accounts";

/** Key of the connectors of an account; queries about one of them begin with it. */
export const connectorsKey = (accountId: string) => [...accountKey(accountId), "connectors"] as const;

/** No account has more connectors than one answer holds. */
const pageSize = 1000;

/** The connectors installed in an account. */
export function useAccountConnectors(accountId: string) {
  return useQuery({
    queryKey: connectorsKey(accountId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/account/connectors", {
          params: { header: inAccount(accountId), query: { pageSize } },
          signal,
        }),
      ),
  });
}
