import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const web = fileURLToPath(new URL("../../", import.meta.url));

/** Texts that are there from the start. */
const always = ["shell", "signIn"];
/** Texts of building connectors; the pages that begin there import them for all they consist of. */
const building = ["connectorBuilder", "customConnectors", "scripts", "library"];
const buildingFolders = ["console/src/features/connectorBuilder/", "console/src/features/customConnectors/", "console/src/features/scripts/", "shared/script/"];

const moduleOf = new Map(
  filesBelow("shared/messages/en/").flatMap((file) => {
    const name = file.replace(/^.*\//, "").replace(/\.ts$/, "");
    return [...read(file).matchAll(/^\s*"([^"]+)":/gm)].map(([, key = ""]) => [key, name] as const);
  }),
);

test("every file imports the texts that it shows", () => {
  const missing = [...filesBelow("console/src/"), ...filesBelow("shared/")]
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file) && !file.includes("/messages/") && !file.includes("/testing/"))
    .flatMap((file) => {
      const source = read(file);
      const has = new Set([...always, ...[...source.matchAll(/"@shared\/messages\/en\/(\w+)"/g)].map(([, name = ""]) => name)]);
      if (buildingFolders.some((folder) => file.startsWith(folder))) for (const name of building) has.add(name);
      return [...shown(source)].filter((name) => !has.has(name)).map((name) => `${file}: ${name}`);
    });

  expect(missing).toEqual([]);
});

/** The modules of the texts that a source names, whole or by their beginning. */
function shown(source: string): Set<string> {
  const whole = [...source.matchAll(/"([\w.]+)"/g)].map(([, key = ""]) => moduleOf.get(key));
  const begun = [...source.matchAll(/`([\w.]*\.)\$\{/g)].flatMap(([, start = ""]) =>
    [...moduleOf].filter(([key]) => key.startsWith(start)).map(([, name]) => name),
  );
  return new Set([...whole, ...begun].filter((name) => name !== undefined));
}

function filesBelow(folder: string): string[] {
  return readdirSync(web + folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(web.length).replaceAll("//", "/"));
}

function read(file: string): string {
  return readFileSync(web + file, "utf8");
}
