import { expect, test } from "vitest";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { GeneralPage } from "./GeneralPage";

const path = "/v1.0/partner/settings/general";
const testPath = "/v1.0/partner/transactionerrorwebhook/test";
const stored = {
  ApplicationDisplayName: "Bramble",
  HelpLinkType: "Show",
  TransactionErrorWebhookEnabled: true,
  TransactionErrorWebhookUrl: "https://ops.example.com/hooks/errors",
  TransactionErrorWebhookIncludeWarnings: false,
};

test("the transaction error webhook is set and tried out", async () => {
  server
    .on(`GET ${path}`, { body: stored })
    .on(`PUT ${path}`, (call) => ({ body: { ...stored, ...(call.body as object) } }))
    .on(`POST ${testPath}`, { body: { Delivered: true, StatusCode: 204, DurationMs: 91, Error: null } });
  const screen = await renderPage(<GeneralPage />);
  const send = screen.getByRole("button", { name: "Send test" });
  await send.click();
  await expect.element(screen.getByText("The URL answered 204 after 91 ms.")).toBeVisible();
  expect(await violations()).toEqual([]);

  await screen.getByLabelText("Transaction Error Webhook URL").fill("https://ops.example.com/other");
  await expect.element(send).toBeDisabled();
  await screen.getByRole("switch", { name: "Transaction Error Webhook Include Warnings" }).click();
  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("General Settings saved")).toBeVisible();
  expect(server.made(`PUT ${path}`)[0]?.body).toEqual({
    TransactionErrorWebhookUrl: "https://ops.example.com/other",
    TransactionErrorWebhookIncludeWarnings: true,
  });
});

test("a test that does not arrive says why", async () => {
  server
    .on(`GET ${path}`, { body: stored })
    .on(`POST ${testPath}`, { body: { Delivered: false, StatusCode: 500, DurationMs: 5, Error: "The URL answered 500 Internal Server Error." } });
  const screen = await renderPage(<GeneralPage />);

  await screen.getByRole("button", { name: "Send test" }).click();

  await expect.element(screen.getByText("The test did not arrive: The URL answered 500 Internal Server Error.")).toBeVisible();
});
