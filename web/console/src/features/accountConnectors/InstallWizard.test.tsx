import { expect, test, vi } from "vitest";
import type { Authentication, Connector, Parameter, SetupField } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { InstallWizard } from "./InstallWizard";

const key: Authentication = { Id: "key", AuthName: "API key", AuthType: "ApiKey", OAuth2Type: "Unknown", IsDefault: true };
const oauth: Authentication = { Id: "oauth", AuthName: "OAuth 2.0", AuthType: "OAuth2", OAuth2Type: "AuthorisationCode", IsDefault: true };

const domain: Parameter = {
  Id: 1,
  Name: "Company domain",
  IsOptional: false,
  DataType: "Text",
  TargetType: "MergeField",
  TargetName: "Domain",
  DisplayOrder: 0,
  Triggers: [],
  IsAccountConnectorProperty: true,
};

function connector(about: Partial<Connector>): Connector {
  return {
    Id: 7,
    UniqueIdentifier: "c",
    Name: "Pipedrive",
    Status: "Approved",
    Categories: ["CRM"],
    AuthType: "ApiKey",
    OAuth2Type: "Unknown",
    Parameters: [],
    Triggers: [],
    Authentication: [key],
    ...about,
  };
}

function given(definition: Connector, fields: SetupField[] = []) {
  server
    .on("GET /v1.0/connectors/7", { body: definition })
    .on("GET /v1.0/partner/connectors/7/setup", { body: { Fields: fields } })
    .on("POST /v1.0/connectors/7/install", (call) => ({
      body: {
        Id: 70,
        Authenticated: (call.body as { AuthValue?: string }).AuthValue !== undefined,
        AuthenticationState: "NotAuthenticated",
        Name: (call.body as { Name: string }).Name,
      },
    }));
}

function wizard(onClose: () => void, taken: string[] = []) {
  return renderPage(<InstallWizard accountId="bramble" chosen={7} taken={taken} onChoose={() => undefined} onClose={onClose} />);
}

test("an API key and what the connector needs are asked for and sent", async () => {
  given(connector({ Parameters: [domain] }));
  const closed = vi.fn();
  const screen = await wizard(closed, ["Pipedrive"]);
  await expect.element(screen.getByLabelText("Name")).toHaveValue("Pipedrive 2");
  await screen.getByRole("button", { name: "Next" }).click();
  await screen.getByLabelText("Company domain").fill("bramble");
  await screen.getByLabelText("API Key").fill("k-1");
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Finish" }).click();

  await expect.poll(() => closed.mock.calls.length).toBe(1);
  const [call] = server.made("POST /v1.0/connectors/7/install");
  expect(call?.headers.get("X-Cyclr-Account")).toBe("bramble");
  expect(call?.body).toEqual({
    Name: "Pipedrive 2",
    AuthenticationId: "key",
    AuthValue: "k-1",
    Properties: [{ Name: "Domain", Value: "bramble" }],
  });
});

test("what is required and blank is told beside its field, and nothing is sent", async () => {
  given(connector({}));
  const screen = await wizard(() => undefined);
  await screen.getByRole("button", { name: "Next" }).click();

  await screen.getByRole("button", { name: "Finish" }).click();

  await expect.element(screen.getByText("Fill this in.")).toBeVisible();
  expect(server.made("POST /v1.0/connectors/7/install")).toEqual([]);
});

test("skipping installs without credentials", async () => {
  given(connector({}));
  const closed = vi.fn();
  const screen = await wizard(closed);
  await screen.getByRole("button", { name: "Next" }).click();

  await screen.getByRole("button", { name: "Skip" }).click();

  await expect.poll(() => closed.mock.calls.length).toBe(1);
  expect(server.made("POST /v1.0/connectors/7/install")[0]?.body).toEqual({ Name: "Pipedrive", AuthenticationId: "key" });
});

test("a name in use is refused before it is sent", async () => {
  given(connector({}));
  const screen = await wizard(() => undefined, ["Sales"]);
  await screen.getByLabelText("Name").fill("sales");

  await screen.getByRole("button", { name: "Next" }).click();

  await expect.element(screen.getByText("A connector of this account has this name already.")).toBeVisible();
});

test("only the secret that the partner left blank is asked for, and set after installing", async () => {
  given(connector({ Authentication: [oauth] }), [
    { Name: "ClientId", Label: "Client ID", IsSensitive: false, IsReadOnly: false, IsSet: true, Value: "id" },
    { Name: "ClientSecret", Label: "Client Secret", IsSensitive: true, IsReadOnly: false, IsSet: false },
  ]);
  server.on("POST /v1.0/account/connectors/70/properties", { body: {} });
  const closed = vi.fn();
  const screen = await wizard(closed);
  await screen.getByRole("button", { name: "Next" }).click();
  await expect.element(screen.getByLabelText("Client ID")).not.toBeInTheDocument();
  await screen.getByLabelText("Client Secret").fill("s-1");

  await screen.getByRole("button", { name: "Skip" }).click();

  await expect.poll(() => closed.mock.calls.length).toBe(1);
  expect(server.made("POST /v1.0/account/connectors/70/properties")[0]?.body).toEqual({ Name: "ClientSecret", Value: "s-1" });
});

test("a closed window can be tried again without installing twice", async () => {
  given(connector({ Authentication: [oauth] }));
  let authenticated = false;
  server
    .on("POST /v1.0/accounts/bramble/signintoken", { body: { Token: "t", ExpiresAtUtc: "2026-01-01T00:00:00Z" } })
    .on("GET /v1.0/account/connectors/70", () => ({ body: { Id: 70, Authenticated: authenticated, AuthValue: null } }));
  const windows: { closed: boolean; close: () => void; location: { replace: (address: string) => void } }[] = [];
  const open = vi.spyOn(window, "open").mockImplementation(() => {
    const opened = { closed: windows.length === 0, close: () => undefined, location: { replace: vi.fn() } };
    windows.push(opened);
    return opened as unknown as Window;
  });
  const closed = vi.fn();
  const screen = await wizard(closed);
  await screen.getByRole("button", { name: "Next" }).click();
  await screen.getByRole("button", { name: "Authenticate" }).click();
  await expect.element(screen.getByText("Not completed, try again")).toBeVisible();

  await screen.getByRole("button", { name: "Authenticate" }).click();
  await expect.poll(() => vi.mocked(windows[1]?.location.replace ?? vi.fn()).mock.calls.length).toBe(1);
  authenticated = true;
  window.postMessage("velodrome-authenticated-70", window.location.origin);

  await expect.poll(() => closed.mock.calls.length).toBe(1);
  expect(server.made("POST /v1.0/connectors/7/install")).toHaveLength(1);
  expect(windows[1]?.location.replace).toHaveBeenCalledWith(expect.stringContaining("/connectorauth/updateaccountconnectoroauth?id=70&token=t"));
  open.mockRestore();
});

test("a value that is refused after installing is corrected without installing twice", async () => {
  given(connector({}), [{ Name: "Extra", Label: "Extra", IsSensitive: false, IsReadOnly: false, IsSet: false }]);
  server
    .on("POST /v1.0/account/connectors/70/properties", { status: 400, body: { Message: "Extra is too long." } })
    .on("PUT /v1.0/account/connectors/70", { body: { Id: 70, Name: "Pipedrive", Authenticated: true } });
  const closed = vi.fn();
  const screen = await wizard(closed);
  await screen.getByRole("button", { name: "Next" }).click();
  await screen.getByLabelText("Extra").fill("far too long");
  await screen.getByLabelText("API Key").fill("k-1");
  await screen.getByRole("button", { name: "Finish" }).click();
  await expect.element(screen.getByText("Extra is too long.")).toBeVisible();
  server.on("POST /v1.0/account/connectors/70/properties", { body: {} });

  await screen.getByLabelText("Extra").fill("short");
  await screen.getByRole("button", { name: "Finish" }).click();

  await expect.poll(() => closed.mock.calls.length).toBe(1);
  expect(server.made("POST /v1.0/connectors/7/install")).toHaveLength(1);
  expect(server.made("PUT /v1.0/account/connectors/70")[0]?.body).toEqual({ AuthValue: "k-1", AuthenticationId: "key" });
});
