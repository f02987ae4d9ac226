import { expect, test } from "vitest";
import { mostOf, periodProblem, retentionToWire, retentionValues } from "./retentionForm";

test("a period is a whole number of hours, days or weeks, 31 days at most", () => {
  for (const [value, unit, problem] of [
    [1, "Hours", null],
    [744, "Hours", null],
    [745, "Hours", "tooLong"],
    [31, "Days", null],
    [32, "Days", "tooLong"],
    [4, "Weeks", null],
    [5, "Weeks", "tooLong"],
    [0, "Days", "whole"],
    [1.5, "Days", "whole"],
    ["", "Days", "whole"],
  ] as const) {
    expect(periodProblem({ enabled: true, value, unit }), `${value} ${unit}`).toBe(problem);
  }
  expect(mostOf("Weeks")).toBe(4);
});

test("a period that is off is not judged, and keeps what is stored", () => {
  const values = retentionValues({ SuccessRetentionEnabled: true, SuccessRetentionValue: 2, SuccessRetentionUnit: "Weeks" });

  expect(periodProblem({ ...values.errored, value: "" })).toBeNull();
  expect(retentionToWire(values)).toEqual({
    SuccessRetentionEnabled: true,
    SuccessRetentionValue: 2,
    SuccessRetentionUnit: "Weeks",
    ErroredRetentionEnabled: false,
  });
});
