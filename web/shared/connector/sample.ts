import { isObject, type Json, type JsonObject } from "./json";

/** A sample that no fields can be read from. */
export class SampleError extends Error {
  readonly reason: "empty" | "notJson" | "notXml" | "noFields";

  constructor(reason: SampleError["reason"], cause?: unknown) {
    super(reason, { cause });
    this.name = "SampleError";
    this.reason = reason;
  }
}

/** Deeper than this nothing is read; no real answer goes there. */
const deepest = 16;

/** Fields of a pasted JSON or XML sample: locations and guessed types, in order of appearance. */
export function fieldsOfSample(text: string): JsonObject[] {
  const trimmed = text.trim();
  if (trimmed === "") throw new SampleError("empty");
  const types = new Map<string, string>();
  collect(trimmed.startsWith("<") ? ofXml(trimmed) : ofJson(trimmed), [], types);
  if (types.size === 0) throw new SampleError("noFields");
  return [...types].map(([connectorField, dataType]) => ({ connectorField, ...(dataType === "Text" ? {} : { dataType }) }));
}

/** Those of the fields whose location is not there yet. */
export function missingFields(existing: readonly JsonObject[], found: readonly JsonObject[]): JsonObject[] {
  const known = new Set(existing.map((field) => field["connectorField"]));
  return found.filter((field) => !known.has(field["connectorField"] ?? null));
}

function ofJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new SampleError("notJson", cause);
  }
}

function collect(value: Json, segments: readonly string[], types: Map<string, string>): void {
  if (segments.length > deepest) return;
  if (Array.isArray(value)) {
    const parts = inArray(segments);
    const items = value.filter((item) => item !== null);
    if (items.length === 0 && segments.length > 0) note(parts, null, types);
    for (const item of items) collect(item, parts, types);
    return;
  }
  if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) if (name !== "") collect(member, [...segments, literal(name)], types);
    return;
  }
  if (segments.length > 0) note(segments, value, types);
}

function note(segments: readonly string[], value: Json, types: Map<string, string>) {
  const location = segments.join(".");
  const before = types.get(location);
  types.set(location, before === undefined || before === "Undefined" ? typeOf(value) : value === null ? before : both(before, typeOf(value)));
}

/** The last segment holds an array; at the root it has no name. */
function inArray(segments: readonly string[]): string[] {
  const last = segments.at(-1);
  if (last === undefined) return ["[]"];
  // An array in an array has no name of its own, nor has a literal name a place in brackets.
  if (last.startsWith("[")) return [...segments];
  return [...segments.slice(0, -1), `[${last}]`];
}

/** A name that holds what locations are written with stands between backslashes. */
function literal(name: string): string {
  return /[.[\]]/.test(name) ? `\\${name}\\` : name;
}

function typeOf(value: Json): string {
  if (value === null) return "Undefined";
  if (typeof value === "boolean") return "Boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "Integer" : "Decimal";
  if (typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?/.test(value)) return "DateTime";
  return "Text";
}

function both(one: string, other: string): string {
  if (one === other) return one;
  const numbers = new Set(["Integer", "Decimal"]);
  return numbers.has(one) && numbers.has(other) ? "Decimal" : "Text";
}

/** The sample's root element by the rules for XML: `@name` attributes, `#text`, repeated elements are arrays. */
function ofXml(text: string): Json {
  const read = new DOMParser().parseFromString(text, "application/xml");
  const root = read.documentElement;
  if (read.querySelector("parsererror") !== null) throw new SampleError("notXml");
  return { [root.nodeName]: ofElement(root) };
}

function ofElement(element: Element): Json {
  const members: JsonObject = {};
  for (const attribute of element.attributes) {
    if (!attribute.name.startsWith("xmlns")) members[`@${attribute.name}`] = attribute.value;
  }
  for (const child of element.children) {
    const value = ofElement(child);
    const before = members[child.nodeName];
    members[child.nodeName] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE || node.nodeType === Node.CDATA_SECTION_NODE);
  const text = own
    .map((node) => node.textContent ?? "")
    .join("")
    .trim();
  if (Object.keys(members).length === 0) return text === "" ? null : text;
  if (text !== "") members["#text"] = text;
  return members;
}
