import type { FieldForMapping, StepTest } from "@shared/api/types";
import { isFromEarlier, readable, type Target } from "./mapping";

/** A value that a test of a step has to be given. */
export interface TestInput {
  target: Target;
  /** Where a run would take it from. */
  from: string;
}

/** The values that only earlier steps could give; everything else is mapped by itself. */
export function inputsOf(targets: readonly Target[], earlier: readonly FieldForMapping[]): TestInput[] {
  return targets.filter((target) => isFromEarlier(target.stored)).map((target) => ({ target, from: fromWords(target, earlier) }));
}

function fromWords({ stored }: Target, earlier: readonly FieldForMapping[]): string {
  if (stored.source === "StaticValue") return readable(stored.value, earlier) ?? stored.value;
  const field = earlier.find((each) => each.Step.Id === stored.stepId && each.Id === stored.fieldId);
  return field === undefined ? "" : `${field.Step.Name} · ${field.Name}`;
}

/** What is wrong with what was typed. */
export type TestProblem = "required" | "notNumber";

/** Why values can't be sent, by the target's key. */
export function problemsOf(inputs: readonly TestInput[], values: ReadonlyMap<string, string>): Map<string, TestProblem> {
  const problems = new Map<string, TestProblem>();
  for (const { target } of inputs) {
    const value = values.get(target.key) ?? "";
    if (value === "") {
      if (!target.optional) problems.set(target.key, "required");
    } else if (isNumeric(target) && !Number.isFinite(Number(value))) {
      problems.set(target.key, "notNumber");
    }
  }
  return problems;
}

/** What is sent: blank optional values are left out. */
export function testOf(inputs: readonly TestInput[], values: ReadonlyMap<string, string>, since: string): StepTest {
  const given = { parameters: {} as Record<string, unknown>, fields: {} as Record<string, unknown> };
  for (const { target } of inputs) {
    const value = values.get(target.key) ?? "";
    if (value !== "") given[target.part][String(target.id)] = typed(target, value);
  }
  return {
    // The document cannot say that any name is allowed, so its types allow none.
    Parameters: given.parameters as Record<string, never>,
    Fields: given.fields as Record<string, never>,
    ...(since === "" ? {} : { LastSuccessfulRunDate: new Date(since).toISOString() }),
  };
}

function isNumeric({ dataType }: Target): boolean {
  return dataType === "Integer" || dataType === "Float" || dataType === "Decimal";
}

function typed(target: Target, value: string): string | number | boolean {
  // A number beyond what JavaScript can hold exactly stays text; the server reads both.
  if (isNumeric(target) && String(Number(value)) === value) return Number(value);
  return target.dataType === "Boolean" ? value === "true" : value;
}
