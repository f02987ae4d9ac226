import { expect, test } from "../harness/test.ts";

test("somebody builds a small cycle, is told what is missing, starts it and stops it", async ({ console: person, server }) => {
  const { page } = person;
  await server.call("POST", "/v1.0/accounts", { Id: "bramble", Name: "Bramble Books" });
  await server.call("POST", "/v1.0/connectors/Pipedrive/install", { Name: "Sales", AuthValue: "sandbox-pipedrive-key" }, "bramble");
  await person.signIn();
  await person.open("accounts/bramble/cycles");

  await test.step("a name is enough to begin with", async () => {
    await page.getByRole("button", { name: "Design New Cycle" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Design New Cycle" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Persons to deals");
    await dialog.getByRole("button", { name: "Create" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Persons to deals" })).toBeVisible();
  });

  const add = async (method: string) => {
    const dialog = page.getByRole("dialog", { name: "Add Step" });
    await dialog.getByRole("button", { name: "Sales" }).click();
    await dialog.getByLabel("Search tools and methods").fill(method);
    await dialog.getByRole("button", { name: new RegExp(`${method}$`) }).click();
    await expect(page.getByText(`${method} added`)).toBeVisible();
    return page.getByRole("dialog", { name: new RegExp(`^Setup of ${method}`) });
  };

  await test.step("a trigger is added", async () => {
    await page.getByRole("button", { name: "Add Step" }).first().click();
    const setup = await add("List Persons");
    await setup.getByRole("button", { name: "Close" }).first().click();
    await expect(setup).toBeHidden();
  });

  await test.step("an action follows, and takes its title from the person", async () => {
    await page.getByRole("button", { name: "Actions for List Persons" }).click();
    await page.getByRole("menuitem", { name: "Add a step after this" }).click();
    const setup = await add("Create Deal");
    await setup.getByLabel("Source of Title").selectOption("Previous Step");
    await setup.getByRole("combobox", { name: "Value of Title" }).click();
    await setup.getByRole("combobox", { name: "Value of Title" }).fill("[data].name");
    await page.getByRole("option", { name: "Name ([data].name)" }).click();
    await setup.getByRole("button", { name: "Save Changes" }).click();
    await expect(page.getByText("Create Deal saved")).toBeVisible();
    await setup.getByRole("button", { name: "Close" }).first().click();
  });

  await test.step("a decision that compares nothing is named as missing", async () => {
    await page.getByRole("button", { name: "Actions for Create Deal" }).click();
    await page.getByRole("menuitem", { name: "Add a step after this" }).click();
    await page.getByRole("dialog", { name: "Add Step" }).getByRole("button", { name: /^Decision/ }).click();
    const setup = page.getByRole("dialog", { name: /^Setup of Decision/ });
    await setup.getByRole("button", { name: "Close" }).first().click();
    await expect(page.getByText("Missing decision criteria")).toBeVisible();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Schedule" }).click();
    const start = page.getByRole("dialog", { name: "Start Persons to deals" });
    await expect(start.getByRole("button", { name: "Start", exact: true })).toBeDisabled();
    await start.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Actions for Decision" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByRole("dialog", { name: "Delete the step Decision?" }).getByRole("button", { name: "Delete" }).click();
    await expect(page.getByText("Missing decision criteria")).toBeHidden();
  });

  await test.step("it starts on a schedule, and is locked while it runs", async () => {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Schedule" }).click();
    const start = page.getByRole("dialog", { name: "Start Persons to deals" });
    await start.getByLabel("Interval").selectOption("1 hour");
    await start.getByRole("button", { name: "Start", exact: true }).click();
    await expect(page.getByText("This cycle is running. Stop it to change its design.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Add Step" })).toBeHidden();
  });

  await test.step("it stops", async () => {
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByRole("dialog", { name: "Stop Persons to deals?" }).getByRole("button", { name: "Stop", exact: true }).click();
    await expect(page.getByText("Persons to deals stopped")).toBeVisible();
    await expect(page.getByRole("button", { name: "Add Step" })).toBeVisible();
  });
});

test("somebody designs a template, whose empty draft is not promoted, and copies it", async ({ console: person }) => {
  const { page } = person;
  await person.signIn();
  await person.choose("Templates", "Template Library");

  await test.step("it begins with a draft", async () => {
    await page.getByRole("button", { name: "Design New Template" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Design New Template" });
    await dialog.getByRole("textbox", { name: "Name" }).fill("Two waits");
    await dialog.getByRole("button", { name: "Create" }).click();
    await page.getByRole("link", { name: "Edit Most Recent Draft" }).click();
    await expect(page.getByText("No steps yet")).toBeVisible();
  });

  await test.step("what misses its steps can't be promoted", async () => {
    await page.goBack();
    await page.getByRole("button", { name: "Promote" }).click();
    const dialog = page.getByRole("dialog", { name: "Promote release 1?" });
    await dialog.getByRole("button", { name: "Promote" }).click();
    await expect(dialog.getByRole("alert")).toBeVisible();
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  await test.step("notes are kept", async () => {
    await page.getByRole("button", { name: "More actions for release 1" }).click();
    await page.getByRole("menuitem", { name: "Edit notes" }).click();
    await page.getByRole("textbox", { name: "Notes" }).fill("The first one");
    await page.getByRole("button", { name: "Save Changes" }).click();
    await expect(page.getByRole("row", { name: /The first one/ })).toBeVisible();
  });

  await test.step("a copy becomes a template of its own", async () => {
    await page.getByRole("button", { name: "More actions for release 1" }).click();
    await page.getByRole("menuitem", { name: "Copy Release" }).click();
    const dialog = page.getByRole("dialog", { name: "Copy release 1" });
    await dialog.getByRole("radio", { name: "a new template" }).check();
    await dialog.getByRole("button", { name: "Copy", exact: true }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Copy of Two waits" })).toBeVisible();
  });
});
