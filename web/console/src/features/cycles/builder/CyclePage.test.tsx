import { useState } from "react";
import { page, userEvent } from "vitest/browser";
import { expect, test, vi } from "vitest";
import type { Cycle, Edge, FieldForMapping, Method, Step } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import type { CycleSearch } from "../search";
import { CyclePage } from "./CyclePage";

const cycleId = "eeb1103b-da78-526c-b7d3-95c0358c15e3";
const cycle: Cycle = {
  Id: cycleId,
  CreatedOnUtc: "2026-03-04T09:30:00Z",
  TasksUsed: 0,
  ErrorCount: 0,
  WarningCount: 0,
  Connectors: [],
  Status: "Paused",
  Name: "People to readers",
  StepErrorAction: "Ignore",
  LogStepDataRequests: true,
  CollectionSplitType: "First",
  Tags: [],
};
const text = { IsOptional: false, DataType: "Text" as const, DisplayOrder: 0, Triggers: [] };
const listPeople: Method = {
  Id: 1,
  MethodUniqueIdentifier: "9fb97bcd-65e3-5a55-b38e-a8c39751ae5c",
  Name: "List People",
  Description: "Lists all people.",
  Category: "People",
  MethodType: "Action",
  HttpMethod: "GET",
  EndPoint: "https://bramble.example/people",
  Parameters: [],
  RequestFields: [],
  ResponseFields: [],
};
const addReader: Method = { ...listPeople, Id: 2, MethodUniqueIdentifier: "m2", Name: "Add Reader", HttpMethod: "POST", Category: "Readers" };
const connector = { Id: 70, Name: "Sales", Authenticated: true, ConnectorId: 7 };
const get: Step = { Id: "s1", CycleId: cycleId, Name: "List People", ActionType: "Action", AccountConnector: connector, Method: listPeople };
const post: Step = { Id: "s2", CycleId: cycleId, Name: "Add Reader", ActionType: "Action", AccountConnector: connector, Method: addReader };
const decision: Step = { Id: "s3", CycleId: cycleId, Name: "Is it new?", ActionType: "Decision", AccountConnector: null, Method: null };
const next: Edge = { Id: "e1", TailStepId: "s1", HeadStepId: "s2", EdgeType: "Forward" };
const person: FieldForMapping = { ...text, Id: 81, Name: "Email", Location: "[people].email", SystemField: "Email", Step: { Id: "s1", Name: "List People", ActionType: "Action" } };

const base = `/v1.0/cycles/${cycleId}`;

function serve({ steps = [get, post], edges = [next], open = [] as object[], of = cycle, causes = [] as object[] } = {}) {
  server
    .on(`GET ${base}`, { body: of })
    .on(`GET ${base}/steps`, { body: steps })
    .on(`GET ${base}/edges`, { body: edges })
    .on(`GET ${base}/variables`, { body: [{ DisplayName: "Reader list", SystemName: "ReaderList", Value: "A", MappingType: "StaticValue", DataType: "Text" }] })
    .on(`GET ${base}/prerequisites`, { body: open })
    .on("GET /v1.0/cycles/incidents/causes", { body: causes })
    .on("GET /v1.0/partner/settings/general", { body: { CycleSharingEnabled: true } })
    .on("GET /v1.0/account/connectors", { body: [{ Id: 70, Name: "Sales", Connector: { Id: 7, Name: "Pipedrive" } }] })
    .on("GET /v1.0/connectors/7/methods", { body: [listPeople, addReader] });
  for (const { Id } of steps) {
    server
      .on(`GET /v1.0/steps/${Id}/parameters`, { body: [] })
      .on(`GET /v1.0/steps/${Id}/fieldmappings`, { body: [] })
      .on(`GET /v1.0/steps/${Id}/fieldsformapping`, { body: Id === "s1" ? [] : [person] })
      .on(`GET /v1.0/steps/${Id}/prerequisites`, { body: [] });
  }
}

function mappings() {
  const lookup = { TriggerId: 52, MethodId: 3, Name: "Choose list", HumanReadableKey: "title", IdentifierKey: "key", SubTriggers: [] };
  server
    .on("GET /v1.0/steps/s2/parameters", {
      body: [{ Parameter: { ...text, Id: 1, Name: "List", TargetType: "QueryString", TargetName: "list", Triggers: [lookup] }, MappingType: null }],
    })
    .on("GET /v1.0/steps/s2/fieldmappings", {
      body: [
        { Field: { ...text, Id: 5, Name: "Email", Location: "email", SystemField: "Email" }, MappingType: "Ignore" },
        { Field: { ...text, Id: 6, Name: "State", Location: "state", Values: ["open", "closed"] }, MappingType: "Ignore" },
        { Field: { ...text, Id: 7, Name: "Greeting", Location: "greeting", IsOptional: true }, MappingType: "Ignore" },
        { Field: { ...text, Id: 8, Name: "Origin", Location: "origin" }, MappingType: "Ignore" },
      ],
    });
}

function Page({ initial = {}, locked, onOpen = () => undefined }: { initial?: CycleSearch; locked?: string; onOpen?: (id: string) => void }) {
  const [search, setSearch] = useState(initial);
  return <CyclePage place={{ accountId: "bramble", cycleId }} trail={null} locked={locked} search={search} onSearch={setSearch} onOpen={onOpen} />;
}

test("the diagram tells what went wrong at a step in its runs", async () => {
  const cause = { CycleId: cycleId, StepId: "s2", IncidentLevel: "Error", ShortMessage: "Failed to call the method", Count: 3 };
  serve({ causes: [cause, { ...cause, ShortMessage: "Required source is empty", Count: 1 }, { ...cause, IncidentLevel: "Warning", Count: 9 }] });
  const screen = await renderPage(<Page />);

  await expect.element(screen.getByText("4 errors")).toBeVisible();
});

test("a copy of a cycle is made by its document, under another name", async () => {
  serve();
  const copied = vi.fn();
  const document = { Name: "People to readers", Steps: [], Edges: [], Other: "kept" };
  server.on(`GET ${base}/export`, { body: document }).on("POST /v1.0/cycles/import", { status: 201, body: { ...cycle, Id: "c9", Name: "Readers again" } });
  const screen = await renderPage(<Page onOpen={copied} />);
  await screen.getByRole("button", { name: "More actions", exact: true }).click();
  await screen.getByRole("menuitem", { name: "Copy Workflow" }).click();
  const dialog = screen.getByRole("dialog", { name: "Copy People to readers" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Readers again");
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Copy", exact: true }).click();

  await vi.waitFor(() => expect(copied).toHaveBeenCalledWith("c9"));
  expect(server.made("POST /v1.0/cycles/import")[0]?.body).toEqual({ ...document, Name: "Readers again" });
});

test("a cycle that may be shared becomes a template", async () => {
  serve({ of: { ...cycle, Shareable: true } });
  server
    .on(`GET ${base}/export`, { body: { Name: "People to readers", Steps: [], Edges: [] } })
    .on("POST /v1.0/templates/import", { body: { Id: "t9", Name: "People to readers", Connectors: [], Tags: [] } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More actions", exact: true }).click();
  await screen.getByRole("menuitem", { name: "Share" }).click();
  const dialog = screen.getByRole("dialog", { name: "Share People to readers" });

  await dialog.getByRole("button", { name: "Share" }).click();

  await expect.element(dialog.getByRole("link", { name: "Open the template" })).toHaveAttribute("href", "/templates/t9");
});

test("the first step of an empty cycle is a method of a connector", async () => {
  serve({ steps: [], edges: [] });
  server.on(`POST ${base}/steps`, (call) => {
    serve({ steps: [get], edges: [] });
    return { body: { ...get, ...(call.body as object) } };
  });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("No steps yet")).toBeVisible();
  await screen.getByRole("button", { name: "Add Step" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add Step" });
  await dialog.getByRole("button", { name: "Sales" }).click();
  await expect.element(dialog.getByRole("button", { name: /List People/ })).toBeVisible();
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: /List People/ }).click();

  await expect.element(screen.getByRole("dialog", { name: /Setup of List People/ })).toBeVisible();
  expect(server.made(`POST ${base}/steps`)[0]?.body).toMatchObject({
    ActionType: "Action",
    AccountConnectorId: 70,
    MethodUniqueIdentifier: listPeople.MethodUniqueIdentifier,
    Name: "List People",
  });
  expect(server.made(`POST ${base}/edges`)).toEqual([]);
});

test("a step is added behind another, by its free exit", async () => {
  serve({ steps: [get, decision], edges: [{ ...next, HeadStepId: "s3" }] });
  server.on(`POST ${base}/steps`, { body: { ...post, Id: "s9" } }).on(`POST ${base}/edges`, { body: next });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Actions for Is it new?" }).click();
  await screen.getByRole("menuitem", { name: "Add a step after this" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add Step" });
  await expect.element(dialog.getByLabelText("Runs after")).toHaveValue("s3/True");

  await dialog.getByRole("button", { name: /^Delay/ }).click();

  await expect.element(screen.getByText("Add Reader added")).toBeVisible();
  expect(server.made(`POST ${base}/edges`)[0]?.body).toEqual({ TailStepId: "s3", HeadStepId: "s9", EdgeType: "True" });
});

test("the diagram says in words what its lines show, and arrows walk it", async () => {
  serve({
    steps: [get, decision, post],
    edges: [
      { ...next, HeadStepId: "s3" },
      { Id: "e2", TailStepId: "s3", HeadStepId: "s2", EdgeType: "True" },
    ],
    open: [{ ReasonCode: 31, Reason: "Missing decision criteria", ObjectType: "Action", ObjectId: "s3" }],
  });
  const screen = await renderPage(<Page />);
  const cards = screen.getByRole("list", { name: "Steps in the order in which they run" });
  await expect.element(cards.getByText("Next: Is it new?")).toBeInTheDocument();
  await expect.element(cards.getByText("True: Add Reader")).toBeInTheDocument();
  await expect.element(cards.getByText("Setup needed")).toBeVisible();
  await expect.element(screen.getByText("Missing decision criteria")).toBeVisible();

  cards.getByRole("button", { name: "List People", exact: true }).element().focus();
  await userEvent.keyboard("{ArrowDown}{ArrowDown}");

  await expect.element(cards.getByRole("button", { name: "Add Reader", exact: true })).toHaveFocus();
});

test("steps are connected and disconnected from the menu", async () => {
  serve({ edges: [] });
  server.on(`POST ${base}/edges`, () => {
    serve();
    return { body: next };
  });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Actions for List People" }).click();
  await screen.getByRole("menuitem", { name: "Connect to…" }).click();
  const dialog = screen.getByRole("dialog", { name: "Connect List People" });
  await dialog.getByRole("button", { name: "Connect" }).click();
  await expect.element(screen.getByText("List People leads to Add Reader")).toBeVisible();
  expect(server.made(`POST ${base}/edges`)[0]?.body).toEqual({ TailStepId: "s1", HeadStepId: "s2", EdgeType: "Forward" });

  server.on(`DELETE ${base}/edges/e1`, {});
  await screen.getByRole("button", { name: "Actions for List People" }).click();
  await screen.getByRole("menuitem", { name: "Disconnect from Add Reader" }).click();
  await screen.getByRole("dialog").getByRole("button", { name: "Disconnect" }).click();

  await expect.element(screen.getByText("Disconnected", { exact: true })).toBeVisible();
});

test("deleting a step names those that take values from it", async () => {
  serve();
  server
    .on("GET /v1.0/steps/s2/fieldmappings", { body: [{ Field: { ...text, Id: 5, Name: "Email", Location: "email" }, MappingType: "PreviousStep", SourceStepId: "s1", SourceFieldId: 81 }] })
    .on(`DELETE ${base}/steps/s1`, {});
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Actions for List People" }).click();
  await screen.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = screen.getByRole("dialog", { name: "Delete the step List People?" });
  await expect.element(dialog.getByText("Add Reader")).toBeVisible();

  await dialog.getByRole("button", { name: "Delete" }).click();

  await expect.element(screen.getByText("List People deleted")).toBeVisible();
});

test("values come from earlier steps, lists, variables, lookups and what is typed", async () => {
  serve();
  mappings();
  server
    .on("POST /v1.0/steps/s2/parameters/1/lookup", { body: [{ Name: "Newsletter readers", Value: "lst_204" }] })
    .on("PUT /v1.0/steps/s2/parameters/1", { body: {} })
    .on("PUT /v1.0/steps/s2/fieldmappings/5", { body: {} })
    .on("PUT /v1.0/steps/s2/fieldmappings/6", { body: {} })
    .on("PUT /v1.0/steps/s2/fieldmappings/7", { body: {} })
    .on("PUT /v1.0/steps/s2/fieldmappings/8", { body: {} });
  const screen = await renderPage(<Page initial={{ step: "s2" }} />);
  const setup = screen.getByRole("dialog", { name: /Setup of Add Reader/ });
  await expect.element(setup.getByLabelText("Source of Email")).toBeVisible();
  await expect.element(setup.getByLabelText("Source of Greeting")).not.toBeInTheDocument();

  await setup.getByLabelText("Source of List").selectOptions("Lookup");
  await setup.getByRole("button", { name: "Load values, Value of List" }).click();
  await expect.element(setup.getByText("1 value to choose from")).toBeVisible();
  await setup.getByRole("combobox", { name: "Value of List" }).click();
  await screen.getByRole("option", { name: "Newsletter readers" }).click();
  await setup.getByLabelText("Source of Email").selectOptions("Previous Step");
  await setup.getByLabelText("Source of State").selectOptions("Select a Value");
  await setup.getByLabelText("Value of State").selectOptions("closed");
  await setup.getByLabelText("Source of Origin").selectOptions("Variable");
  await setup.getByLabelText("Value of Origin").selectOptions("Reader list");
  await setup.getByLabelText("User Configurable, Origin").click();
  await setup.getByLabelText("Show Unmapped Optional Fields (1)").click();
  await setup.getByLabelText("Source of Greeting").selectOptions("Type a Value");
  await setup.getByLabelText("Value of Greeting", { exact: true }).fill("Dear ");
  await setup.getByRole("button", { name: "Merge fields for Value of Greeting" }).click();
  await screen.getByRole("option", { name: "List People · Email" }).click();
  expect(await violations()).toEqual([]);
  await setup.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Add Reader saved")).toBeVisible();
  const body = (path: string) => server.made(`PUT /v1.0/steps/s2/${path}`)[0]?.body;
  expect(body("parameters/1")).toEqual({ MappingType: "Lookup", TriggerValue: "lst_204", TriggerValueDisplayName: "Newsletter readers", IsLaunchVisible: false });
  expect(body("fieldmappings/5")).toEqual({ MappingType: "PreviousStep", SourceStepId: "s1", SourceFieldId: 81, IsLaunchVisible: false });
  expect(body("fieldmappings/6")).toEqual({ MappingType: "ValueList", Value: "closed", IsLaunchVisible: false });
  expect(body("fieldmappings/8")).toEqual({ MappingType: "Variable", VariableName: "ReaderList", IsLaunchVisible: true });
  expect(body("fieldmappings/7")).toEqual({ MappingType: "StaticValue", Value: "Dear {{s1 81}}", IsLaunchVisible: false });
});

test("a refused mapping is told in its row, and the others are stored", async () => {
  serve();
  mappings();
  server
    .on("PUT /v1.0/steps/s2/fieldmappings/5", { status: 400, body: { Message: "This is no address." } })
    .on("PUT /v1.0/steps/s2/fieldmappings/6", { body: {} });
  const screen = await renderPage(<Page initial={{ step: "s2" }} />);
  const setup = screen.getByRole("dialog", { name: /Setup of Add Reader/ });
  await setup.getByLabelText("Source of Email").selectOptions("Type a Value");
  await setup.getByLabelText("Value of Email", { exact: true }).fill("x");
  await setup.getByLabelText("Source of State").selectOptions("Select a Value");
  await setup.getByLabelText("Value of State").selectOptions("open");

  await setup.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(setup.getByRole("row", { name: /Email/ }).getByText("This is no address.")).toBeVisible();
  expect(server.made("PUT /v1.0/steps/s2/fieldmappings/6")).toHaveLength(1);
  await expect.element(setup.getByLabelText("Value of Email", { exact: true })).toHaveValue("x");
});

test("closing a setup with changes asks first", async () => {
  serve();
  const screen = await renderPage(<Page initial={{ step: "s2" }} />);
  const setup = screen.getByRole("dialog", { name: /Setup of Add Reader/ });
  await setup.getByRole("textbox", { name: "Name" }).fill("Another");
  await userEvent.keyboard("{Escape}");

  await expect.element(screen.getByText("What you changed in this step has not been saved.")).toBeVisible();

  await screen.getByRole("button", { name: "Leave" }).click();
  await expect.element(setup).not.toBeInTheDocument();
});

test("a decision compares a field with a value", async () => {
  serve({ steps: [get, decision], edges: [{ ...next, HeadStepId: "s3" }] });
  server.on(`PUT ${base}/steps/s3`, { body: decision });
  const screen = await renderPage(<Page initial={{ step: "s3" }} />);
  const setup = screen.getByRole("dialog", { name: /Setup of Is it new/ });
  await setup.getByRole("button", { name: "Add comparison" }).click();
  await setup.getByRole("combobox", { name: "Left", exact: true }).click();
  await screen.getByRole("option", { name: /Email/ }).click();
  await setup.getByLabelText("Condition").selectOptions("Ends With");
  await setup.getByRole("textbox", { name: "Right", exact: true }).fill("@example.com");
  await setup.getByLabelText("Ignore case").click();
  expect(await violations()).toEqual([]);

  await setup.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Is it new? saved")).toBeVisible();
  expect(server.made(`PUT ${base}/steps/s3`)[0]?.body).toEqual({
    Decision: {
      Join: "All",
      Criteria: [
        {
          LeftOperand: { MappingType: "PreviousStep", SourceStepId: "s1", SourceFieldId: 81 },
          Condition: "EndsWith",
          RightOperand: { MappingType: "StaticValue", Value: "@example.com" },
          UpperOperand: null,
          IgnoreCase: true,
        },
      ],
    },
  });
});

test("a delay and a date are typed in", async () => {
  const delay: Step = { ...decision, Id: "s4", Name: "A while", ActionType: "Delay" };
  const wait: Step = { ...decision, Id: "s5", Name: "Until then", ActionType: "WaitUntil" };
  serve({ steps: [get, delay, wait], edges: [] });
  server.on(`PUT ${base}/steps/s4`, { body: delay }).on(`PUT ${base}/steps/s5`, { body: wait });
  const screen = await renderPage(<Page initial={{ step: "s4" }} />);
  await screen.getByLabelText("Interval").fill("3");
  await screen.getByLabelText("Unit").selectOptions("Days");
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("A while saved")).toBeVisible();
  expect(server.made(`PUT ${base}/steps/s4`)[0]?.body).toEqual({ Delay: { Interval: 3, Unit: "Days" } });
  await screen.getByRole("dialog").getByRole("button", { name: "Close" }).last().click();

  await screen.getByRole("button", { name: "Until then", exact: true }).click();
  await screen.getByRole("radio", { name: "typed here" }).click();
  await screen.getByLabelText("Date and time").fill("2026-12-24T18:00");
  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Until then saved")).toBeVisible();
  expect(server.made(`PUT ${base}/steps/s5`)[0]?.body).toEqual({ WaitUntil: { MappingType: "StaticValue", Value: "2026-12-24T18:00" } });
});

test("a webhook shows the address to send requests to", async () => {
  const hook: Step = { ...get, Id: "s6", Name: "Person added", ActionType: "Webhook", WebhookUrl: "https://velodrome.example/api/webhook/k3y" };
  serve({ steps: [hook, post], edges: [{ ...next, TailStepId: "s6" }] });
  const screen = await renderPage(<Page initial={{ step: "s6" }} />);

  await expect.element(screen.getByLabelText("Webhook URL")).toHaveValue("https://velodrome.example/api/webhook/k3y");
  await expect.element(screen.getByRole("heading", { name: "Webhook Mapping" })).not.toBeInTheDocument();
});

test("a variable is added with what it may be", async () => {
  serve();
  server.on(`POST ${base}/variables`, { body: {} });
  const screen = await renderPage(<Page initial={{ tab: "variables" }} />);
  await expect.element(screen.getByText("ReaderList")).toBeVisible();
  await screen.getByRole("button", { name: "Add variable" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add variable" });
  await dialog.getByLabelText("Display Name").fill("Pipeline");
  await dialog.getByRole("textbox", { name: "Value", exact: true }).fill("7");
  await dialog.getByLabelText("Required").click();
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Pipeline saved")).toBeVisible();
  expect(server.made(`POST ${base}/variables`)[0]?.body).toMatchObject({ DisplayName: "Pipeline", DataType: "Text", MappingType: "StaticValue", Value: "7", IsRequired: true });
});

test("only what was changed in the settings is sent", async () => {
  serve();
  server.on(`PUT ${base}`, (call) => ({ body: { ...cycle, ...(call.body as object) } }));
  const screen = await renderPage(<Page initial={{ tab: "settings" }} />);
  await screen.getByLabelText("On Step Error").selectOptions("Retry After a Wait");
  await screen.getByLabelText("Retries").fill("9");
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Enter a whole number from 1 to 5.")).toBeVisible();
  await screen.getByLabelText("Retries").fill("3");
  await screen.getByLabelText("Process in order").click();
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("People to readers saved")).toBeVisible();
  expect(server.made(`PUT ${base}`)[0]?.body).toEqual({ StepErrorAction: "Retry", MaxRetriesOnError: 3, ProcessInOrder: true });
});

test.each([
  ["running", { of: { ...cycle, Status: "Active" as const } }, undefined, "This cycle is running. Stop it to change its design."],
  ["locked", {}, "A Live release can't be changed.", "A Live release can't be changed."],
])("nothing can be changed while it is %s", async (_, given, locked, why) => {
  serve(given);
  const screen = await renderPage(<Page {...(locked === undefined ? {} : { locked })} />);
  await expect.element(screen.getByText(why)).toBeVisible();
  await expect.element(screen.getByRole("button", { name: "Add Step" })).not.toBeInTheDocument();

  await screen.getByRole("button", { name: "Add Reader", exact: true }).click();

  await expect.element(screen.getByText("Nothing can be changed here now.")).toBeVisible();
  await expect.element(screen.getByRole("textbox", { name: "Name" })).toBeDisabled();
});

test("who may only look is offered no changes", async () => {
  serve();
  const screen = await renderPage(<Page />, { signedIn: { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" } } });
  await expect.element(screen.getByText("2 steps")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: /^(Add Step|Run)$/ })).not.toBeInTheDocument();
});

test.each(["light", "dark"] as const)("the workflow breaks no rule of accessibility in the %s theme, and fits a phone", async (theme) => {
  serve({ open: [{ ReasonCode: 30, Reason: "Missing mapping", ObjectType: "Action", ObjectId: "s2" }] });
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByText("2 steps")).toBeVisible();
  expect(await violations()).toEqual([]);

  await page.viewport(360, 740);

  await expect.element(screen.getByText("Next: Add Reader")).toBeVisible();
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
  expect(await violations()).toEqual([]);
  await page.viewport(1280, 900);
});
