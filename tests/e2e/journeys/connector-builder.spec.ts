import type { Locator, Page } from "@playwright/test";
import { expect, test } from "../harness/test.ts";

const sample = JSON.stringify({
  success: true,
  data: [{ id: 1, title: "Reading lamps", value: 120.5, currency: "EUR", add_time: "2025-03-01T10:00:00Z" }],
  additional_data: { next_cursor: "abc" },
});

test("somebody builds the Pipedrive connector again from nothing, tests it against the sandbox and publishes it", async ({
  console: person,
}) => {
  test.setTimeout(120_000);
  const { page } = person;
  await person.signIn();
  await person.addAccount("Bramble Books");

  await test.step("begin with a name", async () => {
    await person.choose("Connectors", "Custom Connectors");
    await page.getByRole("button", { name: "+", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "New custom connector" });
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Pipedrive again");
    await dialog.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Pipedrive again" })).toBeVisible();
  });

  await test.step("authenticate with a key", async () => {
    await tab(page, "Authentication");
    await page.getByRole("tabpanel").getByRole("button", { name: /^None/ }).click();
    await page.getByRole("combobox", { name: "Type", exact: true }).selectOption("API key");
    await page.getByRole("textbox", { name: "Header, parameter or cookie" }).fill("x-api-token");
    await page.getByRole("combobox", { name: "Sent in" }).selectOption("Header");
  });

  await test.step("limits and paging", async () => {
    await tab(page, "Rate Limits");
    await page.getByRole("button", { name: "Add rate limit" }).click();
    await page.getByRole("switch", { name: "Page through answers" }).click();
    await page.getByRole("textbox", { name: "Records a page" }).fill("100");
  });

  await test.step("a method with paging and fields from a sample", async () => {
    await tab(page, "Methods");
    await page.getByRole("button", { name: "Add method" }).click();
    await page.getByRole("textbox", { name: "Name", exact: true }).fill("List Deals");
    await page.getByRole("textbox", { name: "Category", exact: true }).fill("Deals");
    await page.getByRole("textbox", { name: "Endpoint" }).fill("https://api.pipedrive.com/api/v2/deals");
    await tab(page, "Response Format");
    await page.getByRole("button", { name: "Generate Fields" }).click();
    const dialog = page.getByRole("dialog", { name: "Generate Fields" });
    await dialog.getByRole("textbox", { name: "Sample" }).fill(sample);
    await dialog.getByRole("button", { name: "Generate Fields" }).click();
    await expect(page.getByRole("button", { name: /^\[data\]\.title/ })).toBeVisible();
    await page.getByRole("tablist", { name: "Parts of the method" }).getByRole("tab", { name: "Parameters" }).click();
    await addHidden(page, "QueryString", "limit", "CYCLR_PAGE_SIZE");
    await addHidden(page, "ResponseField", "additional_data.next_cursor", "CYCLR_PAGE_TOKEN");
    await addHidden(page, "QueryString", "cursor", "CYCLR_PAGE_TOKEN");
  });

  await test.step("a mistake is told at its field and in the summary, and is undone", async () => {
    const problems = page.getByRole("region", { name: "Problems" });
    await page.getByRole("tablist", { name: "Parts of the method" }).getByRole("tab", { name: "Settings" }).click();
    await page.getByRole("textbox", { name: "Endpoint" }).fill("https://api.pipedrive.com/api/v2/{{Nowhere}}");
    await expect(problems.getByText(/^1 problem/)).toBeVisible();
    await problems.getByRole("button", { name: "Show problems" }).click();
    await problems.getByRole("button", { name: /^V008/ }).click();
    await expect(page.getByRole("textbox", { name: "Endpoint" })).toBeFocused();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(problems.getByRole("button", { name: /^V008/ })).toBeHidden();
  });

  await test.step("save and see it as a file", async () => {
    await page.getByRole("button", { name: "Save Changes" }).click();
    await expect(page.getByText("Pipedrive again saved")).toBeVisible();
    await tab(page, "YAML");
    await expect(page.getByRole("textbox", { name: "YAML" })).toContainText("velodrome.connector/1");
  });

  await test.step("try the draft with a key that is kept nowhere", async () => {
    await tab(page, "Methods");
    await page.getByRole("button", { name: "List Deals" }).click();
    await tab(page, "Test");
    await page.getByLabel(/^API Key/i).fill("sandbox-pipedrive-key");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByRole("region", { name: "Result", exact: true }).getByText("Succeeded", { exact: true })).toBeVisible();
  });

  await test.step("publish", async () => {
    await person.choose("Connectors", "Custom Connectors");
    await person.row("Pipedrive again").getByRole("button", { name: "Releases" }).click();
    const releases = page.getByRole("dialog", { name: /^Releases of Pipedrive again|Pipedrive again/ });
    await releases.getByRole("textbox", { name: "Comments" }).fill("First release.");
    await releases.getByRole("button", { name: "Publish" }).click();
    await expect(page.getByText("Pipedrive again is live")).toBeVisible();
    await person.close();
  });

  await test.step("install it", async () => {
    await person.choose("Accounts", "Account Management");
    await person.row("Bramble Books").getByRole("link").first().click();
    const wizard = await person.beginInstallation("Pipedrive again");
    await wizard.getByLabel(/^API Key/i).fill("sandbox-pipedrive-key");
    await wizard.getByRole("button", { name: "Finish" }).click();
    await expect(person.row("Pipedrive again")).toBeVisible();
  });

  await test.step("try the method from the builder", async () => {
    await person.choose("Connectors", "Custom Connectors");
    await person.row("Pipedrive again").getByRole("link", { name: "Pipedrive again" }).click();
    await tab(page, "Methods");
    await page.getByRole("button", { name: "List Deals" }).click();
    await tab(page, "Test");
    await page.getByRole("combobox", { name: "Account", exact: true }).selectOption("Bramble Books");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const result = page.getByRole("region", { name: "Result", exact: true });
    await expect(result.getByText("Succeeded", { exact: true })).toBeVisible();
    await expect(result.getByRole("columnheader", { name: "title" })).toBeVisible();
  });
});

const openApi = `openapi: 3.0.3
info: {title: Stockroom, version: '1.0'}
servers: [{url: 'https://stockroom.example'}]
paths:
  /shelves:
    get:
      operationId: listShelves
      summary: List Shelves
      tags: [Shelves]
      responses: {'200': {description: All.}}
      callbacks: {changed: {}}
`;

test("somebody makes a connector of an OpenAPI document and brings it up to date with the next one", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await person.choose("Connectors", "Custom Connectors");

  await test.step("a broken document is told, with its place", async () => {
    await page.getByRole("button", { name: "Generate From OpenAPI specification" }).click();
    const dialog = page.getByRole("dialog", { name: "Generate From OpenAPI specification" });
    await dialog.getByRole("textbox", { name: "Name", exact: true }).fill("Stockroom");
    await dialog.getByText("File", { exact: true }).click();
    await dialog.getByRole("textbox", { name: "Document" }).fill("openapi: '2.9'");
    await dialog.getByRole("button", { name: "Generate", exact: true }).click();
    await expect(dialog.getByText(/#\/openapi: V002/)).toBeVisible();
  });

  await test.step("a good one becomes a draft, with a report", async () => {
    const dialog = page.getByRole("dialog", { name: "Generate From OpenAPI specification" });
    await dialog.getByRole("textbox", { name: "Document" }).fill(openApi);
    await dialog.getByRole("button", { name: "Generate", exact: true }).click();
    await expect(dialog.getByText("/paths/~1shelves/get/callbacks")).toBeVisible();
    await dialog.getByRole("button", { name: "Open the draft" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Stockroom" })).toBeVisible();
    await tab(page, "Methods");
    await expect(page.getByRole("button", { name: "List Shelves" })).toBeVisible();
  });

  await test.step("the next document adds a method", async () => {
    await person.choose("Connectors", "Custom Connectors");
    await page.getByRole("button", { name: "More for Stockroom" }).click();
    await page.getByRole("menuitem", { name: "Update from OpenAPI" }).click();
    const dialog = page.getByRole("dialog", { name: "Update Stockroom from OpenAPI" });
    await dialog.getByText("File", { exact: true }).click();
    const racks = "  /racks:\n    get: {summary: List Racks, tags: [Racks], responses: {'200': {description: All.}}}\n";
    await dialog.getByRole("textbox", { name: "Document" }).fill(openApi + racks);
    await dialog.getByRole("button", { name: "Update", exact: true }).click();
    await dialog.getByRole("button", { name: "Open the draft" }).click();
    await tab(page, "Methods");
    await expect(page.getByRole("button", { name: "List Racks" })).toBeVisible();
    await expect(page.getByRole("button", { name: "List Shelves" })).toBeVisible();
  });
});

test("leaving unsaved changes asks, and a draft that was not saved is gone", async ({ console: person, server }) => {
  const { page } = person;
  const partner = await server.call<{ TemplateAccountId: string }>("GET", "/v1.0/partner");
  const made = await server.call<{ Id: number }>(
    "POST",
    "/v1.0/account/connectors/custom",
    { Name: "Stockroom", Authentication: [{ AuthName: "None", AuthType: "None", IsDefault: true }] },
    partner.TemplateAccountId,
  );
  await person.signIn();
  await person.open(`connectors/custom/${made.Id}`);
  await page.getByRole("textbox", { name: "Name", exact: true }).fill("Storeroom");

  await page.getByRole("link", { name: "Custom Connectors" }).click();
  const question = page.getByRole("dialog", { name: "Leave without saving?" });
  await question.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByRole("textbox", { name: "Name", exact: true })).toHaveValue("Storeroom");
  await page.getByRole("link", { name: "Custom Connectors" }).click();
  await question.getByRole("button", { name: "Leave" }).click();

  await expect(person.row("Stockroom")).toBeVisible();
});

/** Opens one of the page's tabs. */
async function tab(page: Page, name: string): Promise<void> {
  await page.getByRole("tab", { name, exact: true }).first().click();
}

/** Adds a parameter that people don't see. */
async function addHidden(page: Page, target: string, name: string, value: string): Promise<void> {
  const panel: Locator = page.getByRole("tabpanel").last();
  await panel.getByRole("button", { name: "Add parameter" }).click();
  await panel.getByRole("combobox", { name: "Target", exact: true }).selectOption(target);
  await panel.getByRole("textbox", { name: "Target name" }).fill(name);
  await panel.getByRole("switch", { name: "Hidden" }).click();
  await panel.getByRole("button", { name: "Add to Values" }).click();
  await panel.getByRole("combobox", { name: "Values, value 1" }).fill(value);
}
