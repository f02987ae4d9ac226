/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A list of records found in an answer. */
export interface RecordList {
  /** Where it stands, `data.items`; empty when the answer itself is the list. */
  path: string;
  records: { [name: string]: Json }[];
}

/** How deep lists are looked for: deeper ones belong to a record, not to the answer. */
const depthLimit = 3;

/** Lists of records that a table can show, the outermost first. */
export function recordLists(value: Json, path = "", depth = 0): RecordList[] {
  if (Array.isArray(value)) {
    return value.length > 0 && value.every(isRecord) ? [{ path, records: value }] : [];
  }
  if (!isRecord(value) || depth >= depthLimit) return [];
  const found = Object.entries(value).map(([name, child]) => recordLists(child, path === "" ? name : `${path}.${name}`, depth + 1));
  return found.flat().sort((a, b) => a.path.split(".").length - b.path.split(".").length);
}

/** Whether a value has named members. */
export function isRecord(value: Json): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Columns of a table over records: every name that occurs, in order of appearance, within reason. */
export function columnsOf(records: readonly { [name: string]: Json }[], limit = 40): string[] {
  const names = new Set<string>();
  for (const record of records.slice(0, 100)) for (const name of Object.keys(record)) names.add(name);
  return [...names].slice(0, limit);
}

/** The text of an answer, pretty where it is JSON. */
export function rawText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Size of a text in bytes, with a fitting unit. */
export function sizeOf(text: string): string {
  const bytes = new TextEncoder().encode(text).length;
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} kB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
