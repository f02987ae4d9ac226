/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
/** Named members. */
export interface JsonObject {
  [name: string]: Json;
}

/** Whether a value has named members. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value in words: text as it is, everything else as JSON. */
export function shownAs(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
