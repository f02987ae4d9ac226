import { expect, test } from "vitest";
import { columnsOf, rawText, recordLists, sizeOf } from "./shape";

test("a list of records is found wherever the provider wrapped it", () => {
  expect(recordLists([{ id: 1 }])).toEqual([{ path: "", records: [{ id: 1 }] }]);
  expect(recordLists({ success: true, data: [{ id: 1 }] }).map((list) => list.path)).toEqual(["data"]);
  expect(recordLists({ result: { rows: [{ id: 1 }] }, errors: [{ code: 2 }] }).map((list) => list.path)).toEqual([
    "errors",
    "result.rows",
  ]);
});

test("lists of plain values and empty lists are no tables", () => {
  expect(recordLists({ tags: ["a"], data: [] })).toEqual([]);
  expect(recordLists("text")).toEqual([]);
});

test("lists that belong to a record stay inside it", () => {
  expect(recordLists({ a: { b: { c: { d: [{ id: 1 }] } } } })).toEqual([]);
});

test("columns are every name that occurs, in order", () => {
  expect(columnsOf([{ id: 1, name: "a" }, { id: 2, mail: "b" }])).toEqual(["id", "name", "mail"]);
  expect(columnsOf([{ a: 1, b: 2, c: 3 }], 2)).toEqual(["a", "b"]);
});

test("text stays text, everything else is indented JSON", () => {
  expect(rawText("<xml/>")).toBe("<xml/>");
  expect(rawText({ a: 1 })).toBe('{\n  "a": 1\n}');
});

test("sizes count bytes, not characters", () => {
  expect(sizeOf("é")).toBe("2 B");
  expect(sizeOf("x".repeat(2048))).toBe("2.0 kB");
});
