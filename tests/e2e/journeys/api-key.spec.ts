import { expect, test } from "../harness/test.ts";

test("somebody connects Pipedrive with an API key, and a wrong key is explained", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await person.addAccount("Bramble Books");
  const wizard = await person.beginInstallation("Pipedrive");
  await wizard.getByLabel(/^API Key/).fill("a-key-nobody-issued");
  await wizard.getByRole("button", { name: "Finish" }).click();

  await person.row("Pipedrive").getByRole("link", { name: "Edit Connector" }).click();
  const refused = await person.runMethod("List Deals");
  await expect(refused.getByText("Failed", { exact: true })).toBeVisible();

  await page.getByRole("tab", { name: "Setup" }).click();
  await page.getByLabel(/^API Key/).fill("sandbox-pipedrive-key");
  await page.getByRole("button", { name: "Save credentials" }).click();
  await expect(page.getByText("Credentials saved")).toBeVisible();
  const result = await person.runMethod("List Deals");
  await expect(result.getByText("Succeeded", { exact: true })).toBeVisible();
});
