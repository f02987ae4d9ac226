import { useState } from "react";
import { expect, test } from "vitest";
import { renderPage } from "@shared/testing/renderPage";
import { ConfirmDialog } from "./ConfirmDialog";

/** Deleting always fails; the error stays with the page, as that of a mutation does. */
function Page() {
  const [name, setName] = useState<string | null>(null);
  const [error, setError] = useState<Error | null>(null);
  return (
    <>
      <button onClick={() => setName("Acme")}>Acme</button>
      <button onClick={() => setName("Bramble")}>Bramble</button>
      <ConfirmDialog
        opened={name !== null}
        onClose={() => setName(null)}
        title={`Delete ${name ?? ""}?`}
        text=""
        action="Delete"
        busy={false}
        error={error}
        onConfirm={() => setError(new Error(`${name ?? ""} is in use.`))}
      />
    </>
  );
}

test("a failure is told where it happened, and not when the next one is asked about", async () => {
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Acme" }).click();
  await screen.getByRole("button", { name: "Delete" }).click();
  await expect.element(screen.getByText("Acme is in use.")).toBeVisible();
  await screen.getByRole("button", { name: "Cancel" }).click();
  await expect.element(screen.getByRole("dialog")).not.toBeInTheDocument();

  await screen.getByRole("button", { name: "Bramble" }).click();

  await expect.element(screen.getByRole("dialog", { name: "Delete Bramble?" })).toBeVisible();
  await expect.element(screen.getByText("Acme is in use.")).not.toBeInTheDocument();
});
