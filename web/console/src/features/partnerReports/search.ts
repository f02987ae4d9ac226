import { choiceParam, pageParam, present, textParam } from "@shared/search/params";

/** Filters of the ledger as they stand in the address. */
export interface LedgerSearch {
  /** API id: the lines are its cycles instead of all accounts. */
  account?: string;
  page?: number;
}

export function validateLedgerSearch(search: Record<string, unknown>): LedgerSearch {
  return present({ account: textParam(search["account"]), page: pageParam(search["page"]) });
}

/** Filters of the task usage. */
export interface UsageSearch {
  account?: string;
}

export function validateUsageSearch(search: Record<string, unknown>): UsageSearch {
  return present({ account: textParam(search["account"]) });
}

/** How far a chart reaches back; a week when left out. */
export const periods = ["day", "month", "year"] as const;

/** Filters of the charts. */
export interface RunsSearch {
  account?: string;
  period?: (typeof periods)[number];
}

export function validateRunsSearch(search: Record<string, unknown>): RunsSearch {
  const period = choiceParam(search["period"], periods);
  return { ...present({ account: textParam(search["account"]) }), ...(period === undefined ? {} : { period }) };
}

/** Filters of the causes. */
export interface CausesSearch extends RunsSearch {
  page?: number;
}

export function validateCausesSearch(search: Record<string, unknown>): CausesSearch {
  return { ...validateRunsSearch(search), ...present({ page: pageParam(search["page"]) }) };
}

const hour = 3_600_000;
const lengths = { day: 24 * hour, week: 7 * 24 * hour, month: 31 * 24 * hour, year: 396 * 24 * hour } as const;

/** The instant at which a period begins that ends now. */
export function beginning(period: RunsSearch["period"], now: number): string {
  return new Date(now - lengths[period ?? "week"]).toISOString();
}

/** A day is drawn by the hour, everything else by the day. */
export function intervalOf(period: RunsSearch["period"]): "Hour" | "Day" {
  return period === "day" ? "Hour" : "Day";
}
