import { useState } from "react";
import { expect, test, vi } from "vitest";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { CustomConnectorsPage } from "./CustomConnectorsPage";
import type { CustomSearch } from "./search";

const path = "/v1.0/account/connectors/custom";

const stockroom = {
  Id: 7,
  UniqueIdentifier: "89f14769-a615-5865-a3c7-0b6635335895",
  Name: "Stockroom",
  Description: "Shelves",
  Version: "1.0",
  Status: "Approved",
  ReleaseStatus: "Live",
  ReleaseVersionMajor: 1,
  ReleaseVersionMinor: 2,
  CreatedOnUtc: "2026-03-04T09:30:00Z",
};

function serve(list: unknown[] = [stockroom, { ...stockroom, Id: 8, Name: "Lamp House", Description: null, ReleaseStatus: "Draft" }]) {
  server.on("GET /v1.0/partner", { body: { Id: "partner", TemplateAccountId: "template" } });
  server.on(`GET ${path}`, { body: list });
}

function Page({
  initial = {},
  onEdit = () => undefined,
  onReleases = () => undefined,
}: {
  initial?: CustomSearch;
  onEdit?: (id: number) => void;
  onReleases?: (id: number) => void;
}) {
  const [search, setSearch] = useState(initial);
  return <CustomConnectorsPage search={search} onSearch={setSearch} onEdit={onEdit} onReleases={onReleases} />;
}

test("a name is enough for a new connector, which opens", async () => {
  serve([]);
  server.on(`POST ${path}`, { body: { ...stockroom, Id: 12, ReleaseStatus: "Draft" } });
  const edited = vi.fn();
  const screen = await renderPage(<Page onEdit={edited} />);
  await expect.element(screen.getByText("No custom connectors yet")).toBeVisible();

  await screen.getByRole("button", { name: "+" }).click();
  await screen.getByRole("button", { name: "Create", exact: true }).click();
  await expect.element(screen.getByText("Give the connector a name")).toBeVisible();
  await screen.getByRole("textbox", { name: "Name" }).fill("Stockroom");
  await screen.getByRole("button", { name: "Create", exact: true }).click();

  await vi.waitFor(() => expect(edited).toHaveBeenCalledWith(12));
  const [call] = server.made(`POST ${path}`);
  expect(call?.headers.get("X-Cyclr-Account")).toBe("template");
  expect(call?.body).toMatchObject({ Name: "Stockroom" });
});

test("typing filters, and no match offers to clear the filter", async () => {
  serve();
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("2 custom connectors")).toBeVisible();

  await screen.getByRole("searchbox", { name: "Search custom connectors" }).fill("stock");
  await expect.element(screen.getByText("1 custom connector", { exact: true })).toBeVisible();
  await screen.getByRole("searchbox").fill("zzzz");
  await screen.getByRole("button", { name: "Clear filters" }).last().click();

  await expect.element(screen.getByText("2 custom connectors")).toBeVisible();
});

test("an OpenAPI document becomes a draft, with a report of what was left out", async () => {
  serve();
  server.on(`POST ${path}/import`, {
    status: 201,
    body: { Connector: { ...stockroom, Id: 20 }, Report: [{ Pointer: "/paths/~1shelves/get/callbacks", Reason: "Callbacks have no counterpart." }] },
  });
  const edited = vi.fn();
  const screen = await renderPage(<Page onEdit={edited} />);
  await screen.getByRole("button", { name: "Generate From OpenAPI specification" }).click();
  await screen.getByRole("textbox", { name: "Name" }).fill("Stockroom");
  await screen.getByRole("textbox", { name: "URL" }).fill("https://stockroom.example/openapi.yaml");

  await screen.getByRole("button", { name: "Generate", exact: true }).click();

  await expect.element(screen.getByText("Callbacks have no counterpart.")).toBeVisible();
  expect(server.made(`POST ${path}/import`)[0]?.body).toEqual({ Name: "Stockroom", Url: "https://stockroom.example/openapi.yaml" });
  expect(await violations()).toEqual([]);
  await screen.getByRole("button", { name: "Open the draft" }).click();
  expect(edited).toHaveBeenCalledWith(20);
});

test("a connector is brought up to date with its document, paging confirmed", async () => {
  serve();
  server.on(`POST ${path}/7/import`, { body: { Connector: { ...stockroom, ReleaseStatus: "Draft" }, Report: [] } });
  const edited = vi.fn();
  const screen = await renderPage(<Page onEdit={edited} />);
  await screen.getByRole("button", { name: "More for Stockroom" }).click();
  await screen.getByRole("menuitem", { name: "Update from OpenAPI" }).click();
  await screen.getByRole("textbox", { name: "URL" }).fill("https://stockroom.example/openapi.yaml");
  await screen.getByRole("checkbox", { name: /^Page through lists/ }).click();

  await screen.getByRole("button", { name: "Update", exact: true }).click();

  await expect.element(screen.getByText("Nothing was left out.")).toBeVisible();
  expect(server.made(`POST ${path}/7/import`)[0]?.body).toEqual({ Url: "https://stockroom.example/openapi.yaml", ConfirmPaging: true });
  expect(await violations()).toEqual([]);
  await screen.getByRole("button", { name: "Open the draft" }).click();
  expect(edited).toHaveBeenCalledWith(7);
});

test("a definition is imported as it came, and one with faults is not", async () => {
  serve();
  server.on(`POST ${path}/validate`, (call) => {
    const faulty = (call.body as { Text: string }).Text.includes("bad");
    return {
      body: faulty
        ? { IsValid: false, Faults: [{ Pointer: "/Methods/0", Line: 3, Column: 5, Code: "V002", Severity: "Error", Message: "EndPoint is missing" }] }
        : { IsValid: true, Faults: [], Definition: { Name: "Read" }, Yaml: "" },
    };
  });
  server.on(`POST ${path}`, { body: { ...stockroom, Id: 30 } });
  const edited = vi.fn();
  const screen = await renderPage(<Page initial={{ open: "import" }} onEdit={edited} />);
  const text = screen.getByRole("textbox", { name: "Definition" });
  await text.fill('{"Name":"bad"}');
  await screen.getByRole("button", { name: "Import", exact: true }).click();
  await expect.element(screen.getByText("EndPoint is missing")).toBeVisible();
  await expect.element(screen.getByText("3:5")).toBeVisible();
  expect(await violations()).toEqual([]);

  await text.fill('{"Name":"Stockroom","Own":1}');
  await screen.getByRole("button", { name: "Import", exact: true }).click();

  await vi.waitFor(() => expect(edited).toHaveBeenCalledWith(30));
  expect(server.made(`POST ${path}`)[0]?.body).toEqual({ Name: "Stockroom", Own: 1 });
});

test("deleting tells what is installed, and the server's refusal", async () => {
  serve();
  server.on(`GET ${path}/7/releases`, { body: [{ Number: 2, ConnectorId: 7, ReleaseStatus: "Live", InstalledCount: 3 }] });
  server.on(`DELETE ${path}/7`, { status: 409, body: { Message: "Stockroom is installed in 3 accounts." } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More for Stockroom" }).click();
  await screen.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = screen.getByRole("dialog", { name: "Delete Stockroom?" });
  await expect.element(dialog.getByText("Release 2 (Live): installed 3 times")).toBeVisible();

  await dialog.getByRole("button", { name: "Delete" }).click();

  await expect.element(dialog.getByText("Stockroom is installed in 3 accounts.")).toBeVisible();
});

test("a role that may not build is offered no changes", async () => {
  serve();
  const screen = await renderPage(<Page />, { signedIn: { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" } } });
  await expect.element(screen.getByText("2 custom connectors")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: "Import From JSON" })).not.toBeInTheDocument();
});

test("a failure tells its request id and can be tried again", async () => {
  serve();
  server.on(`GET ${path}`, { status: 500, headers: { "X-Request-Id": "req-5" }, body: { Message: "The database is away." } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("req-5")).toBeVisible();

  serve();
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByText("2 custom connectors")).toBeVisible();
});

test.each(["light", "dark"] as const)("nothing breaks a rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByText("2 custom connectors")).toBeVisible();

  expect(await violations()).toEqual([]);
});
