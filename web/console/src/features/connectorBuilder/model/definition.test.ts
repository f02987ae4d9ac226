import { expect, test } from "vitest";
import { checkedText, documentOf, storable, textOf, UnreadableDefinition } from "./definition";

const yaml = `format: velodrome.connector/1
name: Stockroom
icon: icon.svg
x-note: kept
parameters:
  - &size {targetType: QueryString, targetName: limit, values: [CYCLR_PAGE_SIZE]}
methods:
  - key: list
    parameters: [*size]
`;

test("anchors become values of their own, and a file comes out as it went in", () => {
  const document = documentOf(yaml, undefined);

  expect(document["methods"]).toEqual([
    { key: "list", parameters: [{ targetType: "QueryString", targetName: "limit", values: ["CYCLR_PAGE_SIZE"] }] },
  ]);
  expect(documentOf(textOf(document), undefined)).toEqual(document);
});

test("the icon travels beside the file", () => {
  const document = documentOf(yaml, "data:image/svg+xml,x");

  expect(document["icon"]).toBe("data:image/svg+xml,x");
  expect(checkedText(document)).not.toContain("icon");
  expect(storable({}, { Name: "Stockroom" }, document)["Icon"]).toBe("data:image/svg+xml,x");
});

test("members of others are kept, removed ones of ours are not", () => {
  const stored = { Name: "Old", Description: "gone", ProductAddon: { a: 1 }, Deprecations: [] };

  expect(storable(stored, { Name: "New" }, {})).toEqual({ Name: "New", ProductAddon: { a: 1 }, Deprecations: [], Icon: null });
});

test.each(["- a", "a: [", "text"])("%s is no definition", (text) => {
  expect(() => documentOf(text, undefined)).toThrow(UnreadableDefinition);
});
