import { expect, test } from "vitest";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { RetentionPage } from "./RetentionPage";

const path = "/v1.0/partner/settings/retention";
const stored = {
  SuccessRetentionEnabled: true,
  SuccessRetentionValue: 7,
  SuccessRetentionUnit: "Days",
  ErroredRetentionEnabled: false,
  ErroredRetentionValue: 2,
  ErroredRetentionUnit: "Weeks",
};

test("how long data is kept is changed, and what is off keeps its value", async () => {
  server.on(`GET ${path}`, { body: stored }).on(`PUT ${path}`, (call) => ({ body: { ...stored, ...(call.body as object) } }));
  const screen = await renderPage(<RetentionPage />);
  const successful = screen.getByRole("region", { name: "Successful Transactions" });
  await expect.element(successful.getByLabelText("Keep for")).toHaveValue("7");
  expect(await violations()).toEqual([]);
  await successful.getByLabelText("Keep for").fill("3");
  await successful.getByLabelText("Unit").selectOptions("Weeks");

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Data Retention saved")).toBeVisible();
  expect(server.made(`PUT ${path}`)[0]?.body).toEqual({
    SuccessRetentionValue: 3,
    SuccessRetentionUnit: "Weeks",
  });
});

test("more than 31 days is refused beside its field, and nothing is sent", async () => {
  server.on(`GET ${path}`, { body: stored });
  const screen = await renderPage(<RetentionPage />);
  const successful = screen.getByRole("region", { name: "Successful Transactions" });
  await successful.getByLabelText("Keep for").fill("5");
  await successful.getByLabelText("Unit").selectOptions("Weeks");

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(successful.getByText("Data is kept for 31 days at most: enter up to 4 weeks.")).toBeVisible();
  expect(server.made(`PUT ${path}`)).toEqual([]);
});

test("a failure says what failed and can be tried again", async () => {
  server.on(`GET ${path}`, { status: 503, headers: { "X-Request-Id": "r-1" }, body: { Message: "The disk is full." } });
  const screen = await renderPage(<RetentionPage />);
  await expect.element(screen.getByText("The retention settings could not be loaded")).toBeVisible();
  await expect.element(screen.getByText("r-1")).toBeVisible();
  server.on(`GET ${path}`, { body: stored });

  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByRole("region", { name: "Errored Transactions" })).toBeVisible();
});
