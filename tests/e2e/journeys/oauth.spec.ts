import { expect, test } from "../harness/test.ts";

test("somebody sets Pipedrive up, connects an account through its consent page and sees deals", async ({
  console: person,
  server,
}) => {
  const { page } = person;
  await person.signIn();

  const row = await person.findConnector("Pipedrive (OAuth 2.0)");
  await row.getByRole("button", { name: "Setup Required", exact: true }).click();
  const setup = page.getByRole("dialog", { name: "Authentication Settings" });
  await expect(setup.getByLabel("Callback URL")).toHaveValue(`${server.url}/connector/callback`);
  await setup.getByRole("button", { name: "Authentication Setup Guide" }).click();
  await expect(setup.getByRole("complementary", { name: "Authentication Setup Guide" })).toContainText("Pipedrive");
  await setup.getByLabel("Client ID").fill("sandbox-pipedrive");
  await setup.getByLabel("Client Secret", { exact: true }).fill("sandbox-pipedrive-secret");
  await setup.getByRole("button", { name: "Save Changes" }).click();
  await expect(page.getByText("Setup of Pipedrive (OAuth 2.0) saved")).toBeVisible();
  await person.close();
  await expect(row.getByRole("button", { name: "Setup", exact: true })).toBeVisible();

  await person.addAccount("Bramble Books");
  const wizard = await person.beginInstallation("Pipedrive (OAuth 2.0)");
  await expect(wizard.getByLabel("Client ID")).toBeHidden();
  await person.consent(wizard.getByRole("button", { name: "Authenticate" }));
  await expect(page.getByText("Pipedrive (OAuth 2.0) installed and authenticated")).toBeVisible();

  await person.row("Pipedrive (OAuth 2.0)").getByRole("link", { name: "Edit Connector" }).click();
  const result = await person.runMethod("List Deals");
  await expect(result.getByText("Succeeded")).toBeVisible();
  await expect(result.getByRole("columnheader", { name: "title" })).toBeVisible();
});

test("a secret left blank in the setup is asked for at installation", async ({ console: person, server }) => {
  const connector = await server.connector("Pipedrive (OAuth 2.0)");
  await server.call("PUT", `/v1.0/partner/connectors/${connector.Id}/setup`, { ClientId: "sandbox-pipedrive" });
  await person.signIn();
  await person.addAccount("Bramble Books");

  const wizard = await person.beginInstallation("Pipedrive (OAuth 2.0)");

  await expect(wizard.getByLabel("Client ID")).toBeHidden();
  await wizard.getByLabel(/^Client Secret/).fill("sandbox-pipedrive-secret");
  await person.consent(wizard.getByRole("button", { name: "Authenticate" }));
  await expect(person.page.getByText("Pipedrive (OAuth 2.0) installed and authenticated")).toBeVisible();
});

test("somebody who closes the provider's window can try again", async ({ console: person, server }) => {
  const { page } = person;
  const connector = await server.connector("Pipedrive (OAuth 2.0)");
  await server.call("PUT", `/v1.0/partner/connectors/${connector.Id}/setup`, {
    ClientId: "sandbox-pipedrive",
    ClientSecret: "sandbox-pipedrive-secret",
  });
  await person.signIn();
  await person.addAccount("Bramble Books");
  const wizard = await person.beginInstallation("Pipedrive (OAuth 2.0)");
  const opened = page.waitForEvent("popup");
  await wizard.getByRole("button", { name: "Authenticate" }).click();
  const provider = await opened;

  await provider.close();

  await expect(wizard.getByText("Not completed, try again")).toBeVisible();
  await person.consent(wizard.getByRole("button", { name: "Authenticate" }));
  await expect(page.getByText("Pipedrive (OAuth 2.0) installed and authenticated")).toBeVisible();
});
