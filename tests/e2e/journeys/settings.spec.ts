import { expect, test } from "../harness/test.ts";

const retention = "/v1.0/partner/settings/retention";

test("how long data is kept is changed, and reads the same after a reload", async ({ console: person, server }) => {
  const { page } = person;
  await person.signIn();
  await person.choose("Settings", "Data Retention");
  const errored = page.getByRole("region", { name: "Errored Transactions" });
  await errored.getByLabel("Keep data of errored transactions").setChecked(true, { force: true });
  await errored.getByLabel("Keep for").fill("2");
  await errored.getByLabel("Unit").selectOption("Weeks");
  await page.getByRole("button", { name: "Save Changes" }).click();
  await expect(page.getByText("Data Retention saved")).toBeVisible();

  await page.reload();

  await expect(errored.getByLabel("Keep for")).toHaveValue("2");
  expect(await server.call("GET", retention)).toMatchObject({ ErroredRetentionEnabled: true, ErroredRetentionValue: 2, ErroredRetentionUnit: "Weeks" });
});

test("a user is made, given another password and deleted", async ({ console: person, server }) => {
  const { page } = person;
  const name = "wren@bramble.example";
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await person.signIn();
  await person.choose("Accounts", "User Management");
  await page.getByRole("button", { name: "Add user" }).first().click();
  const dialog = page.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabel("User name").fill(name);
  await dialog.getByLabel("Password", { exact: true }).fill("a-first-password");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect(person.row(name)).toContainText("With password");

  await page.getByRole("button", { name: `More actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Set password" }).click();
  await page.getByLabel("New password").fill("a-second-password");
  await page.getByRole("button", { name: "Set password", exact: true }).click();
  await expect(page.getByText(`Password of ${name} set`)).toBeVisible();

  await page.getByRole("button", { name: `More actions for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete user" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete user" }).click();
  await expect(page.getByText("There are no users yet")).toBeVisible();
  expect(await server.call("GET", "/v1.0/users")).toEqual([]);
});

test("the error page of a partner is written with a preview", async ({ console: person, server }) => {
  const { page } = person;
  await person.signIn();
  await person.choose("Settings", "Appearance Settings");
  const section = page.getByRole("region", { name: "Connector Callback Error HTML" });
  await section.getByRole("textbox", { name: "HTML" }).fill("<h1>Sorry</h1><p>{{error_description}}</p>");
  await expect(section.frameLocator("iframe").getByRole("heading", { name: "Sorry" })).toBeVisible();
  await expect(section.frameLocator("iframe").getByText("The customer refused access.")).toBeVisible();

  await page.getByRole("button", { name: "Save Changes" }).click();

  await expect(page.getByText("Appearance saved")).toBeVisible();
  expect(await server.call("GET", "/v1.0/partner/settings/appearance")).toMatchObject({
    ConnectorCallbackErrorHtml: "<h1>Sorry</h1><p>{{error_description}}</p>",
  });
});
