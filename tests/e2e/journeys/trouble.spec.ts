import { administrator } from "../harness/server.ts";
import { expect, test } from "../harness/test.ts";

test("a session that ends while somebody types asks to sign in again, and what was typed is saved", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await person.signIn();
  await person.open("accounts/bramble/settings");
  await page.getByLabel("Description").fill("Second-hand books");
  await page.context().clearCookies();

  await page.getByRole("button", { name: "Save Changes" }).click();

  const overlay = page.getByRole("dialog", { name: "Your session has ended" });
  await expect(overlay.getByLabel("Email")).toHaveValue(administrator.email);
  await overlay.getByLabel("Password", { exact: true }).fill(administrator.password);
  await overlay.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText("Settings of Bramble Books saved")).toBeVisible();
  expect(await server.call("GET", "/v1.0/accounts/bramble")).toMatchObject({ Description: "Second-hand books" });
});

test("without a network nothing that was typed is lost, and it is saved afterwards", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await person.signIn();
  await person.open("accounts/bramble/settings");
  await page.getByLabel("Description").fill("Second-hand books");
  await page.context().setOffline(true);

  await page.getByRole("button", { name: "Save Changes" }).click();

  await expect(page.getByText("The server could not be reached. Check your connection, then try again.").first()).toBeVisible();
  await expect(page.getByLabel("Description")).toHaveValue("Second-hand books");
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Save Changes" }).click();
  await expect(page.getByText("Settings of Bramble Books saved")).toBeVisible();
});

test("a page that fails to refresh keeps what it shows, and says that it may be out of date", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await page.clock.install();
  await person.signIn();
  await person.open("accounts/bramble/settings");
  await page.getByLabel("Description").fill("Second-hand books");
  await page.route("**/v1.0/accounts/bramble", (route) => route.fulfill({ status: 500, json: { Message: "Something failed. Quote the request id." } }));

  // Half a minute later somebody comes back to the tab, and its data is asked for again.
  await page.clock.fastForward("00:30");
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));

  await expect(page.getByText("What you see may be out of date")).toBeVisible();
  await expect(page.getByLabel("Description")).toHaveValue("Second-hand books");
  await page.unroute("**/v1.0/accounts/bramble");
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("What you see may be out of date")).toBeHidden();
});

test("a page that was never opened says offline that it could not be fetched, and comes with the network", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await page.context().setOffline(true);

  await page.getByRole("banner").getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("menuitem", { name: "Security" }).click();

  await expect(page.getByText("This page could not be fetched")).toBeVisible();
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Security" })).toBeVisible();
});
