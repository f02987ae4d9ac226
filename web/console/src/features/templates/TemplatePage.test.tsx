import { useState } from "react";
import { userEvent } from "vitest/browser";
import { expect, test, vi } from "vitest";
import type { Template, TemplateInstallation, TemplateRelease } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import type { TemplateSearch } from "./search";
import { TemplatePage } from "./TemplatePage";

const template: Template = { Id: "t1", Name: "People to readers", Connectors: [], Tags: [], Published: true, TemplateReleaseId: "r1" };
const live: TemplateRelease = { Id: "r1", TemplateId: "t1", Number: 1, Status: "Live", CycleId: "c1", Notes: "The first one", CreatedOnUtc: "2026-03-04T09:30:00Z", CreatedBy: "Ada" };
const draft: TemplateRelease = { ...live, Id: "r2", Number: 2, Status: "Draft", CycleId: "c2", Notes: null };
const path = "/v1.0/templates/t1";

function serve(releases: TemplateRelease[] = [draft, live]) {
  server.on(`GET ${path}`, { body: template }).on(`GET ${path}/releases`, { body: releases });
}

function Page({ initial = {}, onOpen = () => undefined }: { initial?: TemplateSearch; onOpen?: (id: string) => void }) {
  const [search, setSearch] = useState(initial);
  return <TemplatePage templateId="t1" search={search} onSearch={setSearch} onOpen={onOpen} />;
}

test("a draft is promoted after saying what that means", async () => {
  serve();
  server.on(`PUT ${path}/releases/r2/promote`, { body: { ...draft, Status: "Live" } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByRole("link", { name: "Edit Most Recent Draft" })).toHaveAttribute("href", "/templates/t1/releases/r2");
  await screen.getByRole("button", { name: "Promote" }).click();
  const dialog = screen.getByRole("dialog", { name: "Promote release 2?" });
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Promote" }).click();

  await expect.element(screen.getByText("Release 2 is live")).toBeVisible();
});

test("without a draft one is made of the live release", async () => {
  serve([live]);
  server.on("GET /v1.0/templates", { body: [template] }).on("GET /v1.0/templates/folders", { body: [] }).on(`POST ${path}/releases`, { status: 201, body: draft });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Create draft from live" }).click();

  await screen.getByRole("dialog", { name: "Copy release 1" }).getByRole("button", { name: "Copy" }).click();

  await expect.element(screen.getByText("Copied into release 2")).toBeVisible();
  expect(server.made(`POST ${path}/releases`)[0]?.body).toEqual({ SourceReleaseId: "r1" });
});

test("a release is copied into a new template, which opens", async () => {
  serve();
  server
    .on("GET /v1.0/templates", { body: [template] })
    .on("GET /v1.0/templates/folders", { body: [{ Id: "f1", Name: "Shops" }] })
    .on(`POST ${path}/releases`, { status: 201, body: { ...draft, TemplateId: "t9", Number: 1 } });
  const opened = vi.fn();
  const screen = await renderPage(<Page onOpen={opened} />);
  await screen.getByRole("button", { name: "More actions for release 1" }).click();
  await screen.getByRole("menuitem", { name: "Copy Release" }).click();
  const dialog = screen.getByRole("dialog", { name: "Copy release 1" });
  await dialog.getByRole("radio", { name: "a new template" }).click();
  await dialog.getByLabelText("Folder").selectOptions("Shops");
  expect(await violations()).toEqual([]);

  await dialog.getByRole("button", { name: "Copy" }).click();

  await vi.waitFor(() => expect(opened).toHaveBeenCalledWith("t9"));
  expect(server.made(`POST ${path}/releases`)[0]?.body).toEqual({ SourceReleaseId: "r1", NewTemplateName: "Copy of People to readers", FolderId: "f1" });
});

test("notes are edited in every state, a live release is not deleted", async () => {
  serve();
  server.on(`PUT ${path}/releases/r1`, { body: live });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More actions for release 1" }).click();
  await expect.element(screen.getByRole("menuitem", { name: "Delete" })).not.toBeInTheDocument();
  await screen.getByRole("menuitem", { name: "Edit notes" }).click();
  await screen.getByRole("textbox", { name: "Notes" }).fill("The best one");

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("Notes saved")).toBeVisible();
  expect(server.made(`PUT ${path}/releases/r1`)[0]?.body).toEqual({ Notes: "The best one" });
});

const installed = (CycleId: string, AccountName: string): TemplateInstallation => ({
  CycleId,
  CycleName: `Copy of ${AccountName}`,
  Status: "Active",
  AccountId: AccountName.toLowerCase(),
  AccountName,
  TemplateReleaseId: "r0",
  ReleaseNumber: 1,
  IsUpgradeable: true,
});
const documentOf = (value: string) => ({
  Name: "People to readers",
  Steps: [{ Id: "s1", Name: "Add Reader", FieldMappings: [{ Location: "shelf", MappingType: "StaticValue", Value: value }] }],
  Edges: [],
});

test("an upgrade shows which cycles it moves and what changes, then what became of each", async () => {
  const moved = { CycleId: "c7", AccountId: "bramble", Upgraded: true, Prerequisites: [{ ReasonCode: 41, Reason: "Missing field mapping", ObjectType: "ConnectorFieldMapping", ObjectId: 5 }] };
  const refused = { CycleId: "c8", AccountId: "acorn", Upgraded: false, Message: "It was changed by somebody else.", Prerequisites: [] };
  const former: TemplateRelease = { ...live, Id: "r0", Status: "Deprecated" };
  serve([{ ...live, Number: 2 }, former]);
  server
    .on(`GET ${path}/installations`, { body: [installed("c7", "Bramble"), installed("c8", "Acorn"), { ...installed("c9", "Current"), IsUpgradeable: false }] })
    .on(`GET ${path}/releases/r0/export`, { body: documentOf("old") })
    .on(`GET ${path}/releases/r1/export`, { body: documentOf("new") })
    .on(`PUT ${path}/upgrade`, { body: [] })
    .on(`GET ${path}/upgrade`, { body: { RequestedOnUtc: "2026-05-04T10:00:00Z", PendingCount: 1, Results: [moved] } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Upgrade Installed Integrations" }).click();
  const dialog = screen.getByRole("dialog");
  await expect.element(dialog.getByText("2 cycles get the steps", { exact: false })).toBeVisible();
  await expect.element(dialog.getByText("shelf: “old” → “new”")).toBeVisible();
  await expect.element(dialog.getByRole("link", { name: "Copy of Bramble" })).toHaveAttribute("href", "/accounts/bramble/cycles/c7");
  await expect.element(dialog.getByText("Copy of Current")).not.toBeInTheDocument();
  expect(await violations()).toEqual([]);
  await dialog.getByRole("button", { name: "Upgrade", exact: true }).click();

  await expect.element(dialog.getByText("1 cycle upgraded")).toBeVisible();
  await expect.element(dialog.getByText("Upgrading …")).toBeVisible();
  server.on(`GET ${path}/upgrade`, { body: { RequestedOnUtc: "2026-05-04T10:00:00Z", PendingCount: 0, Results: [moved, refused] } });
  await expect.element(dialog.getByText("It was changed by somebody else.")).toBeVisible();
  await expect.element(dialog.getByText("One thing has to be set up again.")).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("an upgrade of what runs the live release already has nothing to do", async () => {
  serve();
  server.on(`GET ${path}/installations`, { body: [{ ...installed("c9", "Current"), IsUpgradeable: false }] });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Upgrade Installed Integrations" }).click();

  await expect.element(screen.getByText("Every installed cycle runs the live release already")).toBeVisible();
});

test("a refused document lists everything that can't be taken", async () => {
  serve();
  server.on("POST /v1.0/templates/import", {
    status: 400,
    headers: { "X-Velodrome-Code": "import.incompatible" },
    body: { Message: "The document can't be imported: step 'Add', method 7: there is no such method; step 'Sold': its connector is unknown." },
  });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Import Release" }).click();
  const dialog = screen.getByRole("dialog", { name: "Import Release" });
  const file = document.querySelector<HTMLInputElement>('input[type="file"]');
  await userEvent.upload(file as HTMLElement, new File(['{"Name":"x"}'], "release.json", { type: "application/json" }));
  await expect.element(dialog.getByText("release.json")).toBeVisible();
  await dialog.getByRole("button", { name: "Import", exact: true }).click();

  await expect.element(dialog.getByText("2 things in the file can’t be taken.", { exact: false })).toBeVisible();
  await expect.element(dialog.getByText("Step 'Sold': its connector is unknown")).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("a file that is no document is refused before it is sent", async () => {
  serve();
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Import Release" }).click();
  const dialog = screen.getByRole("dialog", { name: "Import Release" });
  await dialog.getByRole("button", { name: "Import", exact: true }).click();

  await expect.element(dialog.getByText("Choose a file first.")).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("only what was changed in the settings is sent", async () => {
  serve();
  server.on(`PUT ${path}`, (call) => ({ body: { ...template, ...(call.body as object) } }));
  const screen = await renderPage(<Page initial={{ tab: "settings" }} />);
  await screen.getByLabelText("Integration Published").click();
  await screen.getByLabelText("Interval").selectOptions("1 hour");
  expect(await violations()).toEqual([]);

  await screen.getByRole("button", { name: "Save Changes" }).click();

  await expect.element(screen.getByText("People to readers saved")).toBeVisible();
  expect(server.made(`PUT ${path}`)[0]?.body).toEqual({ Published: false, Interval: 60 });
});

test.each(["light", "dark"] as const)("the releases break no rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(<Page />, { theme });
  await expect.element(screen.getByRole("link", { name: "Release 1" })).toBeVisible();

  expect(await violations()).toEqual([]);
});
