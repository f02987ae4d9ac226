import { press, tabTo, type } from "../harness/keyboard.ts";
import { administrator } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

test("with the keyboard alone a connector is found and set up, and its padlock closes", async ({ console: person }) => {
  const { page } = person;
  await person.open();
  await type(page, page.getByLabel("Email"), administrator.email);
  await type(page, page.getByLabel("Password", { exact: true }), administrator.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: /^User menu/ })).toBeVisible();

  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await type(page, page.getByLabel("Search connectors"), "stripe");
  const row = person.row("Stripe (OAuth)");
  await press(page, row.getByRole("button", { name: "Setup Required", exact: true }));
  const setup = page.getByRole("dialog", { name: "Authentication Settings" });
  await type(page, setup.getByLabel("Client ID"), "sandbox-stripe");
  await type(page, setup.getByLabel("Client Secret", { exact: true }), "sandbox-stripe-secret");
  await press(page, setup.getByRole("button", { name: "Save Changes" }));
  await expect(page.getByText("Setup of Stripe (OAuth) saved")).toBeVisible();

  await page.keyboard.press("Escape");
  await expect(setup).toBeHidden();
  await expect(row.getByRole("button", { name: "Setup", exact: true })).toBeVisible();
});

test("the first stop of every page skips to its content", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await person.open();
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();

  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to content" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");

  const main = page.getByRole("main");
  await expect(main.locator(":focus")).toHaveCount(1);
});

test("a dialog keeps the focus and gives it back when it is closed", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await person.choose("Accounts", "Account Management");
  const add = page.getByRole("button", { name: "Add New Account" }).first();

  await press(page, add);
  const dialog = page.getByRole("dialog", { name: "Add New Account" });
  await tabTo(page, dialog.getByRole("textbox", { name: "Name", exact: true }));
  for (let stop = 0; stop < 20; stop += 1) {
    await page.keyboard.press("Tab");
    await expect(dialog.locator(":focus")).toHaveCount(1);
  }
  await page.keyboard.press("Escape");

  await expect(dialog).toBeHidden();
  await expect(add).toBeFocused();
});

test("the search opens an account and runs a command, and remembers what was opened", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await person.signIn();
  const box = page.getByRole("combobox", { name: "Search" });

  await page.keyboard.press("ControlOrMeta+k");
  await expect(box).toBeFocused();
  await page.keyboard.type("account: brambel");
  await expect(page.getByRole("option", { name: /Bramble Books/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Bramble Books" })).toBeVisible();

  await page.keyboard.press("ControlOrMeta+k");
  await expect(box).toBeFocused();
  await expect(page.getByRole("group", { name: "Recent" }).getByRole("option", { name: /Bramble Books/ })).toBeVisible();
  await page.keyboard.type("dark theme");
  await page.keyboard.press("Enter");

  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
});
