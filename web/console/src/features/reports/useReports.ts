import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap, unwrapPage, type ListPage } from "@shared/api/error";
import type { Incident, IncidentCause, Transaction, TransactionItem, WebhookRequest } from "@shared/api/types";
import { cyclesKey } from "@shared/queries/cycles";
import { liveInterval, reportsKey } from "@shared/queries/incidents";
import { between, transactionQuery, type IncidentsSearch, type RequestsSearch, type TransactionQuery, type TransactionSearch, type TransactionsSearch } from "./search";
import { isOver } from "./status";

/** Rows of one page. */
export const rowsPerPage = 50;

/** How often it is looked whether something has begun, in milliseconds. */
const idleInterval = 15_000;

/** The most that one answer holds. */
const most = 1000;

const transactionsKey = (accountId: string) => [...reportsKey(accountId), "transactions"] as const;
const incidentsKey = (accountId: string) => [...reportsKey(accountId), "incidents"] as const;

interface PageQuery extends TransactionQuery {
  transactionId?: string;
  page?: number;
  pageSize: number;
}

function fetchTransactions(accountId: string, cycleId: string | undefined, query: PageQuery, signal?: AbortSignal): Promise<ListPage<Transaction>> {
  const header = inAccount(accountId);
  const signalled = signal === undefined ? {} : { signal };
  if (cycleId === undefined) return unwrapPage(api.GET("/v1.0/cycles/transactions", { params: { header, query }, ...signalled }));
  return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/transactions", { params: { path: { cycleId }, header, query }, ...signalled }));
}

/** One page of the transactions, newest first. While it is live, what changes and what begins appears. */
export function useTransactions(accountId: string, search: TransactionsSearch, live: boolean) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "list", search],
    queryFn: ({ signal }) =>
      fetchTransactions(accountId, search.cycle, { ...transactionQuery(search), page: search.page ?? 1, pageSize: rowsPerPage }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => {
      if (!live) return false;
      return query.state.data?.items.some((transaction) => !isOver(transaction.Status)) === true ? liveInterval : idleInterval;
    },
  });
}

/** One transaction; nothing where its summary is no longer kept. */
export function useTransaction(accountId: string, cycleId: string, transactionId: string) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "one", transactionId],
    queryFn: async ({ signal }): Promise<Transaction | null> => {
      const found = await fetchTransactions(accountId, cycleId, { transactionId, pageSize: 1 }, signal);
      return found.items[0] ?? null;
    },
    refetchInterval: (query) => (query.state.data != null && !isOver(query.state.data.Status) ? liveInterval : false),
  });
}

/** How many transactions were split off from one. */
export function useChildCount(accountId: string, cycleId: string, transactionId: string, live: boolean) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "children", transactionId],
    queryFn: ({ signal }) => fetchTransactions(accountId, cycleId, { parentTransactionId: transactionId, pageSize: 1 }, signal),
    select: (page) => page.totalRecords,
    refetchInterval: live ? liveInterval : false,
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

/** How a step was mapped when a transaction ran it, with what earlier steps' fields are called. */
export function useStepMapping(accountId: string, cycleId: string, transactionId: string, stepId: string) {
  return useQuery({
    queryKey: [...reportsKey(accountId), "mapping", transactionId, stepId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/cycles/{cycleId}/transactions/{transactionId}/steps/{stepId}/mapping", {
          params: { path: { cycleId, transactionId, stepId }, header: inAccount(accountId) },
          signal,
        }),
      ),
    // The version that it ran never changes.
    staleTime: Infinity,
  });
}

/** The account connector that a step works with; nothing for tools. */
export function useStepConnector(accountId: string, stepId: string | null | undefined, enabled: boolean) {
  return useQuery({
    queryKey: [...reportsKey(accountId), "connector", stepId ?? ""],
    enabled: enabled && stepId != null,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/steps/{stepId}", { params: { path: { stepId: stepId ?? "" }, header: inAccount(accountId) }, signal })),
    select: (step) => step.AccountConnector,
    staleTime: 60_000,
  });
}

/** Goes on with a transaction from the step that failed. */
export function retryTransaction(accountId: string, { CycleId, Id }: Pick<Transaction, "CycleId" | "Id">): Promise<Transaction> {
  const params = { path: { cycleId: CycleId, transactionId: Id }, header: inAccount(accountId) };
  return unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/retry", { params }));
}

/** Ends a transaction before its next step. */
export function cancelTransaction(accountId: string, { CycleId, Id }: Pick<Transaction, "CycleId" | "Id">): Promise<Transaction> {
  const params = { path: { cycleId: CycleId, transactionId: Id }, header: inAccount(accountId) };
  return unwrap(api.PUT("/v1.0/cycles/{cycleId}/transactions/{transactionId}/cancel", { params }));
}

/** Lets a transaction that waits for time go on at once. */
function resumeTransaction(accountId: string, { CycleId, Id }: Pick<Transaction, "CycleId" | "Id">): Promise<Transaction> {
  const params = { path: { cycleId: CycleId, transactionId: Id }, header: inAccount(accountId) };
  return unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/resume", { params }));
}

/** Lets a transaction go on behind the step that failed. */
function skipStep(accountId: string, { CycleId, Id }: Pick<Transaction, "CycleId" | "Id">): Promise<Transaction> {
  const params = { path: { cycleId: CycleId, transactionId: Id }, header: inAccount(accountId) };
  return unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/skip", { params }));
}

/** Draws all reports of an account anew. */
export function useRefreshReports(accountId: string) {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: reportsKey(accountId) });
}

/** What becomes of a transaction. */
export function useTransactionChanges(accountId: string, cycleId: string, transactionId: string) {
  const queries = useQueryClient();
  const which = { CycleId: cycleId, Id: transactionId };
  const onSuccess = (transaction: Transaction) => {
    queries.setQueryData([...transactionsKey(accountId), "one", transaction.Id], transaction);
    return queries.invalidateQueries({ queryKey: reportsKey(accountId) });
  };
  return {
    cancel: useMutation({ mutationFn: () => cancelTransaction(accountId, which), onSuccess }),
    retry: useMutation({ mutationFn: () => retryTransaction(accountId, which), onSuccess }),
    resume: useMutation({ mutationFn: () => resumeTransaction(accountId, which), onSuccess }),
    skip: useMutation({ mutationFn: () => skipStep(accountId, which), onSuccess }),
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
      const cause = {
        ...(search.step === undefined ? {} : { stepId: search.step }),
        ...(search.message === undefined ? {} : { message: search.message }),
      };
      const ofCycle = { ...query, ...cause };
      if (search.level === undefined) {
        return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/incidents", { params: { path: { cycleId }, header, query: ofCycle }, signal }));
      }
      const level = search.level === "Warning" ? "warning" : "error";
      return unwrapPage(api.GET("/v1.0/cycles/{cycleId}/incidents/{level}", { params: { path: { cycleId, level }, header, query: ofCycle }, signal }));
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

/** The errored transactions of a cause: those of its newest thousand incidents that nobody has retried since. */
export function useRetryable(accountId: string, cause: IncidentCause | undefined) {
  return useQuery({
    queryKey: [...transactionsKey(accountId), "retryable", cause?.CycleId, cause?.StepId, cause?.ShortMessage],
    enabled: cause !== undefined,
    queryFn: async ({ signal }): Promise<Transaction[]> => {
      if (cause === undefined) return [];
      const [incidents, errored] = await Promise.all([
        unwrap(
          api.GET("/v1.0/cycles/{cycleId}/incidents/{level}", {
            params: {
              path: { cycleId: cause.CycleId, level: "error" },
              header: inAccount(accountId),
              query: { message: cause.ShortMessage, pageSize: most, ...(cause.StepId == null ? {} : { stepId: cause.StepId }) },
            },
            signal,
          }),
        ),
        fetchTransactions(accountId, cause.CycleId, { status: "Errored", pageSize: most }, signal),
      ]);
      const met = new Set(incidents.map((incident) => incident.TransactionId));
      return errored.items.filter((transaction) => met.has(transaction.Id));
    },
    // What is decided on is what there is now.
    staleTime: 0,
    gcTime: 0,
  });
}

function fetchRequests(accountId: string, cycleId: string, query: { after?: string; before?: string; page?: number; pageSize: number }, signal: AbortSignal) {
  return unwrapPage<WebhookRequest>(
    api.GET("/v1.0/cycles/{cycleId}/webhookrequests", { params: { path: { cycleId }, header: inAccount(accountId), query }, signal }),
  );
}

const requestsKey = (accountId: string) => [...reportsKey(accountId), "requests"] as const;

/** One page of the requests to a cycle's webhooks, newest first. */
export function useRequests(accountId: string, search: RequestsSearch) {
  return useQuery({
    queryKey: [...requestsKey(accountId), search],
    enabled: search.cycle !== undefined,
    queryFn: ({ signal }) => fetchRequests(accountId, search.cycle ?? "", { ...between(search), page: search.page ?? 1, pageSize: rowsPerPage }, signal),
    placeholderData: keepPreviousData,
  });
}

/** What a new transaction is begun from: a stored request, another transaction, or one of the steps of that. */
export type Origin = { requestId: string } | { transactionId: string } | { transactionId: string; stepId: string };

/** Begins a new transaction. */
export function useBeginAgain(accountId: string, cycleId: string) {
  const queries = useQueryClient();
  const header = inAccount(accountId);
  return useMutation({
    mutationFn: (origin: Origin) => {
      if ("requestId" in origin) {
        return unwrap(api.POST("/v1.0/cycles/{cycleId}/webhookrequests/{requestId}/replay", { params: { path: { cycleId, ...origin }, header } }));
      }
      if ("stepId" in origin) {
        const params = { path: { cycleId, ...origin }, header };
        return unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/steps/{stepId}/retry", { params }));
      }
      return unwrap(api.POST("/v1.0/cycles/{cycleId}/transactions/{transactionId}/rerun", { params: { path: { cycleId, ...origin }, header } }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: reportsKey(accountId) }),
  });
}
