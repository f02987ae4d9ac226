import { useState } from "react";
import { expect, test } from "vitest";
import type { IncidentReportLine, LedgerAlarm, LedgerLine, RunReportPoint, UsageRow } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { CausesPage } from "./CausesPage";
import { LedgerPage } from "./LedgerPage";
import { RunsPage } from "./RunsPage";
import type { CausesSearch, LedgerSearch, RunsSearch, UsageSearch } from "./search";
import { UsagePage } from "./UsagePage";

const acme: LedgerLine = {
  AccountId: "acme",
  AccountName: "Acme",
  CycleId: null,
  CycleName: null,
  Accepted: 1200,
  Done: 1100,
  Failed: 60,
  Waiting: 39,
  Lost: 1,
  IsBalanced: false,
};
const alarm: LedgerAlarm = {
  Id: "4693bf67-3614-539b-bac8-db9022d38df0",
  AccountId: "acme",
  AccountName: "Acme",
  CycleId: "c1",
  CycleName: "Orders",
  Kind: "TransactionLost",
  TransactionId: "11111111-3614-539b-bac8-db9022d38df0",
  WebhookRequestId: null,
  Detail: "Transaction 11111111 is not there any more.",
  FoundOnUtc: "2026-03-04T09:30:00Z",
  AcknowledgedOnUtc: null,
  AcknowledgedBy: null,
};
const usage: UsageRow[] = [
  { AccountId: "acme", AccountName: "Acme", Month: "2026-03", Tasks: 40, Incidents: 2 },
  { AccountId: "bramble", AccountName: "Bramble Books", Month: "2026-03", Tasks: 2, Incidents: 0 },
  { AccountId: "acme", AccountName: "Acme", Month: "2026-02", Tasks: 7, Incidents: 1 },
];
const quiet = { P50: null, P95: null, P99: null };
const points: RunReportPoint[] = [
  { StartsOnUtc: "2026-03-03T00:00:00Z", Runs: 0, Errored: 0, Latency: quiet, QueueWait: quiet },
  { StartsOnUtc: "2026-03-04T00:00:00Z", Runs: 8, Errored: 2, Latency: { P50: 240, P95: 1500, P99: 2600 }, QueueWait: { P50: 5, P95: 12, P99: 20 } },
];
const cause: IncidentReportLine = {
  AccountId: "acme",
  AccountName: "Acme",
  CycleId: "c1",
  CycleName: "Orders",
  StepId: "s1",
  StepName: "Add Reader",
  IncidentLevel: "Error",
  ShortMessage: "Failed to call the method",
  Count: 17,
  FirstOnUtc: "2026-03-01T09:30:00Z",
  LastOnUtc: "2026-03-04T09:30:00Z",
};

function Ledger({ initial = {} }: { initial?: LedgerSearch }) {
  const [search, setSearch] = useState(initial);
  return <LedgerPage search={search} onSearch={setSearch} />;
}

function Usage() {
  const [search, setSearch] = useState<UsageSearch>({});
  return <UsagePage search={search} onSearch={setSearch} />;
}

function Runs() {
  const [search, setSearch] = useState<RunsSearch>({});
  return <RunsPage search={search} onSearch={setSearch} />;
}

function Causes() {
  const [search, setSearch] = useState<CausesSearch>({});
  return <CausesPage search={search} onSearch={setSearch} />;
}

function serveLedger(alarms: LedgerAlarm[]) {
  server
    .on("GET /v1.0/partner/ledger", { body: [acme], headers: { "Total-Records": "1" } })
    .on("GET /v1.0/partner/ledger/alarms", { body: alarms, headers: { "Total-Records": String(alarms.length) } });
}

for (const theme of ["light", "dark"] as const) {
  test(`the ledger says what does not add up, in the ${theme} theme`, async () => {
    serveLedger([alarm]);
    const screen = await renderPage(<Ledger />, { theme });

    await expect.element(screen.getByText("Does not add up")).toBeVisible();
    await expect.element(screen.getByText("Transaction 11111111 is not there any more.")).toBeVisible();
    expect(await violations()).toEqual([]);
  });
}

test("an alarm is acknowledged and gone", async () => {
  serveLedger([alarm]);
  server.on(`POST /v1.0/partner/ledger/alarms/${alarm.Id}/acknowledge`, { body: { ...alarm, AcknowledgedBy: "Ada" } });
  const screen = await renderPage(<Ledger />);
  await expect.element(screen.getByRole("button", { name: /^Acknowledge/ })).toBeVisible();
  serveLedger([]);

  await screen.getByRole("button", { name: /^Acknowledge/ }).click();

  await expect.element(screen.getByText("there is no open alarm", { exact: false })).toBeVisible();
});

test("the cycles of an account are asked of the server", async () => {
  serveLedger([]);
  const screen = await renderPage(<Ledger initial={{ account: "acme" }} />);
  await expect.element(screen.getByRole("table", { name: "Ledger" })).toBeVisible();

  expect(server.made("GET /v1.0/partner/ledger").at(-1)?.query.get("accountId")).toBe("acme");
});

test("task usage is drawn by month and stands in a table", async () => {
  server.on("GET /v1.0/partner/usage", { body: usage, headers: { "Total-Records": "3", "Total-Pages": "1" } });
  const screen = await renderPage(<Usage />);

  await expect.element(screen.getByText("42 tasks in 2026-03")).toBeVisible();
  await expect.element(screen.getByRole("row", { name: /2026-03 Bramble Books 2 0/ })).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("the charts say what they show, and the period goes to the server", async () => {
  server.on("GET /v1.0/partner/reports/runs", { body: points });
  const screen = await renderPage(<Runs />);
  await expect.element(screen.getByText("8 runs, 2 with errors (25%)")).toBeVisible();
  await expect.element(screen.getByText("Half of the latest runs took no longer than 240 ms")).toBeVisible();
  await expect.element(screen.getByRole("table", { name: "The figures of the charts" }).getByText("1.5 s")).toBeVisible();
  expect(await violations()).toEqual([]);

  await screen.getByLabelText("Period").selectOptions("24 hours");

  await expect.poll(() => server.made("GET /v1.0/partner/reports/runs").at(-1)?.query.get("interval")).toBe("Hour");
});

test("incidents are grouped by cause and lead to the cycle's", async () => {
  server.on("GET /v1.0/partner/reports/incidents", { body: [cause], headers: { "Total-Records": "1" } });
  const screen = await renderPage(<Causes />);

  await expect.element(screen.getByRole("row", { name: /Failed to call the method 17/ })).toBeVisible();
  const link = screen.getByRole("link", { name: "Orders · Add Reader" });
  await expect.element(link).toHaveAttribute("href", expect.stringContaining("/accounts/acme/reports/incidents"));
  expect(await violations()).toEqual([]);
});
