import { useState } from "react";
import { expect, test } from "vitest";
import type { AccountConnector, CustomField, Method } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { MethodsPanel } from "./MethodsPanel";
import type { ConnectorEditSearch } from "./search";

const create: Method = {
  Id: 1,
  MethodUniqueIdentifier: "create",
  Name: "Create Record",
  Description: "Creates a record.",
  Category: "Records",
  MethodType: "Action",
  HttpMethod: "POST",
  EndPoint: "https://api.example.com/{{CyclrObjectName}}",
  Parameters: [],
  RequestFields: [{ Id: 5, Name: "Title", Location: "title", IsOptional: false, DataType: "Text", DisplayOrder: 0, Triggers: [] }],
  ResponseFields: [],
};
const tier: CustomField = {
  Id: 1,
  ConnectorField: "customer.tier",
  DisplayName: "Tier",
  DataType: "Integer",
  MethodUniqueIdentifier: "create",
  ForRequestFormat: true,
};
const copies = "/v1.0/account/connectors/70/categories";
const fields = "/v1.0/account/connectors/70/fields";

function connector(CustomFields: CustomField[]): AccountConnector {
  return {
    Id: 70,
    Name: "Records",
    Authenticated: true,
    IsPartnerIntegrationConnector: false,
    Properties: [],
    CustomFields,
    Connector: { Id: 7 } as AccountConnector["Connector"],
  };
}

function Panel({ of, initial = { method: "create" }, editable = true }: { of: AccountConnector; initial?: ConnectorEditSearch; editable?: boolean }) {
  const [search, setSearch] = useState<ConnectorEditSearch>(initial);
  return <MethodsPanel accountId="bramble" connector={of} search={search} onSearch={setSearch} editable={editable} />;
}

function given(made: object[] = []) {
  server.on("GET /v1.0/connectors/7/methods", { body: [create] }).on(`GET ${copies}`, { body: made });
}

test("a field is added to the request of a method", async () => {
  given();
  server.on(`POST ${fields}`, (call) => ({ body: { ...tier, ...(call.body as object) } }));
  const screen = await renderPage(<Panel of={connector([])} />);
  const request = screen.getByRole("region", { name: "Request Fields" });
  await request.getByRole("button", { name: "Add field" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add field" });
  await dialog.getByLabelText("Field Location").fill("title");
  await dialog.getByRole("button", { name: "Add field" }).click();
  await expect.element(dialog.getByText("There is a field at this location already.")).toBeVisible();
  await dialog.getByLabelText("Field Location").fill("customer.tier_level");
  await dialog.getByLabelText("Data Type").selectOptions("Integer");
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Add field" }).click();

  await expect.element(screen.getByText("Tier level added")).toBeVisible();
  const [call] = server.made(`POST ${fields}`);
  expect(call?.headers.get("X-Cyclr-Account")).toBe("bramble");
  expect(call?.body).toMatchObject({
    ConnectorField: "customer.tier_level",
    DisplayName: "Tier level",
    DataType: "Integer",
    MethodUniqueIdentifier: "create",
    ForRequestFormat: true,
    EntityIdentifier: null,
  });
});

test("fields are generated from a sample, only those that are missing", async () => {
  given();
  server.on(`POST ${fields}`, (call) => ({ body: { ...tier, ...(call.body as object) } }));
  const screen = await renderPage(<Panel of={connector([tier])} />);
  await screen.getByRole("region", { name: "Request Fields" }).getByRole("button", { name: "Generate Fields" }).click();
  const dialog = screen.getByRole("dialog", { name: "Generate Fields" });
  await dialog.getByLabelText("Sample").fill("{");
  await dialog.getByRole("button", { name: "Generate Fields" }).click();
  await expect.element(dialog.getByText("This is neither JSON nor XML.")).toBeVisible();
  await dialog.getByLabelText("Sample").fill('{"title":"x","customer":{"tier":1,"since":"2026-01-02T03:04:05Z"},"lines":[{"price":1.5}]}');

  await dialog.getByRole("button", { name: "Generate Fields" }).click();

  await expect.element(screen.getByText("2 fields added")).toBeVisible();
  expect(server.made(`POST ${fields}`).map((call) => call.body)).toMatchObject([
    { ConnectorField: "customer.since", DataType: "DateTime", DisplayName: "Since" },
    { ConnectorField: "[lines].price", DataType: "Decimal", DisplayName: "Price" },
  ]);
});

test("generating stops at a failure and says how far it came", async () => {
  given();
  server.on(`POST ${fields}`, (call) =>
    (call.body as { ConnectorField: string }).ConnectorField === "b" ? { status: 400, body: { Message: "No more fields." } } : { body: tier },
  );
  const screen = await renderPage(<Panel of={connector([])} />);
  await screen.getByRole("region", { name: "Response Fields" }).getByRole("button", { name: "Generate Fields" }).click();
  await screen.getByLabelText("Sample").fill('{"a":1,"b":2,"c":3}');

  await screen.getByRole("dialog").getByRole("button", { name: "Generate Fields" }).click();

  await expect.element(screen.getByText("Stopped after 1 of 3")).toBeVisible();
  await expect.element(screen.getByText("No more fields.")).toBeVisible();
});

test("a field is edited in its place, and chosen ones are deleted together", async () => {
  const plan = { ...tier, Id: 2, ConnectorField: "plan", DisplayName: "Plan" };
  given();
  server
    .on(`PUT ${fields}/1`, (call) => ({ body: { ...tier, ...(call.body as object) } }))
    .on(`DELETE ${fields}/1`, {})
    .on(`DELETE ${fields}/2`, {});
  const screen = await renderPage(<Panel of={connector([tier, plan])} />);
  await screen.getByRole("button", { name: "Edit Tier" }).click();
  await screen.getByLabelText("Display Name").fill("Level");
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Level saved")).toBeVisible();
  expect(server.made(`PUT ${fields}/1`)[0]?.body).toMatchObject({ DisplayName: "Level", ConnectorField: "customer.tier", DataType: "Integer" });

  await screen.getByLabelText("Choose all custom fields").click();
  await screen.getByRole("button", { name: "Delete 2 fields" }).click();
  await screen.getByRole("dialog").getByRole("button", { name: "Delete" }).click();

  await expect.element(screen.getByText("2 fields deleted")).toBeVisible();
  expect(server.calls.filter((call) => call.method === "DELETE").map((call) => call.path)).toEqual([`${fields}/1`, `${fields}/2`]);
});

test("a category is copied for an object, and its methods are called for it", async () => {
  given();
  server
    .on(`POST ${copies}`, (call) => {
      const copy = { Id: 9, ...(call.body as object) };
      server.on(`GET ${copies}`, { body: [copy] });
      return { status: 201, body: copy };
    })
    .on("POST /v1.0/account/connectors/70/test/create", { body: { Success: true, StatusCode: 200, DurationMs: 3 } });
  const screen = await renderPage(<Panel of={connector([tier])} initial={{ method: "create", view: "test" }} />);
  await screen.getByRole("button", { name: "Copy this Category to create a Custom Object Category: Records" }).click();
  await screen.getByLabelText("Object", { exact: true }).fill("Invoice");
  await screen.getByRole("button", { name: "Copy", exact: true }).click();
  await expect.element(screen.getByText("Invoice added")).toBeVisible();
  expect(server.made(`POST ${copies}`)[0]?.body).toEqual({ SourceCategory: "Records", ObjectName: "Invoice", ObjectValue: null });

  await screen.getByRole("region", { name: "Invoice" }).getByRole("button", { name: "Create Record" }).click();
  await screen.getByLabelText("Title").fill("March");
  await screen.getByRole("button", { name: "Show optional fields (1)" }).click();
  await screen.getByRole("textbox", { name: "Tier" }).fill("2");
  await screen.getByRole("button", { name: "Run" }).click();

  await expect.element(screen.getByText("Succeeded")).toBeVisible();
  expect(server.made("POST /v1.0/account/connectors/70/test/create")[0]?.body).toEqual({
    Parameters: {},
    Fields: { "5": "March", "customer.tier": 2 },
    CategoryId: 9,
  });
});

test("who may only look sees custom fields and is offered no changes", async () => {
  given([{ Id: 9, SourceCategory: "Records", ObjectName: "Invoice" }]);
  const screen = await renderPage(<Panel of={connector([tier])} editable={false} />);
  await expect.element(screen.getByRole("row", { name: /Tier/ })).toBeVisible();
  await expect.element(screen.getByRole("region", { name: "Invoice" })).toBeVisible();

  await expect.element(screen.getByRole("button", { name: "Add field" })).not.toBeInTheDocument();
  await expect.element(screen.getByRole("button", { name: /^(Edit|Delete|Copy this)/ })).not.toBeInTheDocument();
  expect(await violations()).toEqual([]);
});
