import { useState } from "react";
import { expect, test } from "vitest";
import { userEvent } from "vitest/browser";
import { renderPage, violations } from "@shared/testing/renderPage";
import { server } from "@shared/testing/setup";
import { ScriptTestingPage } from "./ScriptTestingPage";
import type { ScriptSearch } from "./search";

const path = "POST /v1.0/partner/scripts/test";

function Page({ initial = {} }: { initial?: ScriptSearch }) {
  const [search, setSearch] = useState(initial);
  return <ScriptTestingPage search={search} onSearch={setSearch} />;
}

async function write(screen: Awaited<ReturnType<typeof renderPage>>, script: string) {
  const editor = screen.getByRole("textbox", { name: "JavaScript" });
  await editor.click();
  // Braces are written twice for the keyboard to type them.
  await userEvent.keyboard(script.replace(/[{[]/g, "$&$&"));
  return editor;
}

test("a script runs with the globals it is given, and the output tells all of it", async () => {
  server.on(path, {
    body: {
      Result: 2024,
      Globals: [{ Name: "a", DataType: "Text", Value: "2024-05-01" }],
      Console: ["began", "ended"],
      Error: null,
      DurationMs: 7,
    },
  });
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Global", exact: true }).click();
  const dialog = screen.getByRole("dialog", { name: "Global" });
  await dialog.getByRole("textbox", { name: "Name" }).fill("a");
  await dialog.getByRole("combobox", { name: "Data Type" }).selectOptions("Text");
  await dialog.getByRole("textbox", { name: "Example" }).fill("2024-05-01");
  await dialog.getByRole("button", { name: "Close" }).click();
  await expect.element(dialog).not.toBeInTheDocument();

  await write(screen, "moment(a).year(");
  await screen.getByRole("button", { name: "Run" }).click();

  const output = screen.getByRole("region", { name: "Output" });
  await expect.element(output.getByText("7 ms")).toBeVisible();
  await expect.element(output.getByRole("region", { name: "Result" })).toHaveTextContent("2024");
  await expect.element(output.getByRole("region", { name: "Console" })).toHaveTextContent(/began\s+ended/);
  await expect.element(output.getByRole("region", { name: "a", exact: true })).toHaveTextContent("2024-05-01");
  expect(server.made(path)[0]?.body).toEqual({
    Script: "moment(a).year()",
    Globals: [{ Name: "a", DataType: "Text", Value: "2024-05-01" }],
  });
});

test("an error names its line, which the editor marks", async () => {
  server.on(path, {
    body: { Globals: [], Console: [], Error: { Message: "x is not defined", Line: 1, Column: 3 }, DurationMs: 1 },
  });
  const screen = await renderPage(<Page initial={{ event: "after_action" }} />);
  await write(screen, "  x");

  await screen.getByRole("button", { name: "Run" }).click();

  await expect.element(screen.getByText("Line 1, column 3: x is not defined")).toBeVisible();
  await expect.element(screen.getByRole("textbox", { name: "JavaScript" })).toHaveAttribute("aria-invalid", "true");
  expect(document.querySelector(".cm-lintRange-error")).not.toBeNull();
  expect(server.made(path)[0]?.body).toMatchObject({ Event: "after_action" });
});

test("formatting reprints the script, and says where it is no script", async () => {
  const screen = await renderPage(<Page />);
  const editor = await write(screen, "var a=1;a+1");
  await screen.getByRole("button", { name: "Format" }).click();
  await expect.element(editor).toHaveTextContent("var a = 1;a + 1;");

  await editor.click();
  await userEvent.keyboard("{Control>}a{/Control}var =");
  await screen.getByRole("button", { name: "Format" }).click();

  await expect.element(screen.getByText(/^The script cannot be formatted/)).toBeVisible();
});

test("a global without a name or with a broken example is not kept", async () => {
  const screen = await renderPage(<Page />);
  await screen.getByRole("button", { name: "Global", exact: true }).click();
  const dialog = screen.getByRole("dialog", { name: "Global" });
  await dialog.getByRole("textbox", { name: "Example" }).fill("{");

  await dialog.getByRole("button", { name: "Close" }).click();

  await expect.element(dialog.getByText("Give the global a name")).toBeVisible();
  await expect.element(dialog.getByText(/^This is not JSON/)).toBeVisible();
});

test("a refusal of the server is told with its request id", async () => {
  server.on(path, { status: 400, headers: { "X-Request-Id": "req-9" }, body: { Message: "The global a is no JSON." } });
  const screen = await renderPage(<Page />);
  await write(screen, "1");
  await screen.getByRole("button", { name: "Run" }).click();

  await expect.element(screen.getByText("The global a is no JSON.")).toBeVisible();
  await expect.element(screen.getByText("req-9")).toBeVisible();
});

test("typing offers our globals and functions", async () => {
  const screen = await renderPage(<Page initial={{ event: "before_action" }} />);
  await write(screen, "method_req");

  await expect.element(screen.getByRole("option", { name: /method_request_headers/ })).toBeVisible();
});

test.each(["light", "dark"] as const)("nothing breaks a rule of accessibility in the %s theme", async (theme) => {
  server.on(path, { body: { Result: { a: 1 }, Globals: [], Console: [], Error: null, DurationMs: 3 } });
  const screen = await renderPage(<Page />, { theme });
  await write(screen, "1 // text");
  await screen.getByRole("button", { name: "Run" }).click();
  await expect.element(screen.getByText("3 ms")).toBeVisible();

  expect(await violations()).toEqual([]);
});
