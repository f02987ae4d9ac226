import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap, unwrapPage, type ListPage } from "@shared/api/error";
import type { Incident, Transaction, TransactionItem } from "@shared/api/types";
import { accountKey } from "@shared/queries/accounts";
import { cyclesKey } from "@shared/queries/cycles";
import { between, type IncidentsSearch, type TransactionSearch, type TransactionsSearch } from "./search";
import { isOver } from "./status";

/** Rows of one page. */
export const rowsPerPage = 50;

/** How often what runs is looked at again, in milliseconds. */
const liveInterval = 5_000;

const reportsKey = (accountId: string) => [...accountKey(accountId), "reports"] as const;
const transactionsKey = (accountId: string) => [...reportsKey(accountId), "transactions"] as const;
const incidentsKey = (accountId: string) => [...reportsKey(accountId), "incidents"] as const;

/** One page of the transactions, newest first. */
export function useTransactions(accountId: string, search: TransactionsSearch) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "list", search],
    queryFn: ({ signal }): Promise<ListPage<Transaction>> => {
      const header = inAccount(accountId);
      const query = {
        ...between(search),
        page: search.page ?? 1,
        pageSize: rowsPerPage,
        ...(search.status === undefined ? {} : { status: search.status }),
        ...(search.split === undefined ? {} : { splitType: search.split }),
      };
      if (search.cycle === undefined) return unwrapPage(api.GET("/v1.0/cycles/transactions", { params: { header, query }, signal }));
      return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/transactions", { params: { path: { cycleId: search.cycle }, header, query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.items.some((transaction) => !isOver(transaction.Status)) === true ? liveInterval : false),
  });
}

/** What a list has said of one transaction; the API has no other place that tells its state. */
function remembered(queries: QueryClient, accountId: string, transactionId: string): Transaction | undefined {
  return queries
    .getQueriesData<ListPage<Transaction>>({ queryKey: [...transactionsKey(accountId), "list"] })
    .flatMap(([, page]) => page?.items ?? [])
    .find((transaction) => transaction.Id === transactionId);
}

/** Transactions of one request while one of them is looked for. */
const lookedThrough = 1000;

/** The state of one transaction: from a list that was open, else from the newest of its cycle. */
export function useTransaction(accountId: string, cycleId: string, transactionId: string) {
  const queries = useQueryClient();
  return useQuery({
    queryKey: [...transactionsKey(accountId), "one", transactionId],
    queryFn: async ({ signal }): Promise<Transaction | null> => {
      const newest = await unwrap(
        api.GET("/v1.0/cycles/{cycleId}/transactions", {
          params: { path: { cycleId }, header: inAccount(accountId), query: { pageSize: lookedThrough } },
          signal,
        }),
      );
      return newest.find((transaction) => transaction.Id === transactionId) ?? remembered(queries, accountId, transactionId) ?? null;
    },
    initialData: () => remembered(queries, accountId, transactionId),
    refetchInterval: (query) => (query.state.data != null && !isOver(query.state.data.Status) ? liveInterval : false),
  });
}

/** Items of one page. */
export const itemsPerPage = 50;

/** What each step did in a transaction, in order. */
export function useItems(accountId: string, cycleId: string, transactionId: string, search: TransactionSearch, live: boolean) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "items", transactionId, search],
    queryFn: ({ signal }) =>
      unwrapPage<TransactionItem>(
        api.GET("/v1.0/cycles/{cycleId}/transactions/{transactionId}", {
          params: {
            path: { cycleId, transactionId },
            header: inAccount(accountId),
            query: { page: search.page ?? 1, pageSize: itemsPerPage, ...(search.q === undefined ? {} : { query: search.q }) },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: live ? liveInterval : false,
  });
}

/** What becomes of a transaction. */
export function useTransactionChanges(accountId: string, cycleId: string, transactionId: string) {
  const queries = useQueryClient();
  const params = { path: { cycleId, transactionId }, header: inAccount(accountId) };
  const onSuccess = (transaction: Transaction) => {
    queries.setQueryData([...transactionsKey(accountId), "one", transaction.Id], transaction);
    return queries.invalidateQueries({ queryKey: reportsKey(accountId) });
  };
  return {
    cancel: useMutation({
      mutationFn: () => unwrap(api.PUT("/v1.0/cycles/{cycleId}/transactions/{transactionId}/cancel", { params })),
      onSuccess,
    }),
    retry: useMutation({
      mutationFn: () => unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/retry", { params })),
      onSuccess,
    }),
  };
}

/** One page of the incidents, newest first. */
export function useIncidents(accountId: string, search: IncidentsSearch) {
  return useQuery({
    queryKey: [...incidentsKey(accountId), search],
    queryFn: ({ signal }): Promise<ListPage<Incident>> => {
      const header = inAccount(accountId);
      const query = { ...between(search), page: search.page ?? 1, pageSize: rowsPerPage };
      const cycleId = search.cycle;
      if (cycleId === undefined) {
        return search.level === "Warning"
          ? unwrapPage(api.GET("/v1.0/cycles/incidents/warning", { params: { header, query }, signal }))
          : unwrapPage(api.GET("/v1.0/cycles/incidents/error", { params: { header, query }, signal }));
      }
      if (search.level === undefined) return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/incidents", { params: { path: { cycleId }, header, query }, signal }));
      const level = search.level === "Warning" ? "warning" : "error";
      return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/incidents/{level}", { params: { path: { cycleId, level }, header, query }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

/** Forgets the incidents of a cycle, or those of some days. */
export function useClearIncidents(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ cycleId, ...days }: { cycleId: string; from?: string; to?: string }) =>
      unwrap(api.DELETE("/v1.0/cycles/{cycleId}/incidents", { params: { path: { cycleId }, header: inAccount(accountId), query: between(days) } })),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: reportsKey(accountId) }),
        // The counts of the cycles begin anew.
        queries.invalidateQueries({ queryKey: cyclesKey(accountId) }),
      ]),
  });
}
