import { useState } from "react";
import { userEvent } from "vitest/browser";
import { expect, test, vi } from "vitest";
import type { Cycle } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { CycleListPage } from "./CycleListPage";
import type { CycleListSearch } from "./search";

const people: Cycle = {
  Id: "eeb1103b-da78-526c-b7d3-95c0358c15e3",
  CreatedOnUtc: "2026-03-04T09:30:00Z",
  TasksUsed: 0,
  ErrorCount: 2,
  WarningCount: 0,
  Connectors: [{ Id: 7, Name: "Pipedrive", Authenticated: true, StepCount: 2 }],
  Status: "Paused",
  LastSuccessfulRunDate: "0001-01-01T00:00:00",
  Name: "People to readers",
  Description: "Adds new people to a list.",
  StepErrorAction: "Ignore",
  LogStepDataRequests: true,
  CollectionSplitType: "First",
  Tags: [],
};
const deals: Cycle = { ...people, Id: "d2", Name: "Deals", Status: "Active", ErrorCount: 0, Interval: 60, NextRunTime: "2026-03-04T10:30:00Z", InProgressTransactionCount: 3 };
const cycles = "/v1.0/cycles";

function serve(list: Cycle[] = [people, deals]) {
  server
    .on(`GET ${cycles}`, { body: list, headers: { "Total-Records": String(list.length) } })
    .on("GET /v1.0/partner/settings/general", { body: { CycleSharingEnabled: false } })
    .on("GET /v1.0/accounts/bramble", { body: { Id: "bramble", Name: "Bramble Books", Timezone: "UTC" } });
}

function Page({ initial = {}, onOpen = () => undefined }: { initial?: CycleListSearch; onOpen?: (id: string) => void }) {
  const [search, setSearch] = useState(initial);
  return <CycleListPage accountId="bramble" search={search} onSearch={setSearch} onOpen={onOpen} />;
}

test("a name is enough for a new cycle, which opens", async () => {
  serve([]);
  server.on(`POST ${cycles}`, { status: 201, body: people });
  const opened = vi.fn();
  const screen = await renderPage(<Page onOpen={opened} />);
  await expect.element(screen.getByText("No cycles yet")).toBeVisible();
  await screen.getByRole("button", { name: "Design New Cycle" }).click();
  const dialog = screen.getByRole("dialog", { name: "Design New Cycle" });
  await dialog.getByRole("button", { name: "Create" }).click();
  await expect.element(dialog.getByText("Give the cycle a name.")).toBeVisible();
  await dialog.getByRole("textbox", { name: "Name" }).fill("People to readers");
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Create" }).click();

  await vi.waitFor(() => expect(opened).toHaveBeenCalledWith(people.Id));
  const [call] = server.made(`POST ${cycles}`);
  expect(call?.headers.get("X-Cyclr-Account")).toBe("bramble");
  expect(call?.body).toEqual({ Name: "People to readers" });
});

test("a cycle comes from a file, which opens", async () => {
  serve();
  server.on(`POST ${cycles}/import`, { status: 201, body: { ...people, Id: "c9", Name: "From afar" } });
  const opened = vi.fn();
  const screen = await renderPage(<Page onOpen={opened} />);
  await screen.getByRole("button", { name: "Import Cycle" }).click();
  const dialog = screen.getByRole("dialog", { name: "Import Cycle" });
  const input = document.querySelector<HTMLInputElement>('input[type="file"]');
  await userEvent.upload(input as HTMLElement, new File(['{"Name":"From afar","Steps":[]}'], "cycle.json", { type: "application/json" }));
  await expect.element(dialog.getByText("cycle.json")).toBeVisible();
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Import", exact: true }).click();

  await vi.waitFor(() => expect(opened).toHaveBeenCalledWith("c9"));
  expect(server.made(`POST ${cycles}/import`)[0]?.body).toEqual({ Name: "From afar", Steps: [] });
});

test("a cycle is taken away as a file, and is not shared where sharing is off", async () => {
  serve([{ ...people, Shareable: true }]);
  server.on(`GET ${cycles}/${people.Id}/export`, { body: { Name: people.Name, Steps: [], Edges: [] } });
  const clicked = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    expect(this.download).toBe("people-to-readers.json");
  });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More actions for People to readers" }).click();
  await expect.element(screen.getByRole("menuitem", { name: "Share" })).not.toBeInTheDocument();
  await screen.getByRole("menuitem", { name: "Export" }).click();

  await vi.waitFor(() => expect(clicked).toHaveBeenCalled());
  clicked.mockRestore();
});

test("a cycle tells its state, its connectors and its runs", async () => {
  serve();
  const screen = await renderPage(<Page />);

  const row = screen.getByRole("row", { name: /People to readers/ });
  await expect.element(row.getByText("Paused")).toBeVisible();
  await expect.element(row.getByText("Pipedrive")).toBeVisible();
  await expect.element(row.getByText("2 errors")).toBeVisible();
  await expect.element(row.getByText("never")).toBeVisible();
  await expect.element(screen.getByRole("row", { name: /Deals/ }).getByText("1 hour", { exact: true })).toBeVisible();
});

test("the server searches, and no match offers to clear the filter", async () => {
  serve();
  server.on(`GET ${cycles}`, (call) => ({ body: call.query.get("query") === "zzz" ? [] : [people, deals], headers: { "Total-Records": call.query.get("query") === "zzz" ? "0" : "2" } }));
  const screen = await renderPage(<Page />);
  await screen.getByRole("searchbox", { name: "Search cycles" }).fill("zzz");

  await expect.element(screen.getByText("Nothing matches “zzz”")).toBeVisible();

  await screen.getByRole("button", { name: "Clear filters" }).last().click();
  await expect.element(screen.getByText("2 cycles")).toBeVisible();
});

test("a cycle that misses something can't start, and says where to mend it", async () => {
  serve();
  server
    .on(`GET ${cycles}/${people.Id}/prerequisites`, {
      body: [
        { ReasonCode: 20, Reason: "Unauthenticated connector", ObjectType: "AccountConnector", ObjectId: 311 },
        { ReasonCode: 30, Reason: "Missing mapping", ObjectType: "Action", ObjectId: "s2" },
      ],
    })
    .on(`GET ${cycles}/${people.Id}/steps`, { body: [{ Id: "s2", CycleId: people.Id, Name: "Add Reader", ActionType: "Action", AccountConnector: null, Method: null }] });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Start People to readers" }).click();
  const dialog = screen.getByRole("dialog", { name: "Start People to readers" });

  await expect.element(dialog.getByText("2 things are missing before it can run")).toBeVisible();
  await expect.element(dialog.getByText(": Add Reader")).toBeVisible();
  await expect.element(dialog.getByRole("link", { name: "Authenticate the connector" })).toHaveAttribute("href", "/accounts/bramble/connectors/311");
  await expect.element(dialog.getByRole("link", { name: "Set up the step" })).toHaveAttribute("href", `/accounts/bramble/cycles/${people.Id}?step=s2`);
  await expect.element(dialog.getByRole("button", { name: "Start", exact: true })).toBeDisabled();
  expect(await violations()).toEqual([]);
});

test("a schedule needs an interval, and starts the cycle", async () => {
  serve();
  server
    .on(`GET ${cycles}/${people.Id}/prerequisites`, { body: [] })
    .on(`GET ${cycles}/${people.Id}/steps`, { body: [] })
    .on(`PUT ${cycles}/${people.Id}/activate`, { body: { ...people, Status: "Active" } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Start People to readers" }).click();
  const dialog = screen.getByRole("dialog", { name: "Start People to readers" });
  await dialog.getByRole("button", { name: "Start", exact: true }).click();
  await expect.element(dialog.getByText("Choose how often it runs.")).toBeVisible();
  await dialog.getByLabelText("Interval").selectOptions("15");

  await dialog.getByRole("button", { name: "Start", exact: true }).click();

  await expect.element(screen.getByText("People to readers started")).toBeVisible();
  expect(server.made(`PUT ${cycles}/${people.Id}/activate`)[0]?.body).toEqual({ RunOnce: false, Interval: 15 });
});

test("stopping says what becomes of the work, and can let it finish", async () => {
  serve();
  server.on(`PUT ${cycles}/d2/deactivate`, { body: { ...deals, Status: "Stopping" } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Stop Deals" }).click();
  const dialog = screen.getByRole("dialog", { name: "Stop Deals?" });
  await expect.element(dialog.getByText("3 transactions are in progress.")).toBeVisible();
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Finish and Stop" }).click();

  await expect.element(screen.getByText("Deals finishes its work and stops")).toBeVisible();
  expect(server.made(`PUT ${cycles}/d2/deactivate`)[0]?.query.get("finishQueuedTransactions")).toBe("true");
});

test("a cycle with work in hand is deleted only when its name is typed", async () => {
  serve();
  server.on(`DELETE ${cycles}/d2`, {});
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More actions for Deals" }).click();
  await screen.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = screen.getByRole("dialog", { name: "Delete Deals?" });
  await expect.element(dialog.getByRole("button", { name: "Delete" })).toBeDisabled();
  await dialog.getByLabelText("Type Deals to confirm").fill("Deals");

  await dialog.getByRole("button", { name: "Delete" }).click();

  await expect.element(screen.getByText("Deals deleted")).toBeVisible();
});

test("who may only look is offered no changes", async () => {
  serve();
  const screen = await renderPage(<Page />, { signedIn: { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" } } });
  await expect.element(screen.getByText("2 cycles")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: /^(Start|Stop|Design)/ })).not.toBeInTheDocument();
});

test("a failure tells its request id and can be tried again", async () => {
  serve();
  server.on(`GET ${cycles}`, { status: 500, headers: { "X-Request-Id": "req-7" }, body: { Message: "The database is away." } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("req-7")).toBeVisible();

  serve();
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByText("2 cycles")).toBeVisible();
});

test.each(["light", "dark"] as const)("the list breaks no rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByText("2 cycles")).toBeVisible();

  expect(await violations()).toEqual([]);
});
