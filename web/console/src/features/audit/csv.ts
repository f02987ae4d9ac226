import type { AuditLogEntry } from "@shared/api/types";
import { csvOf } from "@shared/csv/csv";

const columns = [
  "TimestampUtc",
  "Actor",
  "ActorType",
  "Action",
  "ObjectType",
  "ObjectId",
  "AccountId",
  "Comment",
  "IpAddress",
] as const satisfies (keyof AuditLogEntry)[];

/** The entries for a spreadsheet. */
export function toCsv(entries: readonly AuditLogEntry[]): string {
  return csvOf(
    columns.map((column) => [column, (entry: AuditLogEntry) => entry[column]] as const),
    entries,
  );
}
