import { expect, test } from "../harness/test.ts";

test("the API reference shows every operation from our own origin", async ({ console: { page } }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(page.url()).origin && !request.url().startsWith("data:")) {
      elsewhere.push(request.url());
    }
  });

  await page.goto("/docs");

  await page.getByRole("button", { name: "Account connectors", exact: false }).first().click();
  await expect(page.getByText("/v1.0/account/connectors", { exact: true }).first()).toBeVisible();
  expect(elsewhere).toEqual([]);
});
