import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { Template } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { OffersPage } from "./OffersPage";
import type { OfferSearch } from "./search";

const template: Template = {
  Id: "t1",
  Name: "People to readers",
  Description: "Adds new people to a list.",
  Connectors: [{ Id: 7, Name: "Pipedrive", StepCount: 1 }],
  Tags: ["CRM"],
  Note: "You need an admin of Pipedrive.",
  StepCount: 2,
};

function serve(list: Template[] = [template, { ...template, Id: "t2", Name: "Orders to invoices", Tags: [] }]) {
  server
    .on("GET /v1.0/templates", { body: list })
    .on("GET /v1.0/accounts/bramble", { body: { Id: "bramble", Name: "Bramble Books", Timezone: "UTC" } })
    .on("GET /v1.0/account/connectors", {
      body: [
        { Id: 70, Name: "Sales", Connector: { Id: 9, Name: "Pipedrive" } },
        { Id: 71, Name: "Till", Connector: { Id: 3, Name: "Stripe" } },
      ],
    });
}

function Page({ onInstalled = () => undefined }: { onInstalled?: (id: string) => void }) {
  const [search, setSearch] = useState<OfferSearch>({});
  return <OffersPage accountId="bramble" search={search} onSearch={setSearch} onInstalled={onInstalled} />;
}

test("a template is installed with the chosen connectors, and the cycle opens", async () => {
  serve();
  server.on("POST /v1.0/templates/t1/install", { body: { Id: "c1", Name: "Readers" } });
  const installed = vi.fn();
  const screen = await renderPage(<Page onInstalled={installed} />);
  await screen.getByRole("button", { name: "Use Template People to readers" }).click();
  const dialog = screen.getByRole("dialog", { name: "Use People to readers" });
  await expect.element(dialog.getByText("You need an admin of Pipedrive.")).toBeVisible();
  await dialog.getByLabelText("Name of the cycle").fill("Readers");
  await dialog.getByLabelText("Pipedrive").selectOptions("Sales");
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Install" }).click();

  await vi.waitFor(() => expect(installed).toHaveBeenCalledWith("c1"));
  const [call] = server.made("POST /v1.0/templates/t1/install");
  expect(call?.headers.get("X-Cyclr-Account")).toBe("bramble");
  expect(call?.body).toEqual({ Name: "Readers", AccountConnectors: { "7": 70 } });
});

test("tags and words leave some templates", async () => {
  serve();
  const screen = await renderPage(<Page />);
  await screen.getByLabelText("Tag").selectOptions("CRM");
  await expect.element(screen.getByText("1 template", { exact: true })).toBeVisible();
  await screen.getByRole("searchbox").fill("zzzz");

  await screen.getByRole("button", { name: "Clear filters" }).last().click();

  await expect.element(screen.getByText("2 templates")).toBeVisible();
});

test("nothing published says so", async () => {
  serve([]);
  const screen = await renderPage(<Page />);

  await expect.element(screen.getByText("No templates are published")).toBeVisible();
});

test.each(["light", "dark"] as const)("the cards break no rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByText("2 templates")).toBeVisible();

  expect(await violations()).toEqual([]);
});
