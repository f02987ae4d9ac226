import { expect, test } from "vitest";
import { valuesAt } from "./located";

const answer = { name: "all", data: [{ id: 1, lines: [{ sku: "a" }, { sku: "b" }] }, { id: 2, lines: [] }], one: { id: 7 } };

test.each([
  ["name", ["all"]],
  ["[data].id", [1, 2]],
  ["[data].[lines].sku", ["a", "b"]],
  ["[one].id", [7]],
  ["one.id", [7]],
  ["[data].missing", []],
])("%s names %j", (location, values) => {
  expect(valuesAt(answer, location)).toEqual(values);
});

test("an answer that is the list itself has no name for it", () => {
  expect(valuesAt([{ id: 1 }, { id: 2 }], "[].id")).toEqual([1, 2]);
});
