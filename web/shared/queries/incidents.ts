import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrapPage } from "@shared/api/error";
import type { IncidentLevel } from "@shared/api/types";
import { accountKey } from "./accounts";

/** Key of everything that reports tell of an account. */
export const reportsKey = (accountId: string) => [...accountKey(accountId), "reports"] as const;

/** Which causes of incidents. */
export interface CauseFilter {
  cycleId?: string | undefined;
  level?: IncidentLevel | undefined;
  after?: string | undefined;
  before?: string | undefined;
  page?: number | undefined;
  pageSize: number;
}

/** One page of what caused incidents, the latest first. */
export function useIncidentCauses(accountId: string, filter: CauseFilter, live = false) {
  return useQuery({
    queryKey: [...reportsKey(accountId), "causes", filter],
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/v1.0/cycles/incidents/causes", {
          params: {
            header: inAccount(accountId),
            query: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: live ? liveInterval : false,
  });
}

/** How often reports are looked at again while something may change, in milliseconds. */
export const liveInterval = 5_000;
