import { expect, test } from "vitest";
import type { AuditLogEntry } from "@shared/api/types";
import { toCsv } from "./csv";
import { auditQuery } from "./query";
import { validateAuditSearch } from "./search";

const entry: AuditLogEntry = {
  Id: "1",
  TimestampUtc: "2026-03-01T12:00:00Z",
  Actor: "ada@example.com",
  ActorType: "Administrator",
  Action: "account.created",
  ObjectType: "Account",
  ObjectId: "acme",
};

test("days are whole days of this zone, the last one included", () => {
  const query = auditQuery({ from: "2026-03-01", to: "2026-03-01" });

  expect(Date.parse(query.before ?? "") - Date.parse(query.after ?? "")).toBe(24 * 3600 * 1000);
  expect(new Date(query.after ?? "").getHours()).toBe(0);
});

test("filters that say nothing are left out", () => {
  expect(auditQuery(validateAuditSearch({ actor: "", from: "yesterday", page: 1 }))).toEqual({});
  expect(auditQuery({ actor: "ada", object: "Account", account: "acme" })).toEqual({ actor: "ada", objectType: "Account", accountId: "acme" });
});

test("a spreadsheet gets quoted text and no formulas", () => {
  const csv = toCsv([{ ...entry, ObjectId: '=HYPERLINK("x")', Comment: "a,b" }]);

  expect(csv.split("\r\n")[1]).toBe('2026-03-01T12:00:00Z,ada@example.com,Administrator,account.created,Account,"\'=HYPERLINK(""x"")",,"a,b",');
});
