import { expect, test } from "vitest";
import type { Method } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { DraftTest } from "./DraftTest";

const custom = "/v1.0/account/connectors/custom/7";

const method = {
  Id: 101,
  MethodUniqueIdentifier: "m-1",
  Name: "List Shelves",
  HttpMethod: "GET",
  Parameters: [],
  RequestFields: [],
  ResponseFields: [],
} as unknown as Method;

function serve() {
  server
    .on(`GET ${custom}/releases`, { body: [{ Number: 1, ConnectorId: 90, ReleaseStatus: "Draft", InstalledCount: 0 }] })
    .on("GET /v1.0/connectors/90", {
      body: {
        Id: 90,
        Name: "Stockroom",
        Parameters: [],
        Triggers: [],
        Authentication: [{ Id: "key", AuthName: "API key", AuthType: "ApiKey", OAuth2Type: "Unknown", IsDefault: true }],
      },
    })
    .on(`POST ${custom}/test/m-1`, { body: { Success: true, StatusCode: 200, Request: "GET /shelves", Response: [{ name: "A1" }], DurationMs: 3 } });
}

test("a draft is called with a key that is typed for it", async () => {
  serve();
  const screen = await renderPage(<DraftTest owner="template" connectorId={7} method={method} />);
  await screen.getByRole("button", { name: "Run" }).click();
  await expect.element(screen.getByText("Fill this in")).toBeVisible();
  await screen.getByLabelText("API Key").fill("typed-key");
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Run" }).click();

  await expect.element(screen.getByText("Succeeded")).toBeVisible();
  const [call] = server.made(`POST ${custom}/test/m-1`);
  expect(call?.headers.get("X-Cyclr-Account")).toBe("template");
  expect(call?.body).toEqual({ Parameters: {}, Fields: {}, AuthenticationId: "key", AuthValue: "typed-key", Properties: [] });
});

test("or with the credential of an installed connector", async () => {
  serve();
  const screen = await renderPage(
    <DraftTest owner="template" connectorId={7} method={method} installed={{ accountId: "acme", accountConnectorId: 5 }} />,
  );
  await screen.getByRole("button", { name: "Run" }).click();

  await expect.element(screen.getByText("Succeeded")).toBeVisible();
  expect(server.made(`POST ${custom}/test/m-1`)[0]?.body).toEqual({ Parameters: {}, Fields: {}, AccountId: "acme", AccountConnectorId: 5 });
});
