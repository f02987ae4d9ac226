import { expect, test } from "vitest";
import type { TestResult } from "@shared/api/types";
import { renderPage, violations } from "@shared/testing/renderPage";
import { ResultPanel } from "./ResultPanel";

const deals = {
  Success: true,
  StatusCode: 200,
  DurationMs: 183,
  Request: "GET https://api.pipedrive.com/v1/deals\nAuthorization: REDACTED",
  Response: { success: true, data: [{ id: 1, title: "Reading lamps", owner: { name: "Ingrid" }, won: null }] },
  Error: null,
} as unknown as TestResult;

test("records are shown as a table, with what is nested told in a word", async () => {
  const screen = await renderPage(<ResultPanel result={deals} />);
  const result = screen.getByRole("region", { name: "Result" });

  await expect.element(result.getByText("Succeeded")).toBeVisible();
  await expect.element(result.getByText(/200 · 183 ms/)).toBeVisible();
  await expect.element(result.getByRole("columnheader", { name: "title" })).toBeVisible();
  await expect.element(result.getByRole("row", { name: "1 Reading lamps Ingrid –" })).toBeVisible();
  await expect.element(result.getByText("1 record")).toBeVisible();
});

test("the tree folds", async () => {
  const screen = await renderPage(<ResultPanel result={deals} />);
  await screen.getByText("Tree", { exact: true }).click();
  await expect.element(screen.getByText('"Reading lamps"')).not.toBeInTheDocument();

  await screen.getByRole("button", { name: "Unfold all" }).click();
  await expect.element(screen.getByText('"Reading lamps"')).toBeVisible();
  await screen.getByRole("button", { name: /^data/ }).click();

  await expect.element(screen.getByText('"Reading lamps"')).not.toBeInTheDocument();
  expect(await violations()).toEqual([]);
});

test("the request is shown as it was sent, without secrets", async () => {
  const screen = await renderPage(<ResultPanel result={deals} />);

  await screen.getByText("Request", { exact: true }).click();

  await expect.element(screen.getByText(/Authorization: REDACTED/)).toBeVisible();
});

test("a failure tells why and still shows the answer", async () => {
  const failed = { Success: false, StatusCode: 401, DurationMs: 20, Error: "Unauthorized", Response: "<html>no</html>" } as unknown as TestResult;
  const screen = await renderPage(<ResultPanel result={failed} />, { theme: "dark" });

  await expect.element(screen.getByText("Failed")).toBeVisible();
  await expect.element(screen.getByText("Unauthorized")).toBeVisible();
  await expect.element(screen.getByText("<html>no</html>")).toBeVisible();
  expect(await violations()).toEqual([]);
});
