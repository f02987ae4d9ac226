import { isObject, shownAs, type Json, type JsonObject } from "@shared/connector/json";

export { isObject, shownAs, type Json, type JsonObject };

/** A place in a document: member names and list positions. */
export type Path = readonly (string | number)[];

/** What stands at a place; nothing when the way there ends earlier. */
export function at(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const step of path) {
    if (Array.isArray(found) && typeof step === "number") found = found[step];
    else if (isObject(found)) found = Object.hasOwn(found, step) ? found[step] : undefined;
    else return undefined;
  }
  return found;
}

/** The text at a place; empty when there is none. */
export function textAt(value: Json | undefined, path: Path): string {
  const found = at(value, path);
  return typeof found === "string" ? found : typeof found === "number" || typeof found === "boolean" ? String(found) : "";
}

/** The objects of a list; others, which only a broken document has, count as empty ones. */
export function listAt(value: Json | undefined, path: Path): JsonObject[] {
  const found = at(value, path);
  return Array.isArray(found) ? found.map((item) => (isObject(item) ? item : {})) : [];
}

/**
 * The document with another value at a place, or without it. Objects on the way are made when they are
 * missing, and those that a removal leaves empty go too, unless they stand in a list.
 */
export function withValue(value: Json | undefined, path: Path, next: Json | undefined): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return next;
  if (typeof step === "number") {
    const list = Array.isArray(value) ? value : [];
    const item = withValue(list[step], rest, next);
    if (item !== undefined) return list.with(step, item);
    return rest.length === 0 ? list.toSpliced(step, 1) : list.with(step, {});
  }
  const before = isObject(value) ? value : {};
  const member = withValue(before[step], rest, next);
  if (member !== undefined && !(next === undefined && isObject(member) && Object.keys(member).length === 0)) {
    return { ...before, [step]: member };
  }
  const { [step]: gone, ...others } = before;
  return others;
}

/** A place as a JSON pointer (RFC 6901). */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The place that a JSON pointer names in a document. */
export function pathOf(pointer: string): Path {
  if (pointer === "") return [];
  return pointer
    .replace(/^#/, "")
    .split("/")
    .slice(1)
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll("~1", "/").replaceAll("~0", "~")));
}
