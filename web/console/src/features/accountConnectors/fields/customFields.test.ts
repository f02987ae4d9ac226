import { expect, test } from "vitest";
import type { CategoryCopy, CustomField, Method } from "@shared/api/types";
import { customFieldsOf, displayNameOf, everyMethod, fieldToWire, fieldValues, fieldsToAdd, freshField, locationProblem, takesObjects } from "./customFields";

const method: Method = {
  Id: 1,
  MethodUniqueIdentifier: "m",
  Name: "List",
  Description: "Lists.",
  Category: "Custom Objects",
  MethodType: "Action",
  EndPoint: "https://api.example.com/{{CyclrObjectName}}",
  Parameters: [],
  RequestFields: [],
  ResponseFields: [{ Id: 9, Name: "Id", Location: "[data].id", IsOptional: true, DataType: "Integer", DisplayOrder: 0, Triggers: [] }],
};
const invoices: CategoryCopy = { Id: 3, SourceCategory: "Custom Objects", ObjectName: "Invoice" };

function field(Id: number, about: Partial<CustomField> = {}): CustomField {
  return { Id, ConnectorField: `[data].f${Id}`, DisplayName: `Field ${Id}`, DataType: "Text", MethodUniqueIdentifier: "m", ForRequestFormat: false, ...about };
}

test("a method shows its own fields, those of every method, and of a copy only its own", () => {
  const fields = [
    field(1),
    field(2, { MethodUniqueIdentifier: everyMethod }),
    field(3, { MethodUniqueIdentifier: "other" }),
    field(4, { ForRequestFormat: true }),
    field(5, { EntityIdentifier: "Invoice" }),
    field(6, { EntityIdentifier: "Order" }),
    field(7, { EntityIdentifier: "Deal" }),
    field(8, { ConnectorField: "[data].id" }),
  ];
  const copies = [invoices, { ...invoices, Id: 4, ObjectName: "Order" }];
  const ids = (object: CategoryCopy | undefined) => customFieldsOf(fields, "response", method, copies, object).map((one) => one.Id);

  expect(ids(undefined)).toEqual([1, 2, 7]);
  expect(ids(invoices)).toEqual([1, 2, 5, 7]);
});

test("a new field belongs to the method and the copy that it was added in", () => {
  expect(fieldToWire({ ...freshField, location: " [data].total ", type: "Decimal" }, { part: "response", method, object: invoices })).toEqual({
    ConnectorField: "[data].total",
    SystemField: null,
    DisplayName: "Total",
    Description: null,
    DataType: "Decimal",
    DataTypeFormat: null,
    MethodUniqueIdentifier: "m",
    EntityIdentifier: "Invoice",
    ForRequestFormat: false,
  });
});

test("an edited field keeps what the form does not ask for", () => {
  const before = field(1, { SystemField: "total", EntityIdentifier: "Invoice", MethodUniqueIdentifier: everyMethod, DataType: "DateTime", DataTypeFormat: "unix" });

  const written = fieldToWire(fieldValues(before), { part: "response", method, object: undefined }, before);

  expect(written).toMatchObject({ SystemField: "total", EntityIdentifier: "Invoice", MethodUniqueIdentifier: everyMethod, DataTypeFormat: "unix" });
  expect(fieldToWire({ ...fieldValues(before), everywhere: false }, { part: "response", method, object: undefined }, before).MethodUniqueIdentifier).toBe("m");
});

test("a location is judged before it is sent", () => {
  for (const [location, problem] of [
    ["", "required"],
    ["a", null],
    ["[data].[emails].value", null],
    ["[].id", null],
    ["data.\\first.name\\", null],
    ["a..b", "location"],
    ["a.", "location"],
    ["[data", "location"],
    ["taken", "taken"],
  ] as const) {
    expect(locationProblem(location, new Set(["taken"])), location).toBe(problem);
  }
});

test("a name for people is the last part of a location", () => {
  expect(["[data].first_name", "[data].closeTime", "[emails]", "a.\\x.y\\", "[]"].map(displayNameOf)).toEqual(["First name", "Close Time", "Emails", "X y", "[]"]);
});

test("a sample adds only what is missing", () => {
  const found = [
    { location: "[data].id", type: "Integer" },
    { location: "[data].total", type: "Decimal" },
  ] as const;

  expect(fieldsToAdd(found, new Set(["[data].id"]))).toEqual([{ ...freshField, location: "[data].total", type: "Decimal", name: "Total" }]);
});

test("a category takes objects when a method merges the object's name", () => {
  expect(takesObjects(method)).toBe(true);
  expect(takesObjects({ ...method, EndPoint: "https://api.example.com/deals" })).toBe(false);
});
