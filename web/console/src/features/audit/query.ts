import type { AuditSearch } from "./search";

/** Filters as the API takes them. */
export interface AuditQuery {
  actor?: string;
  objectType?: string;
  accountId?: string;
  after?: string;
  before?: string;
}

/** Turns whole days of this browser's zone into instants: from the first's start to the last's end. */
export function auditQuery(search: AuditSearch): AuditQuery {
  return {
    ...(search.actor === undefined ? {} : { actor: search.actor }),
    ...(search.object === undefined ? {} : { objectType: search.object }),
    ...(search.account === undefined ? {} : { accountId: search.account }),
    ...(search.from === undefined ? {} : { after: startOf(search.from, 0) }),
    ...(search.to === undefined ? {} : { before: startOf(search.to, 1) }),
  };
}

function startOf(day: string, plusDays: number): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + plusDays).toISOString();
}
