import { choiceParam, pageParam, present, textParam } from "@shared/search/params";
import type { IncidentLevel, TransactionStatus } from "@shared/api/types";

/** States in the order in which they are offered; all when left out. `Retry` is what waits for its next attempt. */
export const statusFilters = [
  "InProgress",
  "Queued",
  "Running",
  "Waiting",
  "Retry",
  "Paused",
  "Completed",
  "Errored",
  "Stopped",
  "Cancelled",
] as const satisfies readonly (TransactionStatus | "InProgress" | "Retry")[];

/** How transactions came about; all when left out. */
export const splitFilters = ["Unsplit", "Split"] as const;

/** What went wrong in transactions; everything when left out. */
export const troubleFilters = ["Errors", "Warnings", "None"] as const;

/** Filters of the transactions as they stand in the address. */
export interface TransactionsSearch {
  cycle?: string;
  status?: (typeof statusFilters)[number];
  split?: (typeof splitFilters)[number];
  incidents?: (typeof troubleFilters)[number];
  /** Only those that were split off from this transaction. */
  parent?: string;
  /** Days, `2026-03-01`, in this browser's zone; both inclusive. */
  from?: string;
  to?: string;
  page?: number;
}

const day = /^\d{4}-\d{2}-\d{2}$/;

function dayParam(value: unknown): string {
  const text = textParam(value);
  return day.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

export function validateTransactionsSearch(search: Record<string, unknown>): TransactionsSearch {
  const status = choiceParam(search["status"], statusFilters);
  const split = choiceParam(search["split"], splitFilters);
  const incidents = choiceParam(search["incidents"], troubleFilters);
  return {
    ...present({
      cycle: textParam(search["cycle"]),
      parent: textParam(search["parent"]),
      from: dayParam(search["from"]),
      to: dayParam(search["to"]),
      page: pageParam(search["page"]),
    }),
    ...(status === undefined ? {} : { status }),
    ...(split === undefined ? {} : { split }),
    ...(incidents === undefined ? {} : { incidents }),
  };
}

/** The filters of the API. */
export interface TransactionQuery {
  status?: string;
  waitReason?: string;
  splitType?: string;
  hasErrors?: boolean;
  hasWarnings?: boolean;
  parentTransactionId?: string;
  after?: string;
  before?: string;
}

const troubleQueries = {
  Errors: { hasErrors: true },
  Warnings: { hasWarnings: true },
  None: { hasErrors: false, hasWarnings: false },
} as const satisfies Record<(typeof troubleFilters)[number], TransactionQuery>;

/** What the API is asked for. */
export function transactionQuery({ status, split, incidents, parent, from, to }: TransactionsSearch): TransactionQuery {
  return {
    ...between({ ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }),
    ...(status === undefined ? {} : status === "Retry" ? { status: "Waiting", waitReason: "Retry" } : { status }),
    ...(split === undefined ? {} : { splitType: split }),
    ...(incidents === undefined ? {} : troubleQueries[incidents]),
    ...(parent === undefined ? {} : { parentTransactionId: parent }),
  };
}

const levels = ["Error", "Warning"] as const satisfies readonly IncidentLevel[];

/** Filters of the incidents as they stand in the address. */
export interface IncidentsSearch {
  /** One by one; by cause when left out. */
  view?: "list";
  cycle?: string;
  /** All by cause. One by one: errors when left out, or everything where a cycle is chosen. */
  level?: IncidentLevel;
  /** Of one cause: its step and what it says. */
  step?: string;
  message?: string;
  from?: string;
  to?: string;
  page?: number;
}

export function validateIncidentsSearch(search: Record<string, unknown>): IncidentsSearch {
  const level = choiceParam(search["level"], levels);
  const view = choiceParam(search["view"], ["list"] as const);
  return {
    ...present({
      cycle: textParam(search["cycle"]),
      step: textParam(search["step"]),
      message: textParam(search["message"]),
      from: dayParam(search["from"]),
      to: dayParam(search["to"]),
      page: pageParam(search["page"]),
    }),
    ...(level === undefined ? {} : { level }),
    ...(view === undefined ? {} : { view }),
  };
}

/** Filters of the requests to a cycle's webhooks. */
export interface RequestsSearch {
  cycle?: string;
  from?: string;
  to?: string;
  page?: number;
}

export function validateRequestsSearch(search: Record<string, unknown>): RequestsSearch {
  return present({ cycle: textParam(search["cycle"]), from: dayParam(search["from"]), to: dayParam(search["to"]), page: pageParam(search["page"]) });
}

/** What is searched for within a transaction. */
export interface TransactionSearch {
  q?: string;
  page?: number;
}

export function validateTransactionSearch(search: Record<string, unknown>): TransactionSearch {
  return present({ q: textParam(search["q"]), page: pageParam(search["page"]) });
}

/** Turns whole days of this browser's zone into instants: from the first's start to the last's end. */
export function between({ from, to }: { from?: string; to?: string }): { after?: string; before?: string } {
  return {
    ...(from === undefined ? {} : { after: startOf(from, 0) }),
    ...(to === undefined ? {} : { before: startOf(to, 1) }),
  };
}

function startOf(date: string, plusDays: number): string {
  const [year = 0, month = 1, dayOfMonth = 1] = date.split("-").map(Number);
  return new Date(year, month - 1, dayOfMonth + plusDays).toISOString();
}
