import { expect, test } from "vitest";
import { shownAs } from "./json";
import { fieldsOfSample, missingFields } from "./sample";

const locations = (text: string) =>
  Object.fromEntries(fieldsOfSample(text).map((field) => [shownAs(field["connectorField"] ?? null), field["dataType"] ?? "Text"])) as Record<
    string,
    unknown
  >;

test("locations name the arrays, and types are guessed from every element", () => {
  const sample = {
    data: [
      { id: 1, name: "A", price: 2, since: "2026-01-02T03:04:05Z", emails: [{ value: "a@x" }], owner: null },
      { id: 2, price: 2.5, active: true, owner: { "first.name": "B" } },
    ],
    more: false,
  };

  expect(locations(JSON.stringify(sample))).toEqual({
    "[data].id": "Integer",
    "[data].name": "Text",
    "[data].price": "Decimal",
    "[data].since": "DateTime",
    "[data].[emails].value": "Text",
    "[data].owner": "Undefined",
    "[data].active": "Boolean",
    "[data].owner.\\first.name\\": "Text",
    more: "Boolean",
  });
});

test("an array at the root has no name, plain values in an array are its elements", () => {
  expect(locations('[{"id":1,"tags":["a","b"]}]')).toEqual({ "[].id": "Integer", "[].[tags]": "Text" });
});

test("XML gives attributes, texts and repeated elements", () => {
  expect(locations('<order id="7"><line no="1">Lamp</line><line no="2">Desk</line><note>x</note></order>')).toEqual({
    "order.@id": "Text",
    "order.[line].@no": "Text",
    "order.[line].#text": "Text",
    "order.note": "Text",
  });
});

test.each([
  ["", "empty"],
  ["{", "notJson"],
  ["<a>", "notXml"],
  ["{}", "noFields"],
])("%s has no fields", (text, reason) => {
  expect(() => fieldsOfSample(text)).toThrow(expect.objectContaining({ reason }) as Error);
});

test("only what is missing is added", () => {
  const found = fieldsOfSample('{"id":1,"name":"A"}');

  expect(missingFields([{ connectorField: "id", dataType: "Text" }], found)).toEqual([{ connectorField: "name" }]);
});
