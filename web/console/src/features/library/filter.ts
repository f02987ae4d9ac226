import type { PartnerConnector } from "@shared/api/types";
import { buildIndex, searchIndex, type SearchIndex } from "@shared/search/fuzzy";
import type { LibrarySearch, SetupState } from "./search";

/** Where a connector stands. */
export function setupStateOf(entry: PartnerConnector): SetupState {
  if (!entry.SupportsPartnerSetup) return "none";
  return entry.SetupRequired ? "required" : "done";
}

/** An index over names, then other words for the product, then categories. */
export function libraryIndex(entries: readonly PartnerConnector[]): SearchIndex<PartnerConnector> {
  return buildIndex(entries, ({ Connector: connector }) => [
    { text: connector.Name, weight: 4 },
    ...aliasesOf(connector).map((text) => ({ text, weight: 3 })),
    ...connector.Categories.map((text) => ({ text, weight: 1 })),
  ]);
}

/** Other names that a definition gives its product, where the server tells them. */
function aliasesOf(connector: object): string[] {
  const aliases: unknown = "Aliases" in connector ? connector.Aliases : undefined;
  return Array.isArray(aliases) ? aliases.filter((alias) => typeof alias === "string") : [];
}

/** What the filters leave, best match first. */
export function filterLibrary(index: SearchIndex<PartnerConnector>, search: LibrarySearch): PartnerConnector[] {
  return searchIndex(index, search.q ?? "").filter(
    (entry) =>
      (search.category === undefined || entry.Connector.Categories.includes(search.category)) &&
      (search.status === undefined || setupStateOf(entry) === search.status),
  );
}

/** The categories that occur, by name. */
export function categoriesOf(entries: readonly PartnerConnector[]): string[] {
  return [...new Set(entries.flatMap((entry) => entry.Connector.Categories))].sort((a, b) => a.localeCompare(b));
}
