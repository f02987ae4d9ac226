import { expect, test } from "vitest";
import type { IntegrationExport } from "@shared/api/types";
import { differences } from "./differences";

const step = (id: string, more: object = {}) => ({ Id: id, Name: `Step ${id}`, MethodUniqueIdentifier: "m1", MethodName: "Add", Connector: { Name: "Shelves", Release: "1.0" }, ...more });
const release = (parts: object): IntegrationExport => ({ Name: "Copier", Steps: [], Edges: [], ...parts });

test("a copy of a release changes nothing, whatever its steps are called", () => {
  const mapping = { Location: "title", MappingType: "PreviousStep", SourceStepId: "a", SourceLocation: "[].id" };
  const first = release({ Steps: [step("a"), step("b", { FieldMappings: [mapping] })], Edges: [{ TailStep_Id: "a", HeadStep_Id: "b", CycleEdgeType: 0 }] });
  const copy = release({
    Steps: [step("x", { OriginId: "a", Name: "Step a" }), step("y", { OriginId: "b", Name: "Step b", FieldMappings: [{ ...mapping, SourceStepId: "x" }] })],
    Edges: [{ TailStep_Id: "x", HeadStep_Id: "y", CycleEdgeType: 0 }],
  });

  expect(differences(first, copy)).toEqual([]);
});

test("steps, connections and settings that come and go are told", () => {
  const first = release({ Steps: [step("a"), step("b")], Edges: [{ TailStep_Id: "a", HeadStep_Id: "b", CycleEdgeType: 0 }], CycleStepErrorAction: 0 });
  const next = release({ Steps: [step("a", { Name: "List all" }), step("c")], Edges: [{ TailStep_Id: "a", HeadStep_Id: "c", CycleEdgeType: 0 }], CycleStepErrorAction: 2 });

  expect(differences(first, next).map(({ Change, Text }) => `${Change}: ${Text}`)).toEqual([
    "Changed: On Step Error: Ignore → Stop the Integration",
    "Changed: Name: “Step a” → “List all”",
    "Added: Step Step c",
    "Removed: Step Step b",
    "Added: List all leads to Step c (Next)",
    "Removed: Step a leads to Step b (Next)",
  ]);
});

test("a value of the release is replaced, one of the customer is not mentioned", () => {
  const fields = (fixed: string, asked: string) => [
    { Location: "shelf", MappingType: "StaticValue", Value: fixed },
    { Location: "note", MappingType: "StaticValue", Value: asked, IsLaunchVisible: true },
  ];
  const first = release({ Steps: [step("a", { FieldMappings: fields("old", "x") })] });
  const next = release({ Steps: [step("a", { FieldMappings: [...fields("new", "y"), { Location: "more", MappingType: "StaticValue", Value: "z", IsLaunchVisible: true }] })] });

  expect(differences(first, next).map(({ Text }) => Text)).toEqual(["shelf: “old” → “new”", "more is asked of the customer"]);
});

test("a variable that customers set keeps its value", () => {
  const variable = (value: string, own: boolean) => ({ SystemName: "Shelf", DisplayName: "Shelf", Value: value, IsLaunchVisible: own });

  expect(differences(release({ Variables: [variable("a", true)] }), release({ Variables: [variable("b", true)] }))).toEqual([]);
  expect(differences(release({ Variables: [variable("a", false)] }), release({ Variables: [variable("b", false)] }))).toMatchObject([{ Text: "Variable Shelf: “a” → “b”" }]);
});
