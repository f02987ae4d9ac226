import { choiceParam, pageParam, present, textParam } from "@shared/search/params";
import type { IncidentLevel, TransactionStatusFilter } from "@shared/api/types";

/** States in the order in which they are offered; all when left out. */
export const statusFilters = [
  "InProgress",
  "Queued",
  "Running",
  "Waiting",
  "Paused",
  "Completed",
  "Errored",
  "Stopped",
  "Cancelled",
] as const satisfies readonly TransactionStatusFilter[];

/** How transactions came about; all when left out. */
export const splitFilters = ["Unsplit", "Split"] as const;

/** Filters of the transactions as they stand in the address. */
export interface TransactionsSearch {
  cycle?: string;
  status?: (typeof statusFilters)[number];
  split?: (typeof splitFilters)[number];
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
  return {
    ...present({ cycle: textParam(search["cycle"]), from: dayParam(search["from"]), to: dayParam(search["to"]), page: pageParam(search["page"]) }),
    ...(status === undefined ? {} : { status }),
    ...(split === undefined ? {} : { split }),
  };
}

const levels = ["Error", "Warning"] as const satisfies readonly IncidentLevel[];

/** Filters of the incidents as they stand in the address. */
export interface IncidentsSearch {
  cycle?: string;
  /** Errors when left out, or everything where a cycle is chosen. */
  level?: IncidentLevel;
  from?: string;
  to?: string;
  page?: number;
}

export function validateIncidentsSearch(search: Record<string, unknown>): IncidentsSearch {
  const level = choiceParam(search["level"], levels);
  return {
    ...present({ cycle: textParam(search["cycle"]), from: dayParam(search["from"]), to: dayParam(search["to"]), page: pageParam(search["page"]) }),
    ...(level === undefined ? {} : { level }),
  };
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
