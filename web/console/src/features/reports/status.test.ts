import { expect, test } from "vitest";
import { isOver, remedyFor, took } from "./status";

test("waiting is not over, being stopped is", () => {
  expect(isOver("Waiting")).toBe(false);
  expect(isOver("Stopped")).toBe(true);
});

test("durations are told in the units that matter", () => {
  const from = "2026-03-01T00:00:00.000Z";

  expect(took(from, "2026-03-01T00:00:00.250Z")).toMatch(/^250/);
  expect(took(from, "2026-03-01T00:01:05.000Z")).toMatch(/^1.*5/);
  expect(took(from, null)).toBeUndefined();
});

test("a script's own message has no remedy of ours", () => {
  expect(remedyFor("Failed to authenticate the connector")).toBe("remedy.authenticate");
  expect(remedyFor("toString")).toBeUndefined();
});
