import { describe, expect, test } from "vitest";
import type { Field, Method, Parameter } from "@shared/api/types";
import { callOf, inputsOf, problemsOf } from "./methodForm";

function parameter(Id: number, about: Partial<Parameter> = {}): Parameter {
  return {
    Id,
    Name: `Parameter ${Id}`,
    IsOptional: true,
    DataType: "Text",
    TargetType: "QueryString",
    TargetName: `p${Id}`,
    DisplayOrder: 0,
    Triggers: [],
    ...about,
  };
}

function field(Id: number, about: Partial<Field> = {}): Field {
  return { Id, Name: `Field ${Id}`, IsOptional: true, DataType: "Text", DisplayOrder: 0, Triggers: [], ...about };
}

function method(Parameters: Parameter[], RequestFields: Field[] = []): Method {
  return {
    Id: 1,
    MethodUniqueIdentifier: "m",
    Name: "Create Deal",
    Description: "Creates a deal.",
    Category: "Deals",
    MethodType: "Action",
    EndPoint: "/deals",
    Parameters,
    RequestFields,
    ResponseFields: [],
  };
}

describe("a method's test", () => {
  test("asks for what a call takes, required inputs first", () => {
    const inputs = inputsOf(
      method(
        [parameter(1), parameter(2, { IsAccountConnectorProperty: true }), parameter(3, { IsHidden: true })],
        [field(4, { IsOptional: false }), field(5, { IsReadOnly: true })],
      ),
    );

    expect(inputs.map((input) => input.key)).toEqual(["Fields.4", "Parameters.1"]);
  });

  test("finds what is missing and what is no number", () => {
    const inputs = inputsOf(method([parameter(1, { IsOptional: false }), parameter(2, { DataType: "Integer" })]));

    expect([...problemsOf(inputs, { "Parameters.2": "ten" })]).toEqual([
      ["Parameters.1", "required"],
      ["Parameters.2", "notNumber"],
    ]);
  });

  test("sends what was given, in the types that were declared", () => {
    const inputs = inputsOf(
      method(
        [parameter(1, { DataType: "Integer" }), parameter(2, { DefaultValue: "open" }), parameter(3)],
        [field(4, { DataType: "Boolean" }), field(5, { DataType: "Integer" })],
      ),
    );

    expect(callOf(inputs, { "Parameters.1": "10", "Fields.4": "false", "Fields.5": "12345678901234567890" })).toEqual({
      Parameters: { "1": 10, "2": "open" },
      Fields: { "4": false, "5": "12345678901234567890" },
    });
  });

  test("takes the account's own fields by their location", () => {
    const tier = { Id: 4, ConnectorField: "customer.tier", DisplayName: "Tier", DataType: "Integer", MethodUniqueIdentifier: "m", ForRequestFormat: true } as const;
    const inputs = inputsOf(method([], [field(4, { IsOptional: false })]), [tier]);

    expect(inputs.map((input) => input.key)).toEqual(["Fields.4", "Fields.customer.tier"]);
    expect(callOf(inputs, { "Fields.4": "x", "Fields.customer.tier": "3" })).toEqual({
      Parameters: {},
      Fields: { "4": "x", "customer.tier": 3 },
    });
  });
});
