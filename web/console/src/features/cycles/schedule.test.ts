import { expect, test } from "vitest";
import { activation, lastRun, localMinutes, startProblems } from "./schedule";

const nothing = { interval: "", runOnce: false, start: "" };

test("a schedule needs an interval unless it runs once or on requests", () => {
  expect(startProblems(nothing, false)).toEqual({ interval: "required" });
  expect(startProblems(nothing, true)).toEqual({});
  expect(startProblems({ ...nothing, runOnce: true }, false)).toEqual({});
  expect(startProblems({ ...nothing, interval: "5", start: "soon" }, false)).toEqual({ start: "invalid" });
});

test("what is sent has the interval as a number and the start as an instant", () => {
  expect(activation({ interval: "60", runOnce: false, start: "2026-03-01T09:30" }, false)).toEqual({
    Interval: 60,
    RunOnce: false,
    StartTime: new Date(2026, 2, 1, 9, 30).toISOString(),
  });
  expect(activation({ ...nothing, interval: "60", runOnce: true }, false)).toEqual({ Interval: 0, RunOnce: true });
  expect(activation(nothing, true)).toEqual({ Interval: 0, RunOnce: false });
});

test("the year 1 means that there was no successful run", () => {
  expect(lastRun({ LastSuccessfulRunDate: "0001-01-01T00:00:00" })).toBeUndefined();
  expect(lastRun({ LastSuccessfulRunDate: "2026-03-01T09:30:00Z" })).toBe("2026-03-01T09:30:00Z");
});

test("an instant fits into a date field and comes out the same", () => {
  const iso = "2026-03-01T09:30:00.000Z";

  expect(new Date(localMinutes(iso)).toISOString()).toBe(iso);
});
