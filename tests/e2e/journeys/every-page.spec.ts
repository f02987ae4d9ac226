import { violations } from "../harness/accessibility.ts";
import { fixedPages, pagesWithData } from "../harness/pages.ts";
import { expect, test } from "../harness/test.ts";

for (const theme of ["light", "dark"] as const) {
  test(`no page breaks a rule of accessibility in the ${theme} theme`, async ({ console: person, server }) => {
    test.setTimeout(180_000);
    const { page } = person;
    const places = [...fixedPages, ...(await pagesWithData(server))];
    await page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    await person.open();
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    expect(await violations(page), "Sign in").toEqual([]);
    await person.signIn();

    for (const place of places) {
      await test.step(place.name, async () => {
        await person.open(place.path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await page.waitForLoadState("networkidle");
        expect.soft(await violations(page), place.name).toEqual([]);
      });
    }
  });
}

test("every page fits a phone's width and keeps its title", async ({ console: person, server }) => {
  test.setTimeout(120_000);
  const { page } = person;
  const places = [...fixedPages, ...(await pagesWithData(server))];
  await page.setViewportSize({ width: 360, height: 740 });
  await person.signIn();
  const titles: string[] = [];

  for (const place of places) {
    await test.step(place.name, async () => {
      await person.open(place.path);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await page.waitForLoadState("networkidle");
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect.soft(wide, `${place.name}: scrolls sideways`).toBeLessThanOrEqual(360);
      await expect(page).toHaveTitle(/ · /);
      titles.push(await page.title());
    });
  }
  expect(titles, "each page has a title of its own").toEqual([...new Set(titles)]);
});
