import { expect, test } from "vitest";
import { exactTime, relativeTime, timeZones } from "./time";

const now = Date.parse("2026-03-01T12:00:00Z");

test.each([
  ["2026-03-01T11:59:55Z", "now"],
  ["2026-03-01T11:57:00Z", "3 minutes ago"],
  ["2026-03-01T10:00:00Z", "2 hours ago"],
  ["2026-02-28T11:00:00Z", "yesterday"],
  ["2026-03-02T13:00:00Z", "tomorrow"],
  ["2025-02-01T12:00:00Z", "last year"],
])("%s is %s", (iso, expected) => {
  expect(relativeTime(iso, now)).toBe(expected);
});

test("the exact time is told in the zone asked for", () => {
  expect(exactTime("2026-03-01T12:00:00Z", "Asia/Tokyo")).toContain("09:00:00");
});

test("a zone unknown here falls back to UTC instead of failing", () => {
  expect(exactTime("2026-03-01T12:00:00Z", "Mars/Olympus")).toContain("UTC");
});

test("UTC leads the zones", () => {
  expect(timeZones()[0]).toBe("UTC");
});
