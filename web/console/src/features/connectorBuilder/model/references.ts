import { at, isObject, listAt, textAt, type Json, type JsonObject, type Path } from "./json";

/** What others name by its key or name. */
export type Named = "method" | "trigger" | "authentication" | "category";

/** Every place that names something of a kind. */
export function referencesTo(document: JsonObject, what: Named, name: string): Path[] {
  return placesOf(document, what).filter((path) => at(document, path) === name);
}

/** The document with something renamed, in its own place and wherever it is named. */
export function renameIn(document: JsonObject, what: Named, from: string, to: string): JsonObject {
  const own = ownPlaces(document, what).filter((path) => at(document, path) === from);
  let renamed: Json = document;
  for (const path of [...own, ...referencesTo(document, what, from)]) renamed = replaced(renamed, path, to);
  return isObject(renamed) ? renamed : document;
}

/** The names of a kind, in the document's order. */
export function namesOf(document: JsonObject, what: Named): string[] {
  const names = ownPlaces(document, what).map((path) => textAt(document, path));
  const all = what === "category" ? [...names, ...listAt(document, ["methods"]).map((method) => textAt(method, ["category"]))] : names;
  return [...new Set(all.filter((name) => name !== ""))];
}

/** A key made of a name that nothing of the kind has yet. */
export function freeKey(name: string, taken: readonly string[]): string {
  const slug =
    name
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 76) || "new";
  for (let number = 1; ; number += 1) {
    const key = number === 1 ? slug : `${slug}-${number}`;
    if (!taken.includes(key)) return key;
  }
}

const lists: Record<Named, [list: string, member: string]> = {
  method: ["methods", "key"],
  trigger: ["triggers", "name"],
  authentication: ["authentications", "key"],
  category: ["methodCategories", "name"],
};

function ownPlaces(document: JsonObject, what: Named): Path[] {
  const [list, member] = lists[what];
  return listAt(document, [list]).map((_, index) => [list, index, member]);
}

function placesOf(document: JsonObject, what: Named): Path[] {
  const methods = listAt(document, ["methods"]).map((_, index): Path => ["methods", index]);
  const parametersOf = (owner: Path): Path[] => listAt(document, [...owner, "parameters"]).map((_, index) => [...owner, "parameters", index]);
  const parameters = [...parametersOf([]), ...methods.flatMap(parametersOf)];
  switch (what) {
    case "method":
      return [
        ["postInstallPropertyLookup"],
        ["postInstallTestAuth"],
        ...listAt(document, ["triggers"]).map((_, index): Path => ["triggers", index, "method"]),
        ...methods.flatMap((method): Path[] => [
          [...method, "webhook", "create"],
          [...method, "webhook", "update"],
          [...method, "webhook", "delete"],
          [...method, "request", "customFieldsLookup"],
          [...method, "response", "customFieldsLookup"],
        ]),
      ];
    case "trigger":
      return [
        ...parameters.map((parameter): Path => [...parameter, "trigger"]),
        ...methods.flatMap((method) =>
          ["request", "response"].flatMap((side) =>
            listAt(document, [...method, side, "fields"]).map((_, index): Path => [...method, side, "fields", index, "trigger"]),
          ),
        ),
        ...listAt(document, ["methodCategories"]).map((_, index): Path => ["methodCategories", index, "customisation", "objectLookupTrigger"]),
      ];
    case "authentication":
      return [...parameters, ...methods].flatMap((owner) => {
        const keys = at(document, [...owner, "authentications"]);
        return Array.isArray(keys) ? keys.map((_, index): Path => [...owner, "authentications", index]) : [];
      });
    case "category":
      return methods.map((method): Path => [...method, "category"]);
  }
}

function replaced(value: Json, path: Path, text: string): Json {
  const [step, ...rest] = path;
  if (step === undefined) return text;
  if (Array.isArray(value) && typeof step === "number") return value.map((item, index) => (index === step ? replaced(item, rest, text) : item));
  if (!isObject(value)) return value;
  const member = value[step];
  return member === undefined ? value : { ...value, [step]: replaced(member, rest, text) };
}
