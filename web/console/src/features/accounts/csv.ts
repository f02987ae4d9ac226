import { csvOf } from "@shared/csv/csv";
import type { AccountRow } from "./list";

/** Accounts for a spreadsheet, as the list shows them. */
export function accountsCsv(rows: readonly AccountRow[]): string {
  return csvOf(
    [
      ["Name", ({ account }) => account.Name],
      ["Id", ({ account }) => account.Id],
      ["Description", ({ account }) => account.Description],
      ["ParentAccountId", ({ account }) => account.ParentAccountId],
      ["SubAccounts", ({ subAccounts }) => subAccounts],
      ["Timezone", ({ account }) => account.Timezone],
      ["CreatedDate", ({ account }) => account.CreatedDate],
      ["IsSuspended", ({ account }) => String(account.IsSuspended === true)],
    ],
    rows,
  );
}
