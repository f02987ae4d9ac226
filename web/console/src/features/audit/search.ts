import { pageParam, present, textParam } from "@shared/search/params";

/** Filters of the audit log as they stand in the address. */
export interface AuditSearch {
  actor?: string;
  /** Kind of object. */
  object?: string;
  account?: string;
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

export function validateAuditSearch(search: Record<string, unknown>): AuditSearch {
  return present({
    actor: textParam(search["actor"]),
    object: textParam(search["object"]),
    account: textParam(search["account"]),
    from: dayParam(search["from"]),
    to: dayParam(search["to"]),
    page: pageParam(search["page"]),
  });
}
