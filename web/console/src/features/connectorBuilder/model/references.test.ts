import { expect, test } from "vitest";
import type { JsonObject } from "./json";
import { freeKey, namesOf, referencesTo, renameIn } from "./references";

const document: JsonObject = {
  postInstallTestAuth: "get-user",
  authentications: [{ key: "oauth", type: "OAuth2" }],
  triggers: [{ name: "Select User", method: "list-users", identifierKey: "[].id", humanReadableKey: "[].name" }],
  methodCategories: [{ name: "Users", customisation: { enabled: true, objectLookupTrigger: "Select User" } }],
  methods: [
    { key: "get-user", category: "Users" },
    { key: "list-users", category: "Users", parameters: [{ targetName: "owner", trigger: "Select User", authentications: ["oauth"] }] },
    { key: "changed", category: "Events", webhook: { create: "get-user" }, request: { fields: [{ connectorField: "a", trigger: "Select User" }] } },
  ],
};

test("a renamed method is renamed wherever it is named", () => {
  const renamed = renameIn(document, "method", "get-user", "current-user");

  expect(renamed["postInstallTestAuth"]).toBe("current-user");
  expect(namesOf(renamed, "method")).toEqual(["current-user", "list-users", "changed"]);
  expect(referencesTo(renamed, "method", "current-user")).toEqual([["postInstallTestAuth"], ["methods", 2, "webhook", "create"]]);
});

test("a renamed trigger is renamed in parameters, fields and categories", () => {
  const renamed = renameIn(document, "trigger", "Select User", "Pick User");

  expect(referencesTo(renamed, "trigger", "Pick User")).toHaveLength(3);
  expect(referencesTo(renamed, "trigger", "Select User")).toEqual([]);
});

test("a renamed category takes its methods along, an authentication its restrictions", () => {
  expect(referencesTo(renameIn(document, "category", "Users", "People"), "category", "People")).toHaveLength(2);
  expect(referencesTo(renameIn(document, "authentication", "oauth", "o2"), "authentication", "o2")).toEqual([
    ["methods", 1, "parameters", 0, "authentications", 0],
  ]);
});

test("categories without an entry of their own count", () => {
  expect(namesOf(document, "category")).toEqual(["Users", "Events"]);
});

test.each([
  ["List Contacts", [], "list-contacts"],
  ["Größe ändern", [], "gro-e-andern"],
  ["List Contacts", ["list-contacts", "list-contacts-2"], "list-contacts-3"],
  ["日本", [], "new"],
])("%s becomes a key of its own", (name, taken, key) => {
  expect(freeKey(name, taken)).toBe(key);
});
