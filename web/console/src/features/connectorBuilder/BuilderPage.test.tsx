import { useState } from "react";
import { expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import type { DefinitionFault } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { BuilderPage } from "./BuilderPage";
import type { BuilderSearch } from "./search";
import { serveConnector, stored } from "./testing";

const path = "/v1.0/account/connectors/custom";

function Page({ initial = {} }: { initial?: BuilderSearch }) {
  const [search, setSearch] = useState(initial);
  return (
    <BuilderPage
      connectorId={7}
      search={search}
      onSearch={setSearch}
      renderDraftCall={(_, id, method, installed) => `draft ${id} ${method.Name} ${installed?.accountConnectorId ?? "typed"}`}
      renderCall={(account, connector, method) => `${account} ${connector.Name} ${method.Name}`}
    />
  );
}

const fault = (Pointer: string, Message: string): DefinitionFault => ({ Pointer, Message, Code: "V002", Severity: "Error" });

test("what is changed is checked, saved for its owner, and members of others are kept", async () => {
  serveConnector();
  const screen = await renderPage(<Page />);
  const save = screen.getByRole("button", { name: "Save Changes" });
  await expect.element(save).toBeDisabled();

  await screen.getByRole("textbox", { name: "Description", exact: true }).fill("Shelves and what stands on them.");
  await save.click();

  await expect.element(screen.getByText("Stockroom saved")).toBeVisible();
  await expect.element(save).toBeDisabled();
  expect(stored()).toMatchObject({ format: "velodrome.connector/1", description: "Shelves and what stands on them." });
  const [put] = server.made(`PUT ${path}/7`);
  expect(put?.headers.get("X-Cyclr-Account")).toBe("template");
  expect(put?.body).toMatchObject({ Name: "as read", ProductAddon: { Kept: true } });
});

test("a fault is told in the summary, which leads to its field, and keeps the connector from being saved", async () => {
  serveConnector((text) => (text.includes("ftp://") ? [fault("/methods/0/endpoint", "endpoint is not an http(s) address")] : []));
  const screen = await renderPage(<Page initial={{ tab: "methods", method: "list-shelves" }} />);
  await screen.getByRole("textbox", { name: "Endpoint" }).fill("ftp://stockroom.example");
  await expect.element(screen.getByRole("region", { name: "Problems" }).getByText("1 problem")).toBeVisible();
  await expect.element(screen.getByRole("textbox", { name: "Endpoint" })).toHaveAccessibleDescription(/endpoint is not an http/);

  await screen
    .getByRole("tab", { name: /^Settings/ })
    .first()
    .click();
  await screen.getByRole("button", { name: "Show problems" }).click();
  await screen.getByRole("button", { name: /V002 endpoint is not/ }).click();
  await expect.element(screen.getByRole("textbox", { name: "Endpoint" })).toHaveFocus();

  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("One problem has to be solved first.")).toBeVisible();
  expect(server.made(`PUT ${path}/7`)).toEqual([]);
});

test("a fault inside a folded item unfolds it", async () => {
  serveConnector(() => [fault("/methods/0/response/fields/0/connectorField", "malformed location")]);
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Show problems" }).click();

  await screen.getByRole("button", { name: /malformed location/ }).click();

  await expect.element(screen.getByRole("textbox", { name: "Field location" })).toHaveFocus();
});

test("unsaved changes are undone and done again", async () => {
  serveConnector();
  const screen = await renderPage(<Page />);
  const name = screen.getByRole("textbox", { name: /^Name/ });
  await name.fill("Storeroom");
  await expect.element(screen.getByRole("heading", { level: 1, name: "Storeroom" })).toBeVisible();

  await screen.getByRole("button", { name: "Undo" }).click();
  await expect.element(name).toHaveValue("Stockroom");
  await screen.getByRole("button", { name: "Redo" }).click();

  await expect.element(name).toHaveValue("Storeroom");
});

test("a renamed key is renamed where others refer to it", async () => {
  serveConnector();
  const screen = await renderPage(<Page initial={{ tab: "methods", method: "list-shelves" }} />);

  await screen.getByRole("textbox", { name: "Key" }).fill("all-shelves");
  await userEvent.tab();
  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Stockroom saved")).toBeVisible();
  expect(stored()).toMatchObject({ methods: [{ key: "all-shelves" }, {}], triggers: [{ method: "all-shelves" }] });
});

test("fields are generated from a sample, the missing ones only", async () => {
  serveConnector();
  const screen = await renderPage(<Page initial={{ tab: "methods", method: "list-shelves", part: "response" }} />);
  await screen.getByRole("button", { name: "Generate Fields" }).click();
  const dialog = screen.getByRole("dialog", { name: "Generate Fields" });
  await dialog.getByRole("textbox", { name: "Sample" }).fill('[{"id":1,"name":"A","full":false}]');

  await dialog.getByRole("button", { name: "Generate Fields" }).click();

  await expect.element(screen.getByText("2 fields added")).toBeVisible();
  await expect.element(screen.getByRole("button", { name: /^\[\]\.full Boolean/ })).toBeVisible();
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Stockroom saved")).toBeVisible();
  expect(stored()).toMatchObject({
    methods: [
      { response: { fields: [{ connectorField: "[].id" }, { connectorField: "[].name" }, { connectorField: "[].full", dataType: "Boolean" }] } },
      {},
    ],
  });
});

test("a method is added, another type asks for other things, and a used one warns before it goes", async () => {
  serveConnector();
  const screen = await renderPage(<Page initial={{ tab: "methods" }} />);
  await screen.getByRole("button", { name: "Add method" }).click();
  await expect.element(screen.getByRole("heading", { level: 2, name: "New Method" })).toBeVisible();
  await screen.getByRole("combobox", { name: "Type", exact: true }).selectOptions("Webhook: is called by the product");
  await expect.element(screen.getByRole("textbox", { name: "Endpoint" })).not.toBeInTheDocument();
  await expect.element(screen.getByRole("tab", { name: "Response Format" })).not.toBeInTheDocument();
  await expect.element(screen.getByRole("combobox", { name: "Created by" })).toBeVisible();

  await screen.getByRole("button", { name: "List Shelves" }).click();
  await screen.getByRole("button", { name: "Actions" }).click();
  await screen.getByRole("menuitem", { name: "Delete method" }).click();

  await expect.element(screen.getByText(/It is used by Select Shelf/)).toBeVisible();
});

test("another type of authentication brings what it needs", async () => {
  serveConnector();
  const screen = await renderPage(<Page initial={{ tab: "authentication" }} />);
  await screen.getByRole("button", { name: /^API Key/ }).click();

  await screen.getByRole("combobox", { name: "Type" }).selectOptions("OAuth 2.0");
  await screen.getByRole("textbox", { name: "Access token URL" }).fill("https://stockroom.example/token");
  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Stockroom saved")).toBeVisible();
  expect(stored()).toMatchObject({
    authentications: [{ key: "api-key", type: "OAuth2", oauth2: { type: "AuthorisationCode", accessTokenUrl: "https://stockroom.example/token" } }],
  });
});

test("the file can be edited as a whole; its faults are marked at their lines", async () => {
  serveConnector((text) => (text.includes("bogus") ? [{ ...fault("", "unknown key bogus"), Line: 2, Column: 1 }] : []));
  const screen = await renderPage(<Page initial={{ tab: "yaml" }} />);
  const editor = screen.getByRole("textbox", { name: "YAML" });
  await expect.element(editor).toHaveTextContent("name: Stockroom");
  await editor.click();
  await userEvent.keyboard("{Control>}{Home}{/Control}bogus: 1{Enter}");
  await screen.getByRole("button", { name: "Apply" }).click();
  await expect.element(screen.getByText("Line 2: V002 unknown key bogus")).toBeVisible();

  await screen.getByRole("button", { name: "Discard edits" }).click();
  await expect.element(editor).not.toHaveTextContent("bogus");
  await editor.click();
  await userEvent.keyboard("{Control>}{End}{/Control}version: '3'{Enter}");
  await screen.getByRole("button", { name: "Apply" }).click();

  await expect.element(screen.getByText("Applied; save to keep it")).toBeVisible();
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Stockroom saved")).toBeVisible();
  expect(stored()).toMatchObject({ version: "3" });
});

test("a draft is tested with typed values, or with the credential of an installed connector", async () => {
  serveConnector();
  const connector = { Id: 9, UniqueIdentifier: "89f14769-a615-5865-a3c7-0b6635335895" };
  server.on("GET /v1.0/accounts", { body: [{ Id: "acme", Name: "Acme" }] });
  server.on("GET /v1.0/account/connectors", { body: [{ Id: 31, Name: "Stock", Connector: connector }] });
  server.on(`GET ${path}/7/releases`, { body: [{ Number: 2, ConnectorId: 44, ReleaseStatus: "Draft", InstalledCount: 0 }] });
  server.on("GET /v1.0/connectors/44/methods", { body: [{ Id: 1, Name: "List Shelves", MethodUniqueIdentifier: "m" }] });
  const screen = await renderPage(<Page initial={{ tab: "methods", method: "list-shelves", part: "test" }} />);
  await expect.element(screen.getByText("draft 7 List Shelves typed")).toBeVisible();

  await screen.getByRole("combobox", { name: "Authenticate with" }).selectOptions("Acme");

  await expect.element(screen.getByText("draft 7 List Shelves 31")).toBeVisible();
});

test("without a draft a test call goes through an account in which the connector is installed", async () => {
  serveConnector(() => [], "Live");
  const connector = { Id: 9, UniqueIdentifier: "89f14769-a615-5865-a3c7-0b6635335895" };
  server.on("GET /v1.0/accounts", { body: [{ Id: "acme", Name: "Acme" }] });
  server.on("GET /v1.0/account/connectors", { body: [{ Id: 31, Name: "Stock", Connector: connector }] });
  server.on("GET /v1.0/connectors/9/methods", { body: [{ Id: 1, Name: "List Shelves", MethodUniqueIdentifier: "m" }] });
  const screen = await renderPage(<Page initial={{ tab: "methods", method: "list-shelves", part: "test" }} />);

  await screen.getByRole("combobox", { name: "Account", exact: true }).selectOptions("Acme");

  await expect.element(screen.getByText("acme Stock List Shelves")).toBeVisible();
});

test("a role that may not build sees everything and changes nothing", async () => {
  serveConnector();
  const reader = { ...session, Administrator: { ...session.Administrator, Role: "Support" as const } };
  const screen = await renderPage(<Page />, { signedIn: reader });

  await expect.element(screen.getByRole("textbox", { name: /^Name/ })).toBeDisabled();
  await expect.element(screen.getByRole("button", { name: "Save Changes" })).not.toBeInTheDocument();
});

test("a failure to load tells its request id and can be tried again", async () => {
  serveConnector();
  server.on(`GET ${path}/7`, { status: 500, headers: { "X-Request-Id": "req-3" }, body: { Message: "The database is away." } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("req-3")).toBeVisible();

  serveConnector();
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByRole("heading", { level: 1, name: "Stockroom" })).toBeVisible();
});

const places: BuilderSearch[] = [
  {},
  { tab: "authentication" },
  { tab: "rateLimits" },
  { tab: "parameters" },
  { tab: "triggers" },
  { tab: "methods" },
  { tab: "methods", method: "list-shelves" },
  { tab: "methods", method: "list-shelves", part: "request" },
  { tab: "methods", method: "list-shelves", part: "response" },
  { tab: "methods", method: "list-shelves", part: "parameters" },
  { tab: "methods", method: "list-shelves", part: "rateLimits" },
  { tab: "methods", method: "list-shelves", part: "script" },
  { tab: "methods", method: "shelf-changed" },
  { tab: "script" },
  { tab: "yaml" },
];

for (const theme of ["light", "dark"] as const) {
  test.each(places)(`nothing at %j breaks a rule of accessibility in the ${theme} theme`, async (place) => {
    serveConnector(() => [fault("/methods/0/parameters/0/targetName", "targetName is missing")]);
    const screen = await renderPage(<Page initial={place} />, { theme });
    await expect.element(screen.getByText("1 problem")).toBeVisible();
    // Everything that folds is looked at unfolded.
    for (let round = 0; round < 3; round += 1) {
      for (const button of document.querySelectorAll<HTMLElement>(
        '[role=tabpanel] [aria-expanded="false"]:not([role=combobox]):not([aria-haspopup])',
      ))
        button.click();
      await expect.element(screen.getByRole("heading", { level: 1 })).toBeVisible();
    }

    expect(await violations()).toEqual([]);
  });
}
