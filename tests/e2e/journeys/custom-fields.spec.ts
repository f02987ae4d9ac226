import { expect, test } from "../harness/test.ts";

test("somebody adds fields of their own to a method, calls it with one, and takes them away again", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  const installed = await server.call<{ Id: number }>("POST", "/v1.0/connectors/Pipedrive/install", { Name: "Sales", AuthValue: "sandbox-pipedrive-key" }, "bramble");
  await person.signIn();
  await person.open(`accounts/bramble/connectors/${installed.Id}?tab=methods`);

  await test.step("one is typed in", async () => {
    await page.getByLabel("Search methods").fill("Create Deal");
    await page.getByRole("button", { name: "Create Deal", exact: true }).click();
    const request = page.getByRole("region", { name: "Request Fields" });
    await request.getByRole("button", { name: "Add field" }).click();
    const dialog = page.getByRole("dialog", { name: "Add field" });
    await dialog.getByLabel("Field Location").fill("custom_fields.loyalty_tier");
    await dialog.getByLabel("Description").fill("How loyal the customer is.");
    await dialog.getByRole("button", { name: "Add field" }).click();
    await expect(page.getByText("Loyalty tier added")).toBeVisible();
    await expect(request.getByRole("row", { name: /Loyalty tier/ })).toContainText("custom_fields.loyalty_tier");
  });

  await test.step("more are read from a sample", async () => {
    const response = page.getByRole("region", { name: "Response Fields" });
    await response.getByRole("button", { name: "Generate Fields" }).click();
    const dialog = page.getByRole("dialog", { name: "Generate Fields" });
    await dialog.getByLabel("Sample").fill('{"data":{"custom_fields":{"loyalty_tier":"gold","member_since":"2026-01-02T03:04:05Z"}}}');
    await dialog.getByRole("button", { name: "Generate Fields" }).click();
    await expect(page.getByText("2 fields added")).toBeVisible();
    await expect(response.getByRole("row", { name: /Member since/ })).toContainText("DateTime");
  });

  await test.step("the call sends the value where the field says", async () => {
    await page.getByRole("tab", { name: "Test", exact: true }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Spring order");
    await page.getByRole("button", { name: /^Show optional fields/ }).click();
    await page.getByRole("textbox", { name: "Loyalty tier" }).fill("gold");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const result = page.getByRole("region", { name: "Result", exact: true });
    await expect(result.getByText("Succeeded", { exact: true })).toBeVisible();
    await result.getByText("Request", { exact: true }).click();
    await expect(result).toContainText("loyalty_tier");
  });

  await test.step("chosen ones are deleted together", async () => {
    await page.getByRole("tab", { name: "Fields", exact: true }).click();
    const response = page.getByRole("region", { name: "Response Fields" });
    await response.getByLabel("Choose all custom fields").check();
    await response.getByRole("button", { name: "Delete 2 fields" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await expect(page.getByText("2 fields deleted")).toBeVisible();
    await expect(response.getByRole("row", { name: /Member since/ })).toBeHidden();
  });

  await test.step("the connector becomes the partner's own product", async () => {
    await page.getByRole("tab", { name: "Setup", exact: true }).click();
    await page.getByRole("radio", { name: "Native" }).check();
    await page.getByRole("region", { name: "Details" }).getByRole("button", { name: "Save Changes" }).click();
    await expect(page.getByText("Sales saved")).toBeVisible();
    const stored = await server.call<{ IsPartnerIntegrationConnector: boolean }>("GET", `/v1.0/account/connectors/${installed.Id}`, undefined, "bramble");
    expect(stored.IsPartnerIntegrationConnector).toBe(true);
  });
});
