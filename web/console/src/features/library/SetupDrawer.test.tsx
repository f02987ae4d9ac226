import { useState } from "react";
import { expect, test } from "vitest";
import type { ConnectorSetup } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { SetupDrawer } from "./SetupDrawer";

const callback = "https://velodrome.test/connector/callback";

function setup(about: Partial<ConnectorSetup> = {}, secretIsSet = false): ConnectorSetup {
  return {
    ConnectorId: 2,
    ConnectorName: "Pipedrive (OAuth 2.0)",
    CallbackUrl: callback,
    SetupRequired: !secretIsSet,
    HasClientSecret: secretIsSet,
    Properties: [],
    Fields: [
      { Name: "ClientId", Label: "Client ID", IsSensitive: false, IsReadOnly: false, IsSet: false },
      { Name: "ClientSecret", Label: "Client Secret", IsSensitive: true, IsReadOnly: false, IsSet: secretIsSet },
      { Name: "CallbackUrl", Label: "Callback URL", IsSensitive: false, IsReadOnly: true, IsSet: true, Value: callback },
    ],
    ...about,
  };
}

const connector = {
  Id: 2,
  Name: "Pipedrive (OAuth 2.0)",
  Authentication: [],
  Parameters: [],
};

function Page() {
  const [guide, setGuide] = useState(false);
  return <SetupDrawer connectorId={2} guide={guide} onGuide={setGuide} onClose={() => undefined} />;
}

test("the callback is filled in, and saving sends what was typed", async () => {
  server
    .on("GET /v1.0/partner/connectors/2/setup", { body: setup() })
    .on("GET /v1.0/connectors/2", { body: connector })
    .on("PUT /v1.0/partner/connectors/2/setup", { body: setup({ UpdatedOnUtc: "2026-01-01T00:00:00Z" }, true) });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByLabelText("Callback URL")).toHaveValue(callback);
  await screen.getByLabelText("Client ID").fill("an-id");
  await screen.getByLabelText("Client Secret").fill("a-secret");

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Setup of Pipedrive (OAuth 2.0) saved")).toBeVisible();
  const [call] = server.made("PUT /v1.0/partner/connectors/2/setup");
  expect(call?.body).toEqual({ ClientId: "an-id", ClientSecret: "a-secret" });
  expect(call?.headers.get("X-Velodrome-Console")).toBe("1");
  await expect.element(screen.getByLabelText("Client Secret")).toHaveValue("Saved, not shown");
});

test("a stored secret is only sent when it is replaced", async () => {
  server
    .on("GET /v1.0/partner/connectors/2/setup", { body: setup({}, true) })
    .on("GET /v1.0/connectors/2", { body: connector })
    .on("PUT /v1.0/partner/connectors/2/setup", { body: setup({}, true) });
  const screen = await renderPage(<Page />);
  await screen.getByLabelText("Client ID").fill("an-id");
  await screen.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Setup of Pipedrive (OAuth 2.0) saved")).toBeVisible();
  expect(server.made("PUT /v1.0/partner/connectors/2/setup")[0]?.body).toEqual({ ClientId: "an-id" });

  await screen.getByRole("button", { name: "Replace" }).click();
  await screen.getByLabelText("Client Secret").fill("new");
  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.poll(() => server.made("PUT /v1.0/partner/connectors/2/setup")).toHaveLength(2);
  expect(server.made("PUT /v1.0/partner/connectors/2/setup")[1]?.body).toMatchObject({ ClientSecret: "new" });
});

test("a refusal stays beside the form, and what was typed with it", async () => {
  server
    .on("GET /v1.0/partner/connectors/2/setup", { body: setup() })
    .on("GET /v1.0/connectors/2", { body: connector })
    .on("PUT /v1.0/partner/connectors/2/setup", { status: 400, body: { Message: "ClientId is too long." } });
  const screen = await renderPage(<Page />);
  await screen.getByLabelText("Client ID").fill("an-id");

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("ClientId is too long.")).toBeVisible();
  await expect.element(screen.getByLabelText("Client ID")).toHaveValue("an-id");
});

test("the guide opens beside the form, without what does not belong in a text", async () => {
  server
    .on("GET /v1.0/partner/connectors/2/setup", { body: setup() })
    .on("GET /v1.0/connectors/2", { body: connector })
    .on("GET /v1.0/partner/connectors/2/guide", {
      body: {
        ConnectorId: 2,
        Title: "Connect Pipedrive",
        Markdown: "",
        Html: '<p>Open the <a href="https://developers.pipedrive.com">Developer Hub</a>.</p><a href="javascript:alert(1)">bad</a><img src=x onerror="alert(1)"><script>window.broken = true</script>',
        IsCustom: false,
      },
    });
  const screen = await renderPage(<Page />);

  await screen.getByRole("button", { name: "Authentication Setup Guide" }).click();

  const guide = screen.getByRole("complementary", { name: "Authentication Setup Guide" });
  await expect.element(guide.getByRole("link", { name: "Developer Hub" })).toBeVisible();
  await expect.element(screen.getByLabelText("Client ID")).toBeVisible();
  expect(guide.element().querySelectorAll("script, [onerror], [href^='javascript']")).toHaveLength(0);
  expect("broken" in window).toBe(false);
  expect(await violations()).toEqual([]);
});
