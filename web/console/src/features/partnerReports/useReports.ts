import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";
import { beginning, intervalOf, type CausesSearch, type LedgerSearch, type RunsSearch, type UsageSearch } from "./search";

/** Rows of one page. */
export const rowsPerPage = 50;
/** Alarms that are shown at once. */
const alarmsShown = 100;
/** How often what runs is looked at again, in milliseconds. */
const liveInterval = 10_000;

const ledgerKey = ["partnerReports", "ledger"] as const;

function ofAccount(account: string | undefined) {
  return account === undefined ? {} : { accountId: account };
}

/** One page of the ledger: accounts, or cycles of one. */
export function useLedger(search: LedgerSearch) {
  return useQuery({
    queryKey: [...ledgerKey, "lines", search],
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/v1.0/partner/ledger", {
          params: { query: { ...ofAccount(search.account), page: search.page ?? 1, pageSize: rowsPerPage } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: liveInterval,
  });
}

/** Open alarms, the newest first. */
export function useAlarms(account: string | undefined) {
  return useQuery({
    queryKey: [...ledgerKey, "alarms", account],
    queryFn: ({ signal }) =>
      unwrapPage(api.GET("/v1.0/partner/ledger/alarms", { params: { query: { ...ofAccount(account), open: true, pageSize: alarmsShown } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: liveInterval,
  });
}

/** Takes note of an alarm. */
export function useAcknowledge() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (alarmId: string) => unwrap(api.POST("/v1.0/partner/ledger/alarms/{alarmId}/acknowledge", { params: { path: { alarmId } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ledgerKey }),
  });
}

/** Rows of usage that are fetched at once: 13 months of 76 accounts. */
const usageRows = 1_000;

/** Tasks and incidents by account and month. */
export function useUsage(search: UsageSearch) {
  return useQuery({
    queryKey: ["partnerReports", "usage", search],
    queryFn: async ({ signal }) => {
      const rows = [];
      for (let page = 1, pages = 1; page <= pages; page += 1) {
        const part = await unwrapPage(
          api.GET("/v1.0/partner/usage", { params: { query: { ...ofAccount(search.account), page, pageSize: usageRows } }, signal }),
        );
        rows.push(...part.items);
        pages = part.totalPages;
      }
      return rows;
    },
    placeholderData: keepPreviousData,
  });
}

/** Runs, errors and latency by hour or day. */
export function useRuns(search: RunsSearch) {
  return useQuery({
    queryKey: ["partnerReports", "runs", search],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/partner/reports/runs", {
          params: { query: { ...ofAccount(search.account), interval: intervalOf(search.period), after: beginning(search.period, Date.now()) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
}

/** One page of incidents by cause. */
export function useCauses(search: CausesSearch) {
  return useQuery({
    queryKey: ["partnerReports", "causes", search],
    queryFn: ({ signal }) =>
      unwrapPage(
        api.GET("/v1.0/partner/reports/incidents", {
          params: {
            query: { ...ofAccount(search.account), after: beginning(search.period, Date.now()), page: search.page ?? 1, pageSize: rowsPerPage },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}
