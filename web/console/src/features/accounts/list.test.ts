import { expect, test } from "vitest";
import type { Account } from "@shared/api/types";
import { accountIndex, rowsOf, selectRows } from "./list";

function account(Id: string, Name: string, CreatedDate: string, ParentAccountId: string | null = null): Account {
  return { Id, Name, CreatedDate, ParentAccountId, Timezone: "UTC", NextBillDateUtc: CreatedDate };
}

const rows = rowsOf([
  account("a", "Acme", "2026-01-02T00:00:00Z"),
  account("a-1", "Acme Berlin", "2026-01-03T00:00:00Z", "a"),
  account("a-2", "Acme Oslo", "2026-01-04T00:00:00Z", "a"),
  account("z", "Zenith", "2026-01-01T00:00:00Z"),
]);
const index = accountIndex(rows);
const ids = (selected: typeof rows) => selected.map((row) => row.account.Id);

test("direct sub accounts are counted and know their parent", () => {
  expect(rows[0]?.subAccounts).toBe(2);
  expect(rows[1]?.parent).toBe("Acme");
});

test("without a search only top-level accounts are listed, in order", () => {
  expect(ids(selectRows(index, "", "Name", false))).toEqual(["a", "z"]);
  expect(ids(selectRows(index, "", "CreatedDate", false))).toEqual(["z", "a"]);
  expect(ids(selectRows(index, "", "Name", true))).toEqual(["z", "a"]);
});

test("a search looks at names and ids of all accounts, sub accounts too", () => {
  expect(ids(selectRows(index, "oslo", "Name", false))).toEqual(["a-2"]);
  expect(ids(selectRows(index, "zenit", "Name", false))).toEqual(["z"]);
});

test("numbers in names count as numbers", () => {
  const numbered = accountIndex(rowsOf(["Shop 10", "Shop 9"].map((name) => account(name, name, "2026-01-01T00:00:00Z"))));

  expect(ids(selectRows(numbered, "", "Name", false))).toEqual(["Shop 9", "Shop 10"]);
});
