import { expect, test } from "vitest";
import type { TransactionItem } from "@shared/api/types";
import { spansOf } from "./timing";

const item = (Id: string, from: string, to: string | null): TransactionItem => ({
  Id,
  TransactionId: "t",
  StepId: Id,
  StepName: Id,
  Status: "Completed",
  StartedOnUtc: `2026-03-04T09:30:${from}Z`,
  CompletedOnUtc: to === null ? null : `2026-03-04T09:30:${to}Z`,
});

test("bars stand where their steps were in the whole time", () => {
  const spans = spansOf([item("a", "00", "05"), item("b", "05", "10")], 0);

  expect(spans.get("a")).toEqual({ start: 0, width: 50, waited: 0 });
  expect(spans.get("b")).toEqual({ start: 50, width: 50, waited: 0 });
});

test("a wait between two steps is told, and a step that runs reaches until now", () => {
  const spans = spansOf([item("a", "00", "01"), item("b", "08", null)], Date.parse("2026-03-04T09:30:10Z"));

  expect(spans.get("b")).toEqual({ start: 80, width: 20, waited: 7000 });
});

test("what took no time can still be seen", () => {
  const spans = spansOf([item("a", "00", "00"), item("b", "10", "10")], 0);

  expect(spans.get("b")?.width).toBeGreaterThan(0.5);
});
