import { expect, test } from "vitest";
import { fileName } from "./download";

test.each([
  ["Persons → deals 2", "persons-deals-2.json"],
  ["Übersicht für Café", "ubersicht-fur-cafe.json"],
  ["日本", "cycle.json"],
])("the file of %s is called %s", (name, file) => {
  expect(fileName(name, "json", "cycle")).toBe(file);
});
