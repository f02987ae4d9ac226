import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { budgets, excesses, weigh, weighAll, type Script } from "./scriptBudget";

const size = (code: string) => gzipSync(code, { level: 9 }).length / 1000;

test("a script is weighed with all that it imports, each once", () => {
  const scripts = new Map<string, Script>([
    ["page", { imports: ["react", "ui"], code: "page" }],
    ["ui", { imports: ["react"], code: "ui" }],
    ["react", { imports: ["ui"], code: "react" }],
    ["elsewhere", { imports: [], code: "elsewhere" }],
  ]);

  expect(weigh(scripts, ["page"])).toBeCloseTo(size("page") + size("ui") + size("react"));
});

test("what is exceeded is told with both sizes", () => {
  const [shell] = budgets;

  expect(excesses(budgets.map((budget) => ({ ...budget, kilobytes: budget.most })))).toEqual([]);
  expect(excesses([{ ...shell, name: "The shell", begins: [], most: 200, kilobytes: 218.4 }])).toEqual([
    "The shell fetches 218.4 kB of script, and may fetch 200 kB. Load what is not needed at once with import().",
  ]);
});

test("a beginning that is in no script is a mistake, not nothing", () => {
  expect(() => weighAll(new Map(), new Map())).toThrow("console/index.html is in no script");
});
