import { useState } from "react";
import { expect, test, vi } from "vitest";
import type { Template } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import type { TemplatesSearch } from "./search";
import { TemplatesPage } from "./TemplatesPage";

const people: Template = { Id: "t1", Name: "People to readers", Connectors: [{ Id: 7, Name: "Pipedrive", StepCount: 1 }], Tags: ["CRM"], Published: false, FolderId: null };
const orders: Template = { ...people, Id: "t2", Name: "Orders to invoices", Tags: [], Published: true, FolderId: "f1" };
const path = "/v1.0/templates";

function serve(list: Template[] = [people, orders], folders: object[] = [{ Id: "f1", Name: "Shops" }]) {
  server.on(`GET ${path}`, { body: list }).on(`GET ${path}/folders`, { body: folders });
}

function Page({ initial = {}, onOpen = () => undefined }: { initial?: TemplatesSearch; onOpen?: (id: string) => void }) {
  const [search, setSearch] = useState(initial);
  return <TemplatesPage search={search} onSearch={setSearch} onOpen={onOpen} />;
}

test("a name is enough for a new template, which opens", async () => {
  serve([], []);
  server.on(`POST ${path}`, { status: 201, body: people });
  const opened = vi.fn();
  const screen = await renderPage(<Page onOpen={opened} />);
  await expect.element(screen.getByText("No templates yet")).toBeVisible();
  await screen.getByRole("button", { name: "Design New Template" }).first().click();
  const dialog = screen.getByRole("dialog", { name: "Design New Template" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("People to readers");

  await dialog.getByRole("button", { name: "Create" }).click();

  await vi.waitFor(() => expect(opened).toHaveBeenCalledWith("t1"));
  expect(server.made(`POST ${path}`)[0]?.body).toEqual({ Name: "People to readers" });
  expect(server.made(`GET ${path}`)[0]?.query.get("includeUnpublished")).toBe("true");
});

test("folders narrow the list, a search looks through all of them", async () => {
  serve();
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByRole("link", { name: "People to readers" })).toBeVisible();
  await expect.element(screen.getByRole("link", { name: "Orders to invoices" })).not.toBeInTheDocument();
  await screen.getByRole("navigation", { name: "Folders" }).getByRole("button", { name: "Shops" }).click();
  await expect.element(screen.getByRole("link", { name: "Orders to invoices" })).toBeVisible();

  await screen.getByRole("searchbox", { name: "Search templates" }).fill("people");

  await expect.element(screen.getByRole("link", { name: "People to readers" })).toBeVisible();
  await screen.getByRole("searchbox").fill("zzzz");
  await screen.getByRole("button", { name: "Clear filters" }).last().click();
  await expect.element(screen.getByRole("link", { name: "People to readers" })).toBeVisible();
});

test("a template is published by its switch, and a refusal is told", async () => {
  serve();
  server.on(`PUT ${path}/t1`, { status: 400, body: { Message: "A template is published once it has a live release." } });
  const screen = await renderPage(<Page />);
  const publish = screen.getByRole("switch", { name: "Published, People to readers" });
  await publish.click();
  await expect.element(screen.getByText("A template is published once it has a live release.")).toBeVisible();

  server.on(`PUT ${path}/t1`, { body: { ...people, Published: true } });
  await publish.click();

  await expect.element(screen.getByText("People to readers published")).toBeVisible();
  expect(server.made(`PUT ${path}/t1`)[1]?.body).toEqual({ Published: true });
});

test("a template is moved into a folder", async () => {
  serve();
  server.on(`PUT ${path}/t1`, { body: people });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "More actions for People to readers" }).click();
  await screen.getByRole("menuitem", { name: "Move Template" }).click();
  const dialog = screen.getByRole("dialog", { name: "Move People to readers" });
  await dialog.getByLabelText("Folder").selectOptions("Shops");

  await dialog.getByRole("button", { name: "Move" }).click();

  await expect.element(screen.getByText("People to readers moved")).toBeVisible();
  expect(server.made(`PUT ${path}/t1`)[0]?.body).toEqual({ FolderId: "f1" });
});

test("a folder is added within another, and one that is not empty stays", async () => {
  serve();
  server.on(`POST ${path}/folders`, { status: 201, body: {} }).on(`DELETE ${path}/folders/f1`, { status: 409, body: { Message: "The folder is not empty." } });
  const screen = await renderPage(<Page initial={{ folder: "f1" }} />);
  await screen.getByRole("button", { name: "Add folder" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add folder" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("Online");
  expect(await violations()).toEqual([]);
  await dialog.getByRole("button", { name: "Save Changes" }).click();
  await expect.element(screen.getByText("Online saved")).toBeVisible();
  expect(server.made(`POST ${path}/folders`)[0]?.body).toEqual({ Name: "Online", ParentId: "f1" });

  await screen.getByRole("button", { name: "Delete folder" }).click();
  await screen.getByRole("dialog").getByRole("button", { name: "Delete" }).click();

  await expect.element(screen.getByText("The folder is not empty.")).toBeVisible();
});

test("who may only look is offered no changes", async () => {
  serve();
  const screen = await renderPage(<Page />, { signedIn: { ...session, Administrator: { ...session.Administrator, Role: "Support" } } });
  await expect.element(screen.getByRole("row", { name: /People to readers/ }).getByText("Unpublished")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: /Design|Import|Add folder/ })).not.toBeInTheDocument();
});

test("a failure can be tried again", async () => {
  serve();
  server.on(`GET ${path}/folders`, { status: 500, body: { Message: "The database is away." } });
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("The database is away.")).toBeVisible();

  serve();
  await screen.getByRole("button", { name: "Try again" }).click();

  await expect.element(screen.getByRole("link", { name: "People to readers" })).toBeVisible();
});

test.each(["light", "dark"] as const)("the library breaks no rule of accessibility in the %s theme", async (theme) => {
  serve();
  const screen = await renderPage(<Page initial={{ folder: "f1" }} />, { theme });
  await expect.element(screen.getByRole("link", { name: "Orders to invoices" })).toBeVisible();

  expect(await violations()).toEqual([]);
});
