import { expect, test } from "vitest";
import { findHits, hitIndex, type Hit } from "./hits";

const hits: Hit[] = [
  { kind: "page", id: "p", label: "Audit Log", detail: "", to: "/reports/audit-log" },
  { kind: "connector", id: "c", label: "Pipedrive", detail: "CRM", icon: null, connectorId: 1 },
  { kind: "account", id: "a", label: "Pipe Works", detail: "pipe-works", accountId: "pipe-works" },
];
const index = hitIndex([...hits, { kind: "command", id: "d", label: "Use the dark theme", detail: "" }]);
const ids = (query: string, recent: string[] = []) => findHits(index, query, recent).flatMap((group) => group.hits.map((hit) => hit.id));

test("nothing typed offers the pages", () => {
  expect(ids("")).toEqual(["p"]);
});

test("one search looks at everything, connectors before accounts", () => {
  expect(ids("pipe")).toEqual(["c", "a"]);
});

test("a prefix narrows to one kind", () => {
  expect(ids("account: pipe")).toEqual(["a"]);
  expect(ids("connector:")).toEqual(["c"]);
});

test("what was opened lately comes before the pages, unless it is gone", () => {
  expect(findHits(index, "", ["a", "gone", "p"]).map((group) => [group.name, group.hits.map((hit) => hit.id)])).toEqual([["recent", ["a", "p"]]]);
});

test("a command is found by its name", () => {
  expect(ids("dark")).toEqual(["d"]);
  expect(ids("command:")).toEqual(["d"]);
});
