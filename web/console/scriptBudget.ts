import { gzipSync } from "node:zlib";

/** A script that the build makes; the bundler's own shape, as far as it matters here. */
export interface Script {
  /** Scripts that are fetched with it. */
  imports: readonly string[];
  code: string;
}

/** What somebody fetches to see something, and how much that may be. */
export interface Budget {
  name: string;
  /** The sources that begin it, by the ends of their paths. */
  begins: readonly string[];
  /** Kilobytes, compressed. */
  most: number;
}

/**
 * Bounds of console.md §10, "script for shell / builder, compressed". Measured by gzip, which every
 * browser takes; Brotli is smaller by a tenth or more.
 */
export const budgets: readonly Budget[] = [
  { name: "The shell", begins: ["console/index.html"], most: 200 },
  { name: "The first view after sign-in", begins: ["console/index.html", "src/features/dashboard/DashboardPage.tsx"], most: 200 },
  { name: "Sign-in", begins: ["console/index.html", "src/features/signIn/SignInPage.tsx"], most: 200 },
  { name: "The connector builder", begins: ["console/index.html", "src/app/pages/connectorBuilder.tsx", "shared/editor/CodeMirrorEditor.tsx"], most: 450 },
];

/** Kilobytes of gzip that the scripts of these names, and all that they import, come to. */
export function weigh(scripts: ReadonlyMap<string, Script>, begins: readonly string[]): number {
  const fetched = new Set<string>();
  const waiting = [...begins];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (fetched.has(name)) continue;
    fetched.add(name);
    waiting.push(...(scripts.get(name)?.imports ?? []));
  }
  const bytes = [...fetched].reduce((sum, name) => sum + gzipSync(scripts.get(name)?.code ?? "", { level: 9 }).length, 0);
  return bytes / 1000;
}

/** A budget with what it comes to. */
export interface Weighed extends Budget {
  kilobytes: number;
}

/** Weighs every budget, given the script that each source went into. Fails when a source that begins one is in none. */
export function weighAll(scripts: ReadonlyMap<string, Script>, scriptOf: ReadonlyMap<string, string>): Weighed[] {
  return budgets.map((budget) => {
    const begins = budget.begins.map((end) => {
      const found = [...scriptOf].find(([source]) => source.endsWith(`/${end}`))?.[1];
      if (found === undefined) throw new Error(`${budget.name}: ${end} is in no script. Was it moved?`);
      return found;
    });
    return { ...budget, kilobytes: weigh(scripts, begins) };
  });
}

/** One line for each budget that is exceeded. */
export function excesses(weighed: readonly Weighed[]): string[] {
  return weighed
    .filter(({ kilobytes, most }) => kilobytes > most)
    .map(
      ({ name, kilobytes, most }) =>
        `${name} fetches ${kilobytes.toFixed(1)} kB of script, and may fetch ${most} kB. Load what is not needed at once with import().`,
    );
}
