import { useState } from "react";
import { expect, test } from "vitest";
import { renderPage, session, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import type { UsersSearch } from "./search";
import { UsersPage } from "./UsersPage";

const wren = { Id: "1", UserName: "wren@bramble.example", AccountIds: ["bramble"], CanSignIn: true, CreatedOnUtc: "2026-01-01T00:00:00Z", LastSignInUtc: null };

function Page() {
  const [search, setSearch] = useState<UsersSearch>({});
  return <UsersPage search={search} onSearch={setSearch} />;
}

async function choose(screen: Awaited<ReturnType<typeof renderPage>>, action: string) {
  await screen.getByRole("button", { name: "More actions for wren@bramble.example" }).click();
  await screen.getByRole("menuitem", { name: action }).click();
}

test("a user is added, with a password that is long enough", async () => {
  server.on("GET /v1.0/users", { body: [] }).on("POST /v1.0/users", { status: 201, body: wren });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Add user" }).click();
  const dialog = screen.getByRole("dialog", { name: "Add user" });
  await dialog.getByLabelText("User name").fill(" wren@bramble.example ");
  await dialog.getByLabelText("Password").fill("short");
  await dialog.getByRole("button", { name: "Add user" }).click();
  await expect.element(dialog.getByText("Enter at least 8 characters.")).toBeVisible();
  expect(server.made("POST /v1.0/users")).toEqual([]);
  await dialog.getByLabelText("Password").fill("long enough");

  await dialog.getByRole("button", { name: "Add user" }).click();

  await expect.element(screen.getByText("wren@bramble.example added")).toBeVisible();
  expect(server.made("POST /v1.0/users")[0]?.body).toEqual({ UserName: "wren@bramble.example", Password: "long enough" });
});

test("a password is set, and a failure keeps what was typed", async () => {
  server.on("GET /v1.0/users", { body: [wren] }).on("PUT /v1.0/users", { status: 503, body: { Message: "The database can't be reached." } });
  const screen = await renderPage(<Page />);
  await choose(screen, "Set password");
  await screen.getByLabelText("New password").fill("long enough");
  await screen.getByRole("button", { name: "Set password", exact: true }).click();
  await expect.element(screen.getByText("The database can't be reached.")).toBeVisible();
  await expect.element(screen.getByLabelText("New password")).toHaveValue("long enough");
  expect(await violations()).toEqual([]);
  server.on("PUT /v1.0/users", { status: 200 });

  await screen.getByRole("button", { name: "Set password", exact: true }).click();

  await expect.element(screen.getByText("Password of wren@bramble.example set")).toBeVisible();
});

test("a user is deleted after a question that names what is lost", async () => {
  server.on("GET /v1.0/users", { body: [wren] }).on("DELETE /v1.0/users/wren%40bramble.example", { status: 200 });
  const screen = await renderPage(<Page />);
  await choose(screen, "Delete user");
  await expect.element(screen.getByText("The user can no longer enter 1 account, and is gone for good.")).toBeVisible();

  await screen.getByRole("dialog").getByRole("button", { name: "Delete user" }).click();

  await expect.element(screen.getByText("wren@bramble.example deleted")).toBeVisible();
});

test("who may only look is offered no changes", async () => {
  server.on("GET /v1.0/users", { body: [wren] });
  const signedIn = { ...session, Administrator: { ...session.Administrator, Role: "ReadOnly" as const } };
  const screen = await renderPage(<Page />, { signedIn });
  await expect.element(screen.getByText("wren@bramble.example")).toBeVisible();

  await expect.element(screen.getByRole("button", { name: "Add user" })).not.toBeInTheDocument();
  await expect.element(screen.getByRole("button", { name: /More actions/ })).not.toBeInTheDocument();
});
