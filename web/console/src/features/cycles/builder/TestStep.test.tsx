import { expect, test } from "vitest";
import type { Edge, FieldForMapping, Method, Step } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { TestStep } from "./TestStep";

const text = { IsOptional: false, DataType: "Text" as const, DisplayOrder: 0, Triggers: [] };
const method: Method = {
  Id: 2,
  MethodUniqueIdentifier: "m2",
  Name: "Add Reader",
  Description: "Adds a reader.",
  Category: "Readers",
  MethodType: "Action",
  HttpMethod: "POST",
  EndPoint: "https://bramble.example/readers",
  Parameters: [],
  RequestFields: [],
  ResponseFields: [
    { ...text, Id: 91, Name: "Key", Location: "[readers].id" },
    { ...text, Id: 92, Name: "Card", Location: "card.number" },
  ],
};
const step: Step = {
  Id: "s2",
  CycleId: "c1",
  Name: "Add Reader",
  ActionType: "Action",
  AccountConnector: { Id: 70, Name: "Library desk", Authenticated: true, ConnectorId: 7 },
  Method: method,
};
const earlierId = "0d6f6a0e-5e0b-4c3c-9a4f-3e6f1a2b4c5d";
const person: FieldForMapping = { ...text, Id: 81, Name: "Email", Location: "[].email", Step: { Id: earlierId, Name: "List People", ActionType: "Action" } };
const behind: Edge[] = [{ Id: "e1", TailStepId: earlierId, HeadStepId: "s2", EdgeType: "Forward" }];

function serve() {
  server
    .on("GET /v1.0/steps/s2/parameters", { body: [{ Parameter: { ...text, Id: 1, Name: "Desk", TargetType: "QueryString", TargetName: "desk" }, MappingType: "StaticValue", Value: "front" }] })
    .on("GET /v1.0/steps/s2/fieldmappings", {
      body: [
        { Field: { ...text, Id: 5, Name: "Contact", Location: "contact" }, MappingType: "PreviousStep", SourceStepId: earlierId, SourceFieldId: 81 },
        { Field: { ...text, Id: 6, Name: "Age", Location: "age", DataType: "Integer", IsOptional: true }, MappingType: "StaticValue", Value: `{{${earlierId} 81}}` },
        { Field: { ...text, Id: 7, Name: "Notes", Location: "notes" }, MappingType: "Ignore" },
      ],
    })
    .on("GET /v1.0/steps/s2/fieldsformapping", { body: [person] });
}

function show(of: Step = step, edges: Edge[] = behind) {
  return renderPage(<TestStep place={{ accountId: "bramble", cycleId: "c1" }} step={of} edges={edges} onClose={() => undefined} />);
}

test("only what earlier steps would give is asked for, and the exchange is shown", async () => {
  serve();
  server.on("POST /v1.0/steps/s2/test", {
    body: { Success: true, StatusCode: 201, DurationMs: 42, Request: "POST https://bramble.example/readers", Response: { readers: [{ id: 7 }, { id: 8 }], card: { number: "A1" } } },
  });
  const screen = await show();
  await expect.element(screen.getByRole("textbox", { name: "Contact" })).toBeVisible();
  await expect.element(screen.getByText("from List People · Email")).toBeVisible();
  await expect.element(screen.getByText("from ‹List People · Email›")).toBeVisible();
  await expect.element(screen.getByLabelText("Desk")).not.toBeInTheDocument();
  await expect.element(screen.getByLabelText("Notes")).not.toBeInTheDocument();
  await expect.element(screen.getByText("POST may change data there", { exact: false })).toBeVisible();
  expect(await violations()).toEqual([]);
  await screen.getByRole("textbox", { name: "Contact" }).fill("ada@example.com");
  await screen.getByRole("textbox", { name: "Age" }).fill("36");
  await screen.getByRole("button", { name: "Run", exact: true }).click();

  await expect.element(screen.getByText("201 · 42 ms", { exact: false })).toBeVisible();
  expect(server.made("POST /v1.0/steps/s2/test")[0]?.body).toEqual({ Parameters: {}, Fields: { "5": "ada@example.com", "6": 36 } });
  await screen.getByText("Mapped fields").click();
  await expect.element(screen.getByText("7 and 1 more")).toBeVisible();
  await expect.element(screen.getByText("A1")).toBeVisible();
  expect(await violations()).toEqual([]);
  await screen.getByText("Request", { exact: true }).click();
  await expect.element(screen.getByText("POST https://bramble.example/readers")).toBeVisible();
});

test("a required value that is missing, and a number that is none, are told beside the field", async () => {
  serve();
  const screen = await show();
  await screen.getByRole("textbox", { name: "Age" }).fill("many");
  await screen.getByRole("button", { name: "Run", exact: true }).click();

  await expect.element(screen.getByText("Fill this in.")).toBeVisible();
  await expect.element(screen.getByText("This must be a number.")).toBeVisible();
  expect(server.made("POST /v1.0/steps/s2/test")).toEqual([]);
});

test("why no request could be made is told", async () => {
  serve();
  server.on("POST /v1.0/steps/s2/test", { status: 400, body: { Message: "Failed to build the request: notes is no date." } });
  const screen = await show();
  await screen.getByRole("textbox", { name: "Contact" }).fill("x");
  await screen.getByRole("button", { name: "Run", exact: true }).click();

  await expect.element(screen.getByText("Failed to build the request: notes is no date.")).toBeVisible();
});

test("a trigger can look back to another time, and an empty answer means nothing new", async () => {
  serve();
  server
    .on("GET /v1.0/steps/s2/fieldmappings", { body: [] })
    .on("POST /v1.0/steps/s2/test", { body: { Success: true, StatusCode: 200, DurationMs: 5, Request: "GET https://bramble.example", Response: {} } });
  const screen = await show(step, []);
  await expect.element(screen.getByText("No value comes from an earlier step, so nothing is asked.")).toBeVisible();
  await screen.getByLabelText("Look back to").fill("2026-03-04T09:30");
  await screen.getByRole("button", { name: "Run", exact: true }).click();

  await expect.element(screen.getByText("Nothing new since then")).toBeVisible();
  expect(server.made("POST /v1.0/steps/s2/test")[0]?.body).toMatchObject({ LastSuccessfulRunDate: new Date("2026-03-04T09:30").toISOString() });
});

test("without credentials the test leads to the connector", async () => {
  serve();
  const screen = await show({ ...step, AccountConnector: { Id: 70, Name: "Library desk", Authenticated: false, ConnectorId: 7 } });

  await expect.element(screen.getByRole("link", { name: "Library desk" })).toHaveAttribute("href", "/accounts/bramble/connectors/70");
  await expect.element(screen.getByRole("button", { name: "Run", exact: true })).not.toBeInTheDocument();
});
