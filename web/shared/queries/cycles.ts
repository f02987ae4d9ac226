import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";
import type { Cycle, CycleActivate, CycleCreate, CycleUpdate } from "@shared/api/types";
import { accountKey } from "./accounts";

/** Key of everything about the cycles of an account. */
export const cyclesKey = (accountId: string) => [...accountKey(accountId), "cycles"] as const;
/** Key of everything about one cycle: its steps, its variables and so on begin with it. */
export const cycleKey = (accountId: string, cycleId: string) => [...cyclesKey(accountId), "one", cycleId] as const;

/** Cycles of one page. */
export const cyclesPerPage = 50;

/** How often what runs is looked at again, in milliseconds. */
const liveInterval = 10_000;

/** Whether work of the cycle may change what is shown of it. */
export function isLive(cycle: Cycle): boolean {
  return cycle.Status === "Active" || cycle.Status === "Stopping";
}

/** What leaves some cycles of a list. */
export interface CycleFilter {
  query?: string | undefined;
  tag?: string | undefined;
  page?: number | undefined;
  orderBy?: string | undefined;
  sortOrderAsc?: boolean | undefined;
}

/** One page of an account's cycles. */
export function useCycles(accountId: string, filter: CycleFilter) {
  return useQuery({
    queryKey: [...cyclesKey(accountId), "list", filter],
    queryFn: ({ signal }) =>
      unwrapPage<Cycle>(
        api.GET("/v1.0/cycles", {
          params: { header: inAccount(accountId), query: { ...given(filter), pageSize: cyclesPerPage, includeIcons: true } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some(isLive) === true ? liveInterval : false),
  });
}

/** The parts of a filter that say something. */
function given(filter: CycleFilter) {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined && value !== ""));
}

/** No account has more cycles than one answer holds. */
const everyCycle = 1000;

/** The cycles of an account by name, to choose one. */
export function useCycleNames(accountId: string) {
  return useQuery({
    queryKey: [...cyclesKey(accountId), "names"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/cycles", {
          params: { header: inAccount(accountId), query: { pageSize: everyCycle, orderBy: "Name", sortOrderAsc: true } },
          signal,
        }),
      ),
    select: (cycles) => cycles.map(({ Id, Name }) => ({ Id, Name })),
  });
}

/** One cycle. */
export function useCycle(accountId: string, cycleId: string | undefined) {
  return useQuery({
    queryKey: [...cycleKey(accountId, cycleId ?? ""), "details"],
    enabled: cycleId !== undefined,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/cycles/{cycleId}", {
          params: { path: { cycleId: cycleId ?? "" }, header: inAccount(accountId), query: { includeIcons: true } },
          signal,
        }),
      ),
    refetchInterval: (query) => (query.state.data !== undefined && isLive(query.state.data) ? liveInterval : false),
  });
}

/** What is missing before a cycle can run. */
export function usePrerequisites(accountId: string, cycleId: string, enabled = true) {
  return useQuery({
    queryKey: [...cycleKey(accountId, cycleId), "prerequisites"],
    enabled,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/cycles/{cycleId}/prerequisites", { params: { path: { cycleId }, header: inAccount(accountId) }, signal }),
      ),
  });
}

/** Changes of an account's cycles. */
export function useCycleChanges(accountId: string) {
  const queries = useQueryClient();
  const header = inAccount(accountId);
  // Everything of the account's cycles: a list shows the states of each.
  const refresh = () => queries.invalidateQueries({ queryKey: cyclesKey(accountId) });
  return {
    create: useMutation({
      mutationFn: (body: CycleCreate) => unwrap(api.POST("/v1.0/cycles", { params: { header }, body })),
      onSuccess: refresh,
    }),
    update: useMutation({
      mutationFn: ({ cycleId, body }: { cycleId: string; body: CycleUpdate }) =>
        unwrap(api.PUT("/v1.0/cycles/{cycleId}", { params: { path: { cycleId }, header }, body })),
      onSuccess: refresh,
    }),
    activate: useMutation({
      mutationFn: ({ cycleId, body }: { cycleId: string; body: CycleActivate }) =>
        unwrap(api.PUT("/v1.0/cycles/{cycleId}/activate", { params: { path: { cycleId }, header }, body })),
      // Also after a failure: what was missing is listed anew.
      onSettled: refresh,
    }),
    deactivate: useMutation({
      mutationFn: ({ cycleId, finish }: { cycleId: string; finish: boolean }) =>
        unwrap(
          api.PUT("/v1.0/cycles/{cycleId}/deactivate", {
            params: { path: { cycleId }, header, query: { finishQueuedTransactions: finish } },
          }),
        ),
      onSuccess: refresh,
    }),
    remove: useMutation({
      mutationFn: (cycleId: string) => unwrap(api.DELETE("/v1.0/cycles/{cycleId}", { params: { path: { cycleId }, header } })),
      onSuccess: (_, cycleId) => {
        queries.removeQueries({ queryKey: cycleKey(accountId, cycleId) });
        return queries.invalidateQueries({ queryKey: [...cyclesKey(accountId), "list"] });
      },
    }),
  };
}
