import { account, addAccount, addCycle, addUpgrade, authenticate, start } from "../harness/cycles.ts";
import { expect, test } from "../harness/test.ts";

const looks = [
  { name: "wide-light", colorScheme: "light", width: 1280, height: 900 },
  { name: "wide-dark", colorScheme: "dark", width: 1280, height: 900 },
  { name: "narrow-light", colorScheme: "light", width: 360, height: 740 },
  { name: "narrow-dark", colorScheme: "dark", width: 360, height: 740 },
] as const;

test("looks", async ({ console: person, server }) => {
  test.setTimeout(300_000);
  const { page } = person;
  const sales = await addAccount(server);
  const cycle = await addCycle(server, sales, "Persons to deals");
  const template = await addUpgrade(server, cycle);
  const other = await addCycle(server, sales, "Another one");
  await server.call("DELETE", `/v1.0/cycles/${other}`, undefined, account);
  const webhook = await server.call<{ Id: string }>("POST", "/v1.0/cycles", { Name: "Gone too" }, account);
  await server.call("DELETE", `/v1.0/cycles/${webhook.Id}`, undefined, account);
  await authenticate(server, sales, false);
  await start(server, cycle);
  await person.signIn();
  await person.open(`accounts/${account}/reports/incidents`);
  await expect(page.getByText("Failed to authenticate the connector").first()).toBeVisible();
  const failed = await server.call<{ Id: string }[]>("GET", `/v1.0/cycles/${cycle}/transactions`, undefined, account);
  for (const look of looks) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width, height: look.height });
    const shoot = async (name: string) => {
      await page.waitForLoadState("networkidle");
      await page.screenshot({ path: `/tmp/w/webui-shots/${name}.${look.name}.png`, fullPage: true });
    };
    await person.open(`accounts/${account}/reports/incidents`);
    await shoot("incidents");
    await person.open(`accounts/${account}/cycles/${cycle}/transactions/${failed[0]?.Id ?? ""}`);
    await shoot("errored");
    await person.open(`accounts/${account}/reports`);
    await page.getByRole("checkbox", { name: /^Select transaction/ }).first().check();
    await shoot("transactions");
    await person.open(`accounts/${account}/cycles/${cycle}`);
    await shoot("diagram");
    await person.open("templates/recycle-bin");
    await shoot("bin");
    await person.open(`templates/${template}`);
    await page.getByRole("button", { name: "Upgrade Installed Integrations" }).click();
    await expect(page.getByText("What changes from release 1 to 2")).toBeVisible();
    await shoot("upgrade");
  }
  await authenticate(server, sales, true);
  await server.call("POST", `/v1.0/cycles/${cycle}/transactions/${failed[0]?.Id ?? ""}/retry`, undefined, account);
  await page.setViewportSize({ width: 1280, height: 900 });
  await person.open(`accounts/${account}/reports?cycle=${cycle}&split=Split`);
  await expect(page.getByText("Completed").first()).toBeVisible();
  const steps = await server.call<{ Id: string; Name: string }[]>("GET", `/v1.0/cycles/${cycle}/steps`, undefined, account);
  const create = steps.find(({ Name }) => Name === "Create Deal")?.Id ?? "";
  const [child] = await server.call<{ Id: string }[]>("GET", `/v1.0/cycles/${cycle}/transactions?splitType=Split`, undefined, account);
  for (const look of looks) {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width, height: look.height });
    await person.open(`accounts/${account}/cycles/${cycle}/transactions/${child?.Id ?? ""}`);
    await page.getByText("Request", { exact: true }).first().click();
    await page.getByText("Mapping", { exact: true }).first().click();
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `/tmp/w/webui-shots/transaction.${look.name}.png`, fullPage: true });
    await person.open(`accounts/${account}/cycles/${cycle}?step=${create}`);
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: `/tmp/w/webui-shots/setup.${look.name}.png` });
    await person.open(`accounts/${account}/cycles/${cycle}?test=${create}`);
    await page.getByRole("textbox", { name: "Title" }).fill("A deal by hand");
    await page.getByRole("button", { name: "Run", exact: true }).last().click();
    await expect(page.getByText("Succeeded", { exact: true })).toBeVisible();
    await page.getByText("Mapped fields", { exact: true }).click();
    await page.screenshot({ path: `/tmp/w/webui-shots/test.${look.name}.png` });
  }
});
