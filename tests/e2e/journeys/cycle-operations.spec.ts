import type { Page } from "@playwright/test";
import { violations } from "../harness/accessibility.ts";
import { account, addAccount, addCycle, addUpgrade, authenticate, start } from "../harness/cycles.ts";
import { expect, test } from "../harness/test.ts";

async function accessible(page: Page, what: string): Promise<void> {
  expect(await violations(page), what).toEqual([]);
}

test("somebody tests a step, follows what failed to its remedy, and retries it", async ({ console: person, server }) => {
  test.setTimeout(120_000);
  const { page } = person;
  const sales = await addAccount(server);
  const cycle = await addCycle(server, sales, "Persons to deals");
  await person.signIn();

  await test.step("a step asks only for what an earlier one would give", async () => {
    await person.open(`accounts/${account}/cycles/${cycle}`);
    await page.getByRole("button", { name: "Actions for Create Deal" }).click();
    await page.getByRole("menuitem", { name: "Test Step" }).click();
    const test = page.getByRole("dialog", { name: "Test Create Deal" });
    await expect(test.getByText("from List Persons · Name")).toBeVisible();
    await test.getByRole("textbox", { name: "Title" }).fill("A deal by hand");
    await test.getByRole("button", { name: "Run", exact: true }).click();
    await expect(test.getByText("Succeeded", { exact: true })).toBeVisible();
    await test.getByText("Mapped fields", { exact: true }).click();
    await expect(test.getByRole("region", { name: "Mapped fields" }).getByText("A deal by hand").first()).toBeVisible();
    await accessible(page, "Test Step");
    await test.getByRole("button", { name: "Close" }).first().click();
  });

  await authenticate(server, sales, false);
  await start(server, cycle);

  await test.step("what failed is one cause, whose remedy is a click away", async () => {
    await person.open(`accounts/${account}/reports/incidents`);
    await expect(page.getByText("Failed to authenticate the connector").first()).toBeVisible();
    await expect(page.getByRole("link", { name: "Reconnect Sales" })).toHaveAttribute("href", `/console/accounts/${account}/connectors/${sales}`);
    await accessible(page, "Incidents by cause");
    await person.open(`accounts/${account}/cycles/${cycle}`);
    await expect(page.getByText(/^1 error$/)).toBeVisible();
  });

  await authenticate(server, sales, true);

  await test.step("the transactions of the cause are retried together", async () => {
    await person.open(`accounts/${account}/reports/incidents`);
    await page.getByRole("button", { name: /^Retry all/ }).click();
    const dialog = page.getByRole("dialog", { name: "Retry 1 transaction?" });
    await dialog.getByRole("button", { name: "Retry", exact: true }).click();
    await expect(dialog.getByText("1 done")).toBeVisible();
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });

  await test.step("what came of it is seen as it happens, step by step", async () => {
    await person.open(`accounts/${account}/reports?cycle=${cycle}&split=Split`);
    const completed = page.getByRole("row").filter({ has: page.getByRole("cell", { name: "Completed" }) }).first();
    await expect(completed).toBeVisible({ timeout: 60_000 });
    await accessible(page, "Transactions");
    await completed.getByRole("link", { name: /^Transaction / }).click();
    await expect(page.getByText("Create Deal").first()).toBeVisible();
    await page.getByText("Request", { exact: true }).first().click();
    await expect(page.getByRole("region", { name: "Request of Create Deal" })).toContainText("title");
    await page.getByText("Mapping", { exact: true }).first().click();
    await expect(page.getByText("Name of List Persons")).toBeVisible();
    await accessible(page, "Transaction");
    await page.getByRole("link", { name: "Transaction it was split from" }).click();
    await expect(page.getByRole("link", { name: /were? split from it|was split from it/ })).toBeVisible();
  });
});

test("somebody copies a cycle, takes it away as a file, and brings it back from the recycle bin", async ({ console: person, server }) => {
  const { page } = person;
  const sales = await addAccount(server);
  const cycle = await addCycle(server, sales, "Persons to deals");
  await server.call("PUT", "/v1.0/partner/settings/general", { CycleSharingEnabled: true });
  await person.signIn();
  await person.open(`accounts/${account}/cycles/${cycle}`);
  const choose = async (entry: string) => {
    await page.getByRole("button", { name: "More actions", exact: true }).click();
    await page.getByRole("menuitem", { name: entry }).click();
  };

  const path = await test.step("it is taken away as a file", async () => {
    const taken = page.waitForEvent("download");
    await choose("Export");
    const file = await taken;
    expect(file.suggestedFilename()).toBe("persons-to-deals.json");
    return file.path();
  });

  await test.step("a copy opens, with its mapping", async () => {
    await choose("Copy Workflow");
    const dialog = page.getByRole("dialog", { name: "Copy Persons to deals" });
    await dialog.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Copy of Persons to deals" })).toBeVisible();
    await expect(page.getByRole("button", { name: "Create Deal", exact: true })).toBeVisible();
  });

  await test.step("the file makes a cycle again", async () => {
    await person.open(`accounts/${account}/cycles`);
    await page.getByRole("button", { name: "Import Cycle" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Import Cycle" });
    await dialog.locator("input[type=file]").or(page.locator("input[type=file]")).first().setInputFiles(path);
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Persons to deals" })).toBeVisible();
  });

  await test.step("it is shared into the library", async () => {
    await person.open(`accounts/${account}/cycles/${cycle}`);
    await choose("Share");
    const dialog = page.getByRole("dialog", { name: "Share Persons to deals" });
    await dialog.getByRole("button", { name: "Share", exact: true }).click();
    await dialog.getByRole("link", { name: "Open the template" }).click();
    await expect(page.getByRole("link", { name: "Edit Most Recent Draft" })).toBeVisible();
  });

  await test.step("the copy is deleted, restored, and deleted for good", async () => {
    await person.open(`accounts/${account}/cycles`);
    await page.getByRole("button", { name: "More actions for Copy of Persons to deals" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect(page.getByText("Copy of Persons to deals deleted")).toBeVisible();
    await person.choose("Templates", "Recycle Bin");
    await accessible(page, "Recycle Bin");
    await page.getByRole("button", { name: "Restore Copy of Persons to deals" }).click();
    await expect(page.getByText("The recycle bin is empty")).toBeVisible();
    await person.open(`accounts/${account}/cycles`);
    await expect(page.getByRole("link", { name: "Copy of Persons to deals" })).toBeVisible();
    await page.getByRole("button", { name: "More actions for Copy of Persons to deals" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await person.choose("Templates", "Recycle Bin");
    await page.getByRole("button", { name: "Delete all" }).click();
    const dialog = page.getByRole("dialog", { name: "Delete 1 item for good?" });
    await dialog.getByRole("textbox").fill("delete all");
    await dialog.getByRole("button", { name: "Delete all" }).click();
    await expect(dialog.getByText("1 done")).toBeVisible();
  });
});

test("somebody upgrades what is installed, after seeing what changes", async ({ console: person, server }) => {
  const { page } = person;
  const sales = await addAccount(server);
  const template = await addUpgrade(server, await addCycle(server, sales, "Persons to deals"));
  await person.signIn();
  await person.open(`templates/${template}`);
  await page.getByRole("button", { name: "Upgrade Installed Integrations" }).click();
  const dialog = page.getByRole("dialog");

  await expect(dialog.getByText("What changes from release 1 to 2")).toBeVisible();
  await expect(dialog.getByText("On Step Error: Stop the Transaction → Retry After a Wait")).toBeVisible();
  await expect(dialog.getByText("Step Let it settle")).toBeVisible();
  await expect(dialog.getByRole("row", { name: /Deals of Bramble/ })).toContainText("Release 1");
  await accessible(page, "Upgrade preview");
  await dialog.getByRole("button", { name: "Upgrade", exact: true }).click();
  await expect(dialog.getByText("1 cycle upgraded")).toBeVisible();
  await expect(dialog.getByRole("row", { name: /Deals of Bramble/ })).toContainText("Upgraded");
  await accessible(page, "What became of an upgrade");
});
