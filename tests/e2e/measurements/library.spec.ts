import { expect, test } from "@playwright/test";

/** Where a server with many connectors runs; `cargo xtask bench library` starts it and says so. */
const url = process.env["VELODROME_MEASURED_URL"] ?? "";
const email = process.env["VELODROME_MEASURED_EMAIL"] ?? "";
const password = process.env["VELODROME_MEASURED_PASSWORD"] ?? "";

/** Odd, so that there is a middle one. */
const rounds = 5;

test("the connector library", async ({ page }) => {
  await page.goto(`${url}/console/`);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("button", { name: /^User menu/ })).toBeVisible();

  const contents: number[] = [];
  const rowsShown: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await page.goto(`${url}/console/connectors`);
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    contents.push(await firstContent(page));
    rowsShown.push(await sinceNavigation(page));
  }

  const search = page.getByLabel("Search connectors");
  await search.focus();
  const keys: number[] = [];
  for (const key of "generated 0777") keys.push(await untilPainted(page, key));
  await expect(page.getByText("Generated 777", { exact: true })).toBeVisible();

  report("first contentful paint, median of 5 loads", middle(contents));
  report("rows on the page after the load began, median of 5 loads", middle(rowsShown));
  report("from a key to the filtered list painted, median", middle(keys));
  report("from a key to the filtered list painted, slowest", Math.max(...keys));
});

type Page = import("@playwright/test").Page;

async function firstContent(page: Page): Promise<number> {
  return page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN);
}

async function sinceNavigation(page: Page): Promise<number> {
  return page.evaluate(() => performance.now());
}

/** Milliseconds from a key's event to the second frame after it, when what it changed is on the screen. */
async function untilPainted(page: Page, key: string): Promise<number> {
  const painted = page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        addEventListener(
          "keydown",
          (event) => {
            requestAnimationFrame(() =>
              requestAnimationFrame(() => {
                resolve(performance.now() - event.timeStamp);
              }),
            );
          },
          { once: true, capture: true },
        );
      }),
  );
  await page.keyboard.press(key === " " ? "Space" : key);
  return painted;
}

function middle(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** One line that the Rust side turns into a row of its table. */
function report(what: string, milliseconds: number): void {
  console.log(`measured\t${what}\t${milliseconds.toFixed(0)} ms`);
}
