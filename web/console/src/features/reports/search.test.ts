import { expect, test } from "vitest";
import { between, validateIncidentsSearch, validateTransactionsSearch } from "./search";

test("what the address says wrongly counts as not said", () => {
  expect(validateTransactionsSearch({ status: "Lost", split: "Split", from: "yesterday", page: 0 })).toEqual({ split: "Split" });
  expect(validateIncidentsSearch({ level: "Warning", to: "2026-03-01", page: 3 })).toEqual({ level: "Warning", to: "2026-03-01", page: 3 });
});

test("days are whole days of this zone, the last one included", () => {
  const { after = "", before = "" } = between({ from: "2026-03-01", to: "2026-03-01" });

  expect(Date.parse(before) - Date.parse(after)).toBe(24 * 3600 * 1000);
  expect(new Date(after).getHours()).toBe(0);
  expect(between({})).toEqual({});
});
