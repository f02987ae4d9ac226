import { expect, test } from "vitest";
import { at, pathOf, pointerOf, withValue } from "./json";

test("a value is set where objects on the way are missing", () => {
  expect(withValue({ a: 1 }, ["paging", "inbound"], true)).toEqual({ a: 1, paging: { inbound: true } });
});

test("what a removal leaves empty goes too, but not an item of a list", () => {
  expect(withValue({ a: 1, paging: { inbound: true } }, ["paging", "inbound"], undefined)).toEqual({ a: 1 });
  expect(withValue({ list: [{ x: 1 }] }, ["list", 0, "x"], undefined)).toEqual({ list: [{}] });
});

test("an item is taken out of a list", () => {
  expect(withValue({ list: [1, 2, 3] }, ["list", 1], undefined)).toEqual({ list: [1, 3] });
});

test("the rest of the document stays the same object", () => {
  const before = { methods: [{ key: "a" }, { key: "b" }] };

  const after = withValue(before, ["methods", 0, "key"], "c");

  expect(at(after, ["methods", 1])).toBe(before.methods[1]);
  expect(before.methods[0]).toEqual({ key: "a" });
});

test.each([
  [[], ""],
  [["methods", 0, "name"], "/methods/0/name"],
  [["a/b", "c~d"], "/a~1b/c~0d"],
])("%j is the pointer %s", (path, pointer) => {
  expect(pointerOf(path)).toBe(pointer);
  expect(pathOf(pointer)).toEqual(path);
});

test("a way that ends early leads nowhere", () => {
  expect(at({ a: [1] }, ["a", "b", "c"])).toBeUndefined();
  expect(at({ a: 1 }, ["toString"])).toBeUndefined();
});
