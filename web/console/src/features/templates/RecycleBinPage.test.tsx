import { useState } from "react";
import { expect, test } from "vitest";
import type { RecycleBinItem } from "@shared/api/types";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { RecycleBinPage } from "./RecycleBinPage";
import type { BinSearch } from "./search";

const day = 24 * 3600 * 1000;
const at = (days: number) => new Date(Date.now() + days * day - 1000).toISOString();
const template: RecycleBinItem = { Id: "t1", Type: "Template", Name: "People to readers", DeletedOnUtc: at(-10), PurgeOnUtc: at(80) };
const cycle: RecycleBinItem = { Id: "c1", Type: "Cycle", Name: "Nightly copy", AccountId: "bramble", DeletedOnUtc: at(-89), PurgeOnUtc: at(1) };
const bin = "/v1.0/partner/recyclebin";

function Page() {
  const [search, setSearch] = useState<BinSearch>({});
  return <RecycleBinPage search={search} onSearch={setSearch} />;
}

function serve(items: RecycleBinItem[] = [template, cycle]) {
  server.on(`GET ${bin}`, { body: items });
}

test("what lies in the bin says how long it stays, and is filtered by kind", async () => {
  serve();
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("80 days")).toBeVisible();
  await expect.element(screen.getByText("1 day", { exact: true })).toBeVisible();
  expect(await violations()).toEqual([]);
  await screen.getByLabelText("Kind").selectOptions("Cycles");

  await expect.element(screen.getByText("1 item", { exact: true })).toBeVisible();
  await expect.element(screen.getByText("People to readers")).not.toBeInTheDocument();
});

test("a cycle that is restored is said to be paused", async () => {
  serve();
  server.on(`POST ${bin}/c1/restore`, () => {
    serve([template]);
    return { body: cycle };
  });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Restore Nightly copy" }).click();

  await expect.element(screen.getByText("Nightly copy restored; it is paused")).toBeVisible();
  await expect.element(screen.getByText("1 item", { exact: true })).toBeVisible();
});

test("one item goes for good after asking", async () => {
  serve();
  server.on(`DELETE ${bin}/t1`, { status: 204 });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Delete People to readers for good" }).click();
  const dialog = screen.getByRole("dialog", { name: "Delete People to readers for good?" });
  await expect.element(dialog.getByText("all its releases", { exact: false })).toBeVisible();

  await dialog.getByRole("button", { name: "Delete" }).click();

  await expect.element(screen.getByText("People to readers deleted for good")).toBeVisible();
});

test("everything goes once that is typed, and what could not go is told", async () => {
  serve();
  server.on(`DELETE ${bin}/t1`, { status: 204 }).on(`DELETE ${bin}/c1`, { status: 409, body: { Message: "Its account was deleted." } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Delete all" }).click();
  const dialog = screen.getByRole("dialog", { name: "Delete 2 items for good?" });
  await expect.element(dialog.getByRole("button", { name: "Delete all" })).toBeDisabled();
  expect(await violations()).toEqual([]);
  await dialog.getByRole("textbox").fill("delete all");

  await dialog.getByRole("button", { name: "Delete all" }).click();

  await expect.element(dialog.getByText("1 done, 1 failed")).toBeVisible();
  await expect.element(dialog.getByText("Its account was deleted.", { exact: false })).toBeVisible();
});

test("an empty bin says what it is for, and who may only look removes nothing", async () => {
  serve([]);
  const screen = await renderPage(<Page />);
  await expect.element(screen.getByText("The recycle bin is empty")).toBeVisible();
  serve();
  const signedIn = { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" as const } };
  const other = await renderPage(<Page />, { signedIn });

  await expect.element(other.getByText("2 items").last()).toBeVisible();
  await expect.element(other.getByRole("button", { name: /Restore|Delete/ })).not.toBeInTheDocument();
});
