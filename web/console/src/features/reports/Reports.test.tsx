import { useState } from "react";
import { expect, test } from "vitest";
import type { Incident, IncidentCause, Transaction, TransactionItem, WebhookRequest } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { IncidentsPage } from "./IncidentsPage";
import { RequestsPage } from "./RequestsPage";
import type { IncidentsSearch, RequestsSearch, TransactionSearch, TransactionsSearch } from "./search";
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

const cause: IncidentCause = {
  CycleId: "c1",
  CycleName: "People to readers",
  StepId: "s2",
  StepName: "Add Reader",
  IncidentLevel: "Error",
  ShortMessage: "Failed to authenticate the connector",
  Count: 3,
  FirstOnUtc: "2026-03-04T09:30:02Z",
  LastOnUtc: "2026-03-05T09:30:02Z",
};
const request: WebhookRequest = {
  Id: "77777777-3614-539b-bac8-db9022d38df0",
  StepId: "s1",
  ReceivedOnUtc: "2026-03-04T09:30:00Z",
  Method: "POST",
  ContentType: "application/json",
  SizeBytes: 12,
  Body: '{"id":7}',
  ResponseStatus: 200,
  TransactionIds: [errored.Id],
};

function serve(list: Transaction[] = [errored, done], incidents: Incident[] = [incident]) {
  const total = { headers: { "Total-Records": String(list.length) } };
  server
    .on("GET /v1.0/accounts/bramble", { body: { Id: "bramble", Name: "Bramble Books", Timezone: "UTC" } })
    .on("GET /v1.0/cycles", { body: [{ Id: "c1", Name: "People to readers" }] })
    .on("GET /v1.0/cycles/c1", { body: { Id: "c1", Name: "People to readers", Status: "Active" } })
    .on("GET /v1.0/cycles/transactions", { body: list, ...total })
    .on("GET /v1.0/cycles/c1/transactions", ({ query }) => {
      const [one, parent] = [query.get("transactionId"), query.get("parentTransactionId")];
      if (one !== null) return { body: list.filter(({ Id }) => Id === one) };
      if (parent === null) return { body: list, ...total };
      const children = list.filter(({ ParentTransactionId }) => ParentTransactionId === parent);
      return { body: children, headers: { "Total-Records": String(children.length) } };
    })
    .on("GET /v1.0/cycles/c1/webhookrequests", { body: [request] })
    .on("GET /v1.0/cycles/incidents/causes", { body: incidents.length === 0 ? [] : [cause] })
    .on("GET /v1.0/steps/s2", { body: { Id: "s2", AccountConnector: { Id: 70, Name: "Library desk", Authenticated: false, ConnectorId: 7 } } })
    .on("GET /v1.0/cycles/c1/incidents/error", { body: incidents })
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

function Requests({ initial = {} }: { initial?: RequestsSearch }) {
  const [search, setSearch] = useState(initial);
  return <RequestsPage accountId="bramble" search={search} onSearch={setSearch} />;
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
  await screen.getByRole("dialog").getByRole("button", { name: "Retry now" }).click();

  await expect.element(screen.getByText("It goes on from the step that failed")).toBeVisible();
});

test("what stopped for want of credentials leads to the connector", async () => {
  serve();
  const screen = await renderPage(<One />);

  await expect.element(screen.getByRole("link", { name: "Reconnect Library desk" })).toHaveAttribute("href", "/accounts/bramble/connectors/70");
  await expect.element(screen.getByRole("link", { name: "1 transaction was split from it" })).toBeVisible();
});

test("a transaction of a cycle that does not run says how it can be retried", async () => {
  serve();
  server.on("GET /v1.0/cycles/c1", { body: { Id: "c1", Name: "People to readers", Status: "Paused" } });
  const screen = await renderPage(<One />);

  await expect.element(screen.getByText("To retry it, the cycle has to run.")).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Retry now" })).not.toBeInTheDocument();
  await expect.element(screen.getByRole("button", { name: "Retry from here: Add Reader" })).not.toBeInTheDocument();
});

test("the mapping of a step is told in words when it is unfolded", async () => {
  serve();
  const person = { Id: 81, Name: "Email", Location: "[].email", IsOptional: false, DataType: "Text", Step: { Id: "0d6f6a0e-5e0b-4c3c-9a4f-3e6f1a2b4c5d", Name: "List People", ActionType: "Action" } };
  const field = (Id: number, Name: string) => ({ Id, Name, Location: Name, IsOptional: false, DataType: "Text", DisplayOrder: 0, Triggers: [] });
  server.on(`GET /v1.0/cycles/c1/transactions/${errored.Id}/steps/s2/mapping`, {
    body: {
      Parameters: [],
      Fields: [
        { Field: field(5, "Contact"), MappingType: "PreviousStep", SourceStepId: person.Step.Id, SourceFieldId: 81 },
        { Field: field(6, "Greeting"), MappingType: "StaticValue", Value: `Dear {{${person.Step.Id} 81}}` },
        { Field: field(7, "Notes"), MappingType: "Ignore" },
      ],
      EarlierFields: [person],
    },
  });
  const screen = await renderPage(<One />);
  await screen.getByText("Mapping", { exact: true }).last().click();

  await expect.element(screen.getByText("Email of List People", { exact: true })).toBeVisible();
  await expect.element(screen.getByText("“Dear ‹Email of List People›”")).toBeVisible();
  await expect.element(screen.getByText("Notes")).not.toBeInTheDocument();
});

test("a transaction is run again, which leads to the new one", async () => {
  serve();
  server.on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/rerun`, { status: 201, body: { ...done, Id: "22222222-3614-539b-bac8-db9022d38df0" } });
  const screen = await renderPage(<One />);
  await screen.getByRole("button", { name: "Run again" }).click();
  const dialog = screen.getByRole("dialog", { name: "Run transaction 4693bf67 again?" });
  await dialog.getByRole("button", { name: "Run again" }).click();

  await expect
    .element(dialog.getByRole("link", { name: "Open the new transaction" }))
    .toHaveAttribute("href", "/accounts/bramble/cycles/c1/transactions/22222222-3614-539b-bac8-db9022d38df0");
});

test("a transaction is retried from a step that somebody chooses", async () => {
  serve();
  server.on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/steps/s1/retry`, { status: 201, body: { ...done, Id: "22222222-3614-539b-bac8-db9022d38df0" } });
  const screen = await renderPage(<One />);
  await expect.element(screen.getByRole("button", { name: "Retry from here: Add Reader" })).toBeVisible();
  await screen.getByRole("button", { name: "Retry from here: List People" }).click();
  const dialog = screen.getByRole("dialog", { name: "Retry from List People?" });
  expect(await violations()).toEqual([]);
  await dialog.getByRole("button", { name: "Retry from here" }).click();

  await expect
    .element(dialog.getByRole("link", { name: "Open the new transaction" }))
    .toHaveAttribute("href", "/accounts/bramble/cycles/c1/transactions/22222222-3614-539b-bac8-db9022d38df0");
});

test("nothing is retried from a step whose data came with a request", async () => {
  serve();
  server.on(`GET /v1.0/cycles/c1/transactions/${errored.Id}`, { body: items.map((item, index) => ({ ...item, ActionType: index === 0 ? "Webhook" : "Action" })) });
  const screen = await renderPage(<One />);
  await expect.element(screen.getByRole("button", { name: "Retry from here: Add Reader" })).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Retry from here: List People" })).not.toBeInTheDocument();
});

test("several transactions are retried at once, and each failure is told", async () => {
  const other: Transaction = { ...errored, Id: "33333333-3614-539b-bac8-db9022d38df0" };
  serve([errored, other, done]);
  server
    .on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/retry`, { body: { ...errored, Status: "Queued" } })
    .on(`POST /v1.0/cycles/c1/transactions/${other.Id}/retry`, { status: 409, body: { Message: "The cycle is not running. Start it first." } });
  const screen = await renderPage(<Transactions />);
  await screen.getByRole("checkbox", { name: "Select all on this page" }).click();
  await expect.element(screen.getByRole("toolbar", { name: "3 selected" })).toBeVisible();
  expect(await violations()).toEqual([]);
  await screen.getByRole("button", { name: "Retry 2" }).click();
  const dialog = screen.getByRole("dialog", { name: "Retry 2 transactions?" });

  await dialog.getByRole("button", { name: "Retry", exact: true }).click();

  await expect.element(dialog.getByText("1 done, 1 failed")).toBeVisible();
  await expect.element(dialog.getByText("The cycle is not running.", { exact: false })).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("what waits for its next attempt, what had warnings and what was split from one are asked of the server", async () => {
  serve();
  const screen = await renderPage(<Transactions initial={{ parent: errored.Id }} />);
  await screen.getByLabelText("Status").selectOptions("Waiting for retry");
  await screen.getByLabelText("Incidents").first().selectOptions("With warnings");
  await expect.element(screen.getByText("Split off from transaction 4693bf67")).toBeVisible();

  const last = server.made("GET /v1.0/cycles/transactions").at(-1)?.query;
  expect(Object.fromEntries(last ?? [])).toMatchObject({ status: "Waiting", waitReason: "Retry", hasWarnings: "true", parentTransactionId: errored.Id });
});

test("incidents are grouped by cause, with a remedy, and their transactions are retried together", async () => {
  serve();
  server.on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/retry`, { body: { ...errored, Status: "Queued" } });
  const screen = await renderPage(<Incidents />);
  await expect.element(screen.getByText("1 cause", { exact: true })).toBeVisible();
  await expect.element(screen.getByRole("link", { name: "Reconnect Library desk" })).toBeVisible();
  await expect
    .element(screen.getByRole("link", { name: /^Show incidents/ }))
    .toHaveAttribute("href", expect.stringMatching(/view=list.*cycle=c1.*message=Failed/));
  expect(await violations()).toEqual([]);
  await screen.getByRole("button", { name: /^Retry all/ }).click();
  const dialog = screen.getByRole("dialog", { name: "Retry 1 transaction?" });

  await dialog.getByRole("button", { name: "Retry", exact: true }).click();

  await expect.element(dialog.getByText("1 done")).toBeVisible();
});

test("a request that came in is shown and replayed", async () => {
  serve();
  server.on(`POST /v1.0/cycles/c1/webhookrequests/${request.Id}/replay`, { status: 201, body: done });
  const screen = await renderPage(<Requests initial={{ cycle: "c1" }} />);
  await screen.getByRole("button", { name: "Show request 77777777" }).click();
  await expect.element(screen.getByText('"id": 7', { exact: false })).toBeVisible();
  expect(await violations()).toEqual([]);
  await screen.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await screen.getByRole("button", { name: "Replay request 77777777" }).click();

  await screen.getByRole("dialog").getByRole("button", { name: "Replay" }).click();

  await expect.element(screen.getByRole("link", { name: "Open the new transaction" })).toBeVisible();
});

test("without a cycle the requests ask for one", async () => {
  serve();
  const screen = await renderPage(<Requests />);

  await expect.element(screen.getByText("Choose a cycle")).toBeVisible();
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

test.each([
  ["Resume now", "resume", "It goes on", { Status: "Waiting", WaitReason: "RateLimit" }],
  ["Skip step", "skip", "It goes on behind the step", { Status: "Waiting", WaitReason: "Retry" }],
  ["Skip step", "skip", "It goes on behind the step", { Status: "Errored" }],
] as const)("%s asks the server to %s", async (button, action, said, state) => {
  const one: Transaction = { ...errored, ...state };
  serve([one]);
  server.on(`POST /v1.0/cycles/c1/transactions/${errored.Id}/${action}`, { body: { ...errored, Status: "Queued" } });
  const screen = await renderPage(<One />);
  await screen.getByRole("button", { name: button }).click();

  await screen.getByRole("dialog").getByRole("button", { name: button }).click();

  await expect.element(screen.getByText(said, { exact: true })).toBeVisible();
});

test("what waits for a request can't be hurried", async () => {
  serve([{ ...errored, Status: "Waiting", WaitReason: "Webhook" }]);
  const screen = await renderPage(<One />);
  await expect.element(screen.getByText("Waiting for a request")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: /Resume|Skip/ })).not.toBeInTheDocument();
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
  const screen = await renderPage(<Incidents initial={{ view: "list" }} />);
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
  await expect.element(screen.getByText("1 cause", { exact: true })).toBeVisible();

  expect(await violations()).toEqual([]);
});
