import { expect, test } from "vitest";
import type { Step } from "@shared/api/types";
import { changesBetween } from "@shared/forms/changes";
import { newCriterion, stepUpdate, stepValues } from "./stepForm";

const stepId = "c9574bf2-6549-552b-808c-3bbf9242fcfd";

function step(ActionType: Step["ActionType"], rest: Partial<Step> = {}): Step {
  return { Id: "step", CycleId: "cycle", Name: "Step", ActionType, AccountConnector: null, Method: null, ...rest };
}

test.each(["Action", "Webhook", "Decision", "Delay", "WaitUntil", "WaitAll", "Annotation"] as const)("a %s that nobody touched is sent nothing", (type) => {
  const stored = step(type, { LastSuccessfulRunDate: "1970-01-01T00:00:00Z" });

  expect(changesBetween(stepUpdate(stepValues(stored), stored), stepUpdate(stepValues(stored), stored))).toEqual({});
});

test("a comparison with nothing on its right sends no right operand", () => {
  const decision = step("Decision");
  const values = {
    ...stepValues(decision),
    criteria: [
      { ...newCriterion, left: { ...newCriterion.left, stepId, fieldId: 81 }, condition: "Exists" as const },
      { ...newCriterion, left: { ...newCriterion.left, source: "Variable" as const, variable: "Limit" }, right: { ...newCriterion.right, value: "3" } },
    ],
  };

  expect(stepUpdate(values, decision).Decision).toEqual({
    Join: "All",
    Criteria: [
      {
        LeftOperand: { MappingType: "PreviousStep", SourceStepId: stepId, SourceFieldId: 81 },
        Condition: "Exists",
        RightOperand: null,
        UpperOperand: null,
        IgnoreCase: false,
      },
      {
        LeftOperand: { MappingType: "Variable", VariableName: "Limit" },
        Condition: "Equals",
        RightOperand: { MappingType: "StaticValue", Value: "3" },
        UpperOperand: null,
        IgnoreCase: false,
      },
    ],
  });
});

test("an undecided delay or date is sent as none", () => {
  const delay = step("Delay");
  const wait = step("WaitUntil");

  expect(stepUpdate(stepValues(delay), delay).Delay).toEqual({ Interval: null, Unit: null });
  expect(stepUpdate(stepValues(wait), wait).WaitUntil).toBeNull();
});

test("a cleared look-back is the wire's word for not set", () => {
  const action = step("Action", { LastSuccessfulRunDate: "2026-03-01T00:00:00Z" });
  const values = stepValues(action);

  expect(values.since).toBe("2026-03-01T00:00:00Z");
  expect(stepUpdate({ ...values, since: "" }, action).LastSuccessfulRunDate).toBe("1970-01-01T00:00:00Z");
});
