import { expect, test } from "vitest";
import type { FieldForMapping, FieldMapping, ParameterMapping, Step } from "@shared/api/types";
import { changesOf, isUndecided, mappedLists, mergeField, readable, sourcesFor, targetsOf, withSource, writeOf, type Draft } from "./mapping";

const stepId = "c9574bf2-6549-552b-808c-3bbf9242fcfd";

const email: FieldMapping = {
  Field: { Id: 5, Name: "Email", Location: "email", SystemField: "Email", IsOptional: false, DataType: "Text", DisplayOrder: 0, Triggers: [] },
  MappingType: "Ignore",
};
const list: ParameterMapping = {
  Parameter: {
    Id: 1,
    Name: "List",
    TargetType: "QueryString",
    TargetName: "list",
    IsOptional: false,
    DataType: "Text",
    Values: ["a", "b"],
    DisplayOrder: 0,
    Triggers: [],
  },
  MappingType: null,
};
const person: FieldForMapping = {
  Id: 81,
  Name: "Email",
  Location: "[people].email",
  SystemField: "Email",
  IsOptional: false,
  DataType: "Text",
  DisplayOrder: 0,
  Triggers: [],
  Step: { Id: stepId, Name: "List People", ActionType: "Action" },
};

const draft: Draft = { source: "", value: "", stepId: "", fieldId: undefined, triggerValue: "", triggerLabel: "", variable: "", userConfigurable: false };

test("parameters come before fields, and hidden or read-only ones not at all", () => {
  const hidden = { ...email, Field: { ...email.Field, Id: 6, IsHidden: true } };
  const fixed = { ...email, Field: { ...email.Field, Id: 7, IsReadOnly: true } };

  expect(targetsOf([list], [email, hidden, fixed]).map((target) => [target.key, target.location, target.stored.source])).toEqual([
    ["parameters.1", "list", ""],
    ["fields.5", "email", "Ignore"],
  ]);
});

test("a lookup and a list of values are offered only where there are some", () => {
  expect(sourcesFor({ values: [], triggers: [] })).toEqual(["Ignore", "StaticValue", "PreviousStep", "Variable"]);
  expect(sourcesFor({ values: ["a"], triggers: [] })).toContain("ValueList");
});

test("only the parts of the chosen source are stored", () => {
  const full: Draft = { ...draft, value: "x", stepId, fieldId: 81, triggerValue: "1", triggerLabel: "One", variable: "Pipeline", userConfigurable: true };

  expect(writeOf({ ...full, source: "PreviousStep" })).toEqual({ MappingType: "PreviousStep", SourceStepId: stepId, SourceFieldId: 81, IsLaunchVisible: true });
  expect(writeOf({ ...full, source: "Lookup" })).toEqual({ MappingType: "Lookup", TriggerValue: "1", TriggerValueDisplayName: "One", IsLaunchVisible: true });
  expect(writeOf({ ...full, source: "Variable" })).toEqual({ MappingType: "Variable", VariableName: "Pipeline", IsLaunchVisible: true });
  expect(writeOf({ ...full, source: "Ignore" })).toEqual({ MappingType: "Ignore", IsLaunchVisible: true });
});

test("what is as it was is not stored again", () => {
  const targets = targetsOf([list], [email]);
  const drafts = new Map<string, Draft>([
    ["parameters.1", { ...draft, source: "ValueList", value: "b" }],
    ["fields.5", { ...draft, source: "Ignore", value: "typed, then given up" }],
  ]);

  expect([...changesOf(targets, drafts)]).toEqual([
    ["parameters.1", { part: "parameters", id: 1, body: { MappingType: "ValueList", Value: "b", IsLaunchVisible: false } }],
  ]);
});

test("a field of the same meaning is suggested", () => {
  expect(withSource(draft, "PreviousStep", { systemField: "Email" }, [person])).toMatchObject({ stepId, fieldId: 81 });
  expect(withSource(draft, "PreviousStep", { systemField: "Phone" }, [person])).toMatchObject({ stepId: "", fieldId: undefined });
  expect(isUndecided({ ...draft, source: "PreviousStep" })).toBe(true);
});

test("merge fields are read by the names of their steps", () => {
  expect(mergeField(person)).toBe(`{{${stepId} 81}}`);
  expect(readable(`Dear {{${stepId} 81}}`, [person])).toBe("Dear ‹List People · Email›");
  expect(readable(`Dear {{step.${stepId}.81}}`, [person])).toBe("Dear ‹List People · Email›");
  expect(readable("Dear {{AccountId}}", [person])).toBeUndefined();
});

test("lists of two steps have to be joined", () => {
  const other = { ...person, Id: 9, Step: { ...person.Step, Id: "other" } };
  const steps = [stepId, "other"].map((Id) => ({ Id }) as Step);
  const taken = (id: string, fieldId: number): Draft => ({ ...draft, source: "PreviousStep", stepId: id, fieldId });

  expect(mappedLists([taken(stepId, 81), taken("other", 9)], [person, other], steps)).toEqual(steps);
  expect(mappedLists([taken(stepId, 81)], [person, other], steps)).toHaveLength(1);
});
