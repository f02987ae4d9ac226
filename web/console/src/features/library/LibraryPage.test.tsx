import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { PartnerConnector } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { LibraryPage } from "./LibraryPage";
import type { LibrarySearch } from "./search";

const path = "GET /v1.0/partner/connectors";

function entry(Id: number, Name: string, SetupRequired: boolean, SupportsPartnerSetup = true): PartnerConnector {
  return {
    Connector: {
      Id,
      UniqueIdentifier: "00000000-0000-0000-0000-000000000000",
      Name,
      Status: "Approved",
      Categories: [Name.includes("Stripe") ? "Payments" : "CRM"],
      AuthType: "OAuth2",
      OAuth2Type: "AuthorisationCode",
      Parameters: [],
      Triggers: [],
      Authentication: [],
    },
    SetupRequired,
    SupportsPartnerSetup,
    HasGuide: true,
  };
}

const library = [entry(1, "Pipedrive", false, false), entry(2, "Pipedrive (OAuth 2.0)", true), entry(3, "Stripe (OAuth)", false)];

function Page({ onOpen = () => undefined }: { onOpen?: (view: string, id: number) => void }) {
  const [search, setSearch] = useState<LibrarySearch>({});
  return <LibraryPage search={search} onSearch={setSearch} onOpen={onOpen} />;
}

test("an open padlock asks for setup, a closed one is set up, and some need none", async () => {
  server.on(path, { body: library });
  const opened = vi.fn();
  const screen = await renderPage(<Page onOpen={opened} />);

  await screen.getByRole("row", { name: /Pipedrive \(OAuth/ }).getByRole("button", { name: "Setup Required" }).click();

  expect(opened).toHaveBeenCalledWith("setup", 2);
  await expect.element(screen.getByRole("row", { name: /Stripe/ }).getByRole("button", { name: "Setup", exact: true })).toBeVisible();
  await expect.element(screen.getByRole("button", { name: /^Setup/ }).nth(2)).not.toBeInTheDocument();
});

test("typing filters at once and forgives a typing error", async () => {
  server.on(path, { body: library });
  const screen = await renderPage(<Page />);

  await screen.getByRole("searchbox", { name: "Search connectors" }).fill("stirpe");

  await expect.element(screen.getByText("1 connector", { exact: true })).toBeVisible();
  await expect.element(screen.getByText("Stripe (OAuth)")).toBeVisible();
  await expect.element(screen.getByText("Pipedrive (OAuth 2.0)")).not.toBeInTheDocument();
});

test("no match names the filters and offers to clear them", async () => {
  server.on(path, { body: library });
  const screen = await renderPage(<Page />);
  await screen.getByRole("combobox", { name: "Category" }).selectOptions("Payments");
  await screen.getByRole("searchbox").fill("pipedrive");
  await expect.element(screen.getByText("Nothing matches “pipedrive”, Payments")).toBeVisible();

  await screen.getByRole("button", { name: "Clear filters" }).last().click();

  await expect.element(screen.getByText("3 connectors")).toBeVisible();
});

test("a failure tells its request id and can be tried again", async () => {
  server.on(path, { status: 500, headers: { "X-Request-Id": "req-7" }, body: { Message: "The database is away." } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("The database is away.")).toBeVisible();
  await expect.element(screen.getByText("req-7")).toBeVisible();

  server.on(path, { body: library });
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByText("3 connectors")).toBeVisible();
});

test("an empty library says where connectors come from", async () => {
  server.on(path, { body: [] });
  const screen = await renderPage(<Page />);

  await expect.element(screen.getByText("The library is empty")).toBeVisible();
});

test("a long library is fetched page by page and searched as a whole", async () => {
  server.on(path, (call) => ({
    headers: { "Total-Pages": "3", "Total-Records": "3" },
    body: [library[Number(call.query.get("page")) - 1]],
  }));
  const screen = await renderPage(<Page />);

  await expect.element(screen.getByText("3 connectors")).toBeVisible();
  expect(server.made(path).map((call) => call.query.get("page"))).toEqual(["1", "2", "3"]);
});

test.each(["light", "dark"] as const)("nothing breaks a rule of accessibility in the %s theme", async (theme) => {
  server.on(path, { body: library });
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByText("3 connectors")).toBeVisible();

  expect(await violations()).toEqual([]);
});
