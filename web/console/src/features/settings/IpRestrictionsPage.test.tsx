import { expect, test } from "vitest";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { IpRestrictionsPage } from "./IpRestrictionsPage";

const path = "/v1.0/partner/iprestrictions";

test("the first entry of a list must contain its author", async () => {
  server.on(`GET ${path}`, { body: { CallerIp: "203.0.113.7", Items: [] } }).on(`POST ${path}`, { status: 201, body: {} });
  const screen = await renderPage(<IpRestrictionsPage />);
  await screen.getByRole("button", { name: "Add an address to Console" }).click();
  await screen.getByLabelText("IP address or CIDR").fill("198.51.100.0/24");
  await screen.getByRole("button", { name: "Add", exact: true }).click();
  await expect.element(screen.getByText(/you would lock yourself out/)).toBeVisible();

  await screen.getByLabelText("IP address or CIDR").fill("203.0.113.0/24");
  await screen.getByRole("button", { name: "Add", exact: true }).click();

  await expect.element(screen.getByText("203.0.113.0/24 allowed")).toBeVisible();
  expect(server.made(`POST ${path}`).map((call) => call.body)).toEqual([{ Scope: "Console", Cidr: "203.0.113.0/24", Description: null }]);
});

test("lists stand under their names, an empty one is open", async () => {
  server.on(`GET ${path}`, {
    body: { CallerIp: "203.0.113.7", Items: [{ Id: 1, Scope: "Api", Cidr: "203.0.113.0/24", Description: "Office" }] },
  });
  const screen = await renderPage(<IpRestrictionsPage />);

  await expect.element(screen.getByText("Your current IP address is 203.0.113.7.")).toBeVisible();
  await expect.element(screen.getByRole("region", { name: "API", exact: true }).getByText("203.0.113.0/24")).toBeVisible();
  await expect.element(screen.getByRole("region", { name: "Console" }).getByText("Open to every address")).toBeVisible();
  expect(await violations()).toEqual([]);
});
