import { resolve } from "node:path";
import { account, addAccount, addCycle, addUpgrade, authenticate, start } from "../harness/cycles.ts";
import { expect, test } from "../harness/test.ts";

const folder = resolve("../../docs/screenshots");

test.use({ viewport: { width: 1200, height: 720 } });

test("the pictures of the guides to cycles and templates", async ({ console: person, server }) => {
  test.setTimeout(120_000);
  const { page } = person;
  const sales = await addAccount(server);
  const cycle = await addCycle(server, sales, "Persons to deals");
  const template = await addUpgrade(server, cycle);
  await authenticate(server, sales, false);
  await start(server, cycle);
  await person.signIn();
  const shoot = async (name: string) => {
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: resolve(folder, `${name}.png`) });
  };

  await person.open(`accounts/${account}/cycles/${cycle}`);
  await expect(page.getByText(/^1 error$/)).toBeVisible();
  await shoot("cycle-diagram");

  await person.open(`accounts/${account}/reports/incidents`);
  await authenticate(server, sales, true);
  await page.getByRole("button", { name: /^Retry all/ }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Retry", exact: true }).click();
  await person.open(`accounts/${account}/reports?cycle=${cycle}&split=Split`);
  const done = page.getByRole("row").filter({ hasText: "Completed" }).first();
  await expect(async () => {
    await page.reload();
    await expect(done).toBeVisible({ timeout: 2_000 });
  }).toPass({ timeout: 60_000 });
  await done.getByRole("link", { name: /^Transaction / }).click();
  await page.getByText("Request", { exact: true }).first().click();
  await shoot("transaction");

  await person.open(`templates/${template}`);
  await page.getByRole("button", { name: "Upgrade Installed Integrations" }).click();
  await expect(page.getByText("What changes from release 1 to 2")).toBeVisible();
  await shoot("upgrade");
});
