import { useState } from "react";
import { expect, test } from "vitest";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { AccountsPage } from "./AccountsPage";
import type { AccountsSearch } from "./search";

const account = (Id: string, Name: string, ParentAccountId: string | null = null) => ({
  Id,
  Name,
  ParentAccountId,
  Timezone: "UTC",
  CreatedDate: "2026-01-01T00:00:00Z",
  NextBillDateUtc: "2026-02-01T00:00:00Z",
});

function Page({ initial = {} }: { initial?: AccountsSearch }) {
  const [search, setSearch] = useState(initial);
  return <AccountsPage search={search} onSearch={setSearch} />;
}

test("accounts are listed with the number of their sub accounts", async () => {
  server.on("GET /v1.0/accounts", { body: [account("bramble", "Bramble Books"), account("oslo", "Bramble Oslo", "bramble")] });
  const screen = await renderPage(<Page />);

  await expect.element(screen.getByText("1 account", { exact: true })).toBeVisible();
  await expect.element(screen.getByRole("link", { name: "1 sub account of Bramble Books" })).toBeVisible();
  expect(await violations()).toEqual([]);
});

test("a new account needs a name, and an id in use is told beside its field", async () => {
  server
    .on("GET /v1.0/accounts", { body: [account("bramble", "Bramble Books")] })
    .on("POST /v1.0/accounts", { status: 400, headers: { "X-Velodrome-Code": "account.id_in_use" }, body: { Message: "ID already in use" } });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Add New Account" }).click();
  await screen.getByRole("button", { name: "Create", exact: true }).click();
  await expect.element(screen.getByText("Give the account a name.")).toBeVisible();

  await screen.getByLabelText("Name", { exact: true }).fill("Second Bramble");
  await screen.getByRole("dialog").getByLabelText("API ID").fill("bramble");
  await screen.getByRole("button", { name: "Create", exact: true }).click();

  await expect.element(screen.getByText("ID already in use")).toBeVisible();
  expect(server.made("POST /v1.0/accounts")[0]?.body).toMatchObject({ Name: "Second Bramble", Id: "bramble" });
});

test("who may only look is not offered to change anything", async () => {
  server.on("GET /v1.0/accounts", { body: [account("bramble", "Bramble Books")] });
  const signedIn = { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" as const } };
  const screen = await renderPage(<Page />, { signedIn });
  await expect.element(screen.getByRole("link", { name: "Bramble Books", exact: true })).toBeVisible();

  await expect.element(screen.getByRole("button", { name: "Add New Account" })).not.toBeInTheDocument();
});
