import { isRecord, type Json } from "./shape";

/**
 * The values that a field's location names in an answer, in order: `[data].name` is the name of each item of
 * the list `data`, `[].id` the id of each item where the answer itself is the list.
 */
export function valuesAt(answer: Json, location: string): Json[] {
  return location.split(".").reduce<Json[]>((values, segment) => values.flatMap((value) => step(value, segment)), [answer]);
}

function step(value: Json, segment: string): Json[] {
  const list = /^\[(.*)\]$/.exec(segment);
  const name = list === null ? segment : (list[1] ?? "");
  const found = name === "" ? value : isRecord(value) ? value[name] : undefined;
  if (found === undefined) return [];
  if (list === null) return [found];
  // A single item where a list was declared counts as a list of one.
  return Array.isArray(found) ? found : [found];
}
