import { expect, test } from "../harness/test.ts";

test("the API reference shows every operation from our own origin", async ({ page, server }) => {
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== server.url && !request.url().startsWith("data:")) {
      elsewhere.push(request.url());
    }
  });

  await page.goto(`${server.url}/docs`);

  await page.getByRole("link", { name: "Account connectors" }).click();
  // The viewer breaks paths at their slashes, so their text is not one.
  await expect(page.locator('[data-path="/v1.0/account/connectors"]')).toBeVisible();
  expect(elsewhere).toEqual([]);
});
