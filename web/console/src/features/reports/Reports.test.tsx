import { useState } from "react";
import { expect, test } from "vitest";
import type { Incident, Transaction, TransactionItem } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { IncidentsPage } from "./IncidentsPage";
import type { IncidentsSearch, TransactionSearch, TransactionsSearch } from "./search";
import { TransactionPage } from "./TransactionPage";
import { TransactionsPage } from "./TransactionsPage";

const errored: Transaction = {
  Id: "4693bf67-3614-539b-bac8-db9022d38df0",
  CycleId: "c1",
  CycleName: "People to readers",
  Status: "Errored",
  CreatedOnUtc: "2026-03-04T09:30:00Z",
  StartedOnUtc: "2026-03-04T09:30:00Z",
  CompletedOnUtc: "2026-03-04T09:30:02Z",
  StepCount: 2,
  TasksUsed: 2,
  ErrorCount: 1,
};
const done: Transaction = { ...errored, Id: "11111111-3614-539b-bac8-db9022d38df0", Status: "Completed", ErrorCount: 0, ParentTransactionId: errored.Id };
const items: TransactionItem[] = [
  { Id: "i1", TransactionId: errored.Id, StepId: "s1", StepName: "List People", Status: "Completed", StartedOnUtc: "2026-03-04T09:30:00Z", CompletedOnUtc: "2026-03-04T09:30:01Z", Request: "GET /people", Response: "[1]" },
  {
    Id: "i2",
    TransactionId: errored.Id,
    StepId: "s2",
    StepName: "Add Reader",
    Status: "Errored",
    StartedOnUtc: "2026-03-04T09:30:01Z",
    Attempt: 2,
    Request: null,
    Response: "401",
    IncidentLevel: "Error",
    Message: "Failed to authenticate the connector",
  },
];
const incident: Incident = {
  Id: "n1",
  CycleId: "c1",
  CycleName: "People to readers",
  IncidentLevel: "Error",
  ShortMessage: "Failed to authenticate the connector",
  FullMessage: "401 Unauthorized\r\nHTTP Request:\r\nAuthorization: REDACTED",
  StepId: "s2",
  StepName: "Add Reader",
  TransactionId: errored.Id,
  CreatedOnUtc: "2026-03-04T09:30:02Z",
};

function serve(list: Transaction[] = [errored, done], incidents: Incident[] = [incident]) {
  const total = { headers: { "Total-Records": String(list.length) } };
  server
    .on("GET /v1.0/accounts/bramble", { body: { Id: "bramble", Name: "Bramble Books", Timezone: "UTC" } })
    .on("GET /v1.0/cycles", { body: [{ Id: "c1", Name: "People to readers" }] })
    .on("GET /v1.0/cycles/c1", { body: { Id: "c1", Name: "People to readers", Status: "Paused" } })
    .on("GET /v1.0/cycles/transactions", { body: list, ...total })
    .on("GET /v1.0/cycles/c1/transactions", { body: list, ...total })
    .on(`GET /v1.0/cycles/c1/transactions/${errored.Id}`, { body: items })
    .on("GET /v1.0/cycles/incidents/error", { body: incidents })
    .on("GET /v1.0/cycles/incidents/warning", { body: [] })
    .on("GET /v1.0/cycles/c1/incidents", { body: incidents });
}

function Transactions({ initial = {} }: { initial?: TransactionsSearch }) {
  const [search, setSearch] = useState(initial);
  return <TransactionsPage accountId="bramble" search={search} onSearch={setSearch} />;
}

function One() {
  const [search, setSearch] = useState<TransactionSearch>({});
  return <TransactionPage accountId="bramble" cycleId="c1" transactionId={errored.Id} search={search} onSearch={setSearch} />;
}

function Incidents({ initial = {} }: { initial?: IncidentsSearch }) {
  const [search, setSearch] = useState(initial);
  return <IncidentsPage accountId="bramble" search={search} onSearch={setSearch} />;
}

test("filters go to the server, and those that leave nothing can be cleared", async () => {
  serve();
  const screen = await renderPage(<Transactions />);
  await expect.element(screen.getByText("2 transactions")).toBeVisible();
  await expect.element(screen.getByRole("row", { name: /46 ?93bf67|4693bf67/ }).getByText("1 error")).toBeVisible();
  server.on("GET /v1.0/cycles/transactions", { body: [] });
  await screen.getByLabelText("Status").selectOptions("Waiting");
  await screen.getByLabelText("Split").first().selectOptions("Unsplit");

  await expect.element(screen.getByText("Nothing matches these filters")).toBeVisible();

  const last = server.made("GET /v1.0/cycles/transactions").at(-1);
  expect(last?.query.get("status")).toBe("Waiting");
  expect(last?.query.get("splitType")).toBe("Unsplit");
  serve();
  await screen.getByRole("button", { name: "Clear filters" }).last().click();
  await expect.element(screen.getByText("2 transactions")).toBeVisible();
});

test("one cycle's transactions are asked of that cycle", async () => {
  serve();
  const screen = await renderPage(<Transactions initial={{ cycle: "c1" }} />);
  await expect.element(screen.getByText("2 transactions")).toBeVisible();

  expect(server.made("GET /v1.0/cycles/c1/transactions")).not.toEqual([]);
  expect(server.made("GET /v1.0/cycles/transactions")).toEqual([]);
});

test("a transaction shows what each step was answered, with a remedy, and is retried", async () => {
  serve();
  server.on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/retry`, { body: { ...errored, Status: "Queued" } });
  const screen = await renderPage(<One />);
  await expect.element(screen.getByText("Reconnect the connector, then retry.")).toBeVisible();
  await expect.element(screen.getByText("attempt 2", { exact: false })).toBeVisible();
  await screen.getByText("Request", { exact: true }).first().click();
  await expect.element(screen.getByText("GET /people")).toBeVisible();
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Retry now" }).click();

  await expect.element(screen.getByText("It goes on from the step that failed")).toBeVisible();
});

test("what is in progress can be cancelled after asking", async () => {
  const waiting: Transaction = { ...errored, Status: "Waiting", WaitReason: "Delay" };
  serve([waiting]);
  server.on(`PUT /v1.0/cycles/c1/transactions/${errored.Id}/cancel`, { body: { ...errored, Status: "Cancelled" } });
  const screen = await renderPage(<One />);
  await expect.element(screen.getByText("Waiting: delay")).toBeVisible();
  await screen.getByRole("button", { name: "Cancel transaction" }).click();

  await screen.getByRole("dialog").getByRole("button", { name: "Cancel transaction" }).click();

  await expect.element(screen.getByText("Transaction cancelled")).toBeVisible();
});

test("a search within a transaction is the server's", async () => {
  serve();
  server.on(`GET /v1.0/cycles/c1/transactions/${errored.Id}`, (call) => ({ body: call.query.get("query") === "nobody" ? [] : items }));
  const screen = await renderPage(<One />);
  await expect.element(screen.getByText("Add Reader")).toBeVisible();

  await screen.getByRole("searchbox", { name: "Search requests and responses" }).fill("nobody");

  await expect.element(screen.getByText("Nothing matches “nobody”")).toBeVisible();
});

test("an incident shows its exchange and leads to its transaction", async () => {
  serve();
  const screen = await renderPage(<Incidents />);
  await screen.getByRole("button", { name: /^Details of/ }).click();
  const dialog = screen.getByRole("dialog", { name: "Failed to authenticate the connector" });

  await expect.element(dialog.getByText("Authorization: REDACTED", { exact: false })).toBeVisible();
  await expect.element(dialog.getByRole("link", { name: "Open the transaction" })).toHaveAttribute("href", `/accounts/bramble/cycles/c1/transactions/${errored.Id}`);
  expect(await violations()).toEqual([]);
});

test("the incidents of a cycle are cleared after asking", async () => {
  serve();
  server.on("DELETE /v1.0/cycles/c1/incidents", {});
  const screen = await renderPage(<Incidents initial={{ cycle: "c1" }} />);
  await screen.getByRole("button", { name: "Clear incidents" }).click();

  await screen.getByRole("dialog").getByRole("button", { name: "Clear incidents" }).click();

  await expect.element(screen.getByText("Incidents cleared")).toBeVisible();
});

test("nothing yet says what belongs here", async () => {
  serve([], []);
  const screen = await renderPage(<Transactions />);
  await expect.element(screen.getByText("No transactions yet")).toBeVisible();
});

test("who may only look can neither retry nor clear", async () => {
  serve();
  const signedIn = { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" as const } };
  const screen = await renderPage(<One />, { signedIn });
  await expect.element(screen.getByText("Add Reader")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: /Retry|Cancel/ })).not.toBeInTheDocument();
});

test.each(["light", "dark"] as const)("the reports break no rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(
    <>
      <Transactions />
      <Incidents />
    </>,
    { theme },
  );
  await expect.element(screen.getByText("2 transactions")).toBeVisible();
  await expect.element(screen.getByText("1 incident", { exact: true })).toBeVisible();

  expect(await violations()).toEqual([]);
});
