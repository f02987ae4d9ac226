import type { AuditLogEntry } from "@shared/api/types";

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

/** The entries as comma-separated values, with a line of names. */
export function toCsv(entries: readonly AuditLogEntry[]): string {
  const lines = [columns.join(","), ...entries.map((entry) => columns.map((column) => cell(entry[column])).join(","))];
  return `${lines.join("\r\n")}\r\n`;
}

function cell(value: string | null | undefined): string {
  const text = value ?? "";
  // A spreadsheet would run these as formulas, and names in the log are chosen by others.
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
