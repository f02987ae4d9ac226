import { resolve } from "node:path";
import { pagesWithData } from "../harness/pages.ts";
import { expect, test } from "../harness/test.ts";

const folder = resolve("../../docs/screenshots");

test.use({ viewport: { width: 1200, height: 720 } });

test("the README's pictures", async ({ console: person, server }) => {
  const { page } = person;
  await pagesWithData(server);
  await person.signIn();
  const shoot = async (name: string) => {
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: resolve(folder, `${name}.png`) });
  };

  await person.findConnector("Pipedrive");
  await expect(person.row("Pipedrive (OAuth 2.0)")).toBeVisible();
  await shoot("connector-library");

  await person.row("Pipedrive (OAuth 2.0)").getByRole("button", { name: "Setup Required", exact: true }).click();
  await page.getByRole("button", { name: "Authentication Setup Guide" }).click();
  await shoot("authentication-settings");

  const [sales] = await server.call<{ Id: number }[]>("GET", "/v1.0/account/connectors", undefined, "bramble");
  await server.call(
    "PUT",
    `/v1.0/account/connectors/${sales?.Id ?? 0}`,
    { AuthValue: "sandbox-pipedrive-key" },
    "bramble",
  );
  await person.open(`accounts/bramble/connectors/${sales?.Id ?? 0}`);
  const result = await person.runMethod("List Deals");
  await expect(result.getByText("Succeeded", { exact: true })).toBeVisible();
  await shoot("list-deals");
});
