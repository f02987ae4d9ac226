import { expect, test } from "vitest";
import type { AccountConnector } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { UpdateNotice } from "./UpdateNotice";

const path = "/v1.0/account/connectors/5";

const connector: AccountConnector = {
  Id: 5,
  Name: "Our Stockroom",
  Authenticated: true,
  AuthenticationState: "Authenticated",
  Connector: {
    Id: 7,
    UniqueIdentifier: "c",
    Name: "Stockroom",
    Status: "Approved",
    Categories: [],
    AuthType: "ApiKey",
    OAuth2Type: "Unknown",
    Parameters: [],
    Triggers: [],
    Authentication: [],
  },
  IsPartnerIntegrationConnector: false,
  Properties: [],
  CustomFields: [],
  UpdateAvailable: true,
};

const update = {
  From: { Number: 1, ReleaseStatus: "Deprecated" },
  To: { Number: 2, ReleaseStatus: "Live" },
  Notes: "Shelves have colours.",
  IsCompatible: true,
  KeepsAuthentication: true,
  Authentication: [{ Id: "basic", AuthName: "Sign in", AuthType: "Basic", OAuth2Type: "Unknown", IsDefault: true }],
  Changes: [{ Kind: "Method", Change: "Added", Method: "List Racks", Name: "List Racks", Text: "Method List Racks was added." }],
};

test("what the newest release changes is shown, and the connector is moved to it", async () => {
  server.on(`GET ${path}/update`, { body: update }).on(`POST ${path}/update`, { body: { ...connector, UpdateAvailable: false } });
  const screen = await renderPage(<UpdateNotice accountId="acme" connector={connector} editable />);
  await screen.getByRole("button", { name: "See what changes" }).click();
  await expect.element(screen.getByText("Method List Racks was added.")).toBeVisible();
  await expect.element(screen.getByText("Shelves have colours.")).toBeVisible();
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Update", exact: true }).click();

  await expect.element(screen.getByText("Our Stockroom updated")).toBeVisible();
  const [call] = server.made(`POST ${path}/update`);
  expect(call?.headers.get("X-Cyclr-Account")).toBe("acme");
  expect(call?.body).toEqual({});
});

test("where the authentication is gone another one is chosen", async () => {
  server
    .on(`GET ${path}/update`, { body: { ...update, IsCompatible: false, KeepsAuthentication: false } })
    .on(`POST ${path}/update`, { body: { ...connector, UpdateAvailable: false } });
  const screen = await renderPage(<UpdateNotice accountId="acme" connector={connector} editable />);
  await screen.getByRole("button", { name: "See what changes" }).click();
  await expect.element(screen.getByRole("combobox", { name: "Authentication" })).toHaveValue("basic");

  await screen.getByRole("button", { name: "Update", exact: true }).click();

  await expect.element(screen.getByText("Our Stockroom updated")).toBeVisible();
  expect(server.made(`POST ${path}/update`)[0]?.body).toEqual({ AuthenticationId: "basic" });
});

test("a connector of the newest release says nothing", async () => {
  const screen = await renderPage(<UpdateNotice accountId="acme" connector={{ ...connector, UpdateAvailable: false }} editable />);
  await expect.element(screen.getByText("Update available")).not.toBeInTheDocument();
});
