import { buildIndex, searchIndex, type SearchIndex } from "@shared/search/fuzzy";

/** What can be found: a page, something to do, a connector's setup, an account. */
export type Hit =
  | { kind: "page"; id: string; label: string; detail: string; to: string }
  | { kind: "command"; id: string; label: string; detail: string }
  | { kind: "connector"; id: string; label: string; detail: string; icon: string | null; connectorId: number }
  | { kind: "account"; id: string; label: string; detail: string; accountId: string };

/** The kinds in the order in which they are listed. */
export const kinds = ["page", "command", "connector", "account"] as const;

/** Hits under one heading. */
export interface HitGroup {
  name: Hit["kind"] | "recent";
  hits: Hit[];
}

/** Most hits shown of each kind. */
const perKind = 6;

/** An index over everything that can be found. */
export function hitIndex(hits: readonly Hit[]): SearchIndex<Hit> {
  return buildIndex(hits, (hit) => [
    { text: hit.label, weight: 3 },
    { text: hit.detail, weight: 1 },
  ]);
}

/**
 * What a query finds; `account:`, `connector:` and the like look at one kind only. For an empty one, what
 * was opened lately, and the pages.
 */
export function findHits(index: SearchIndex<Hit>, query: string, recent: readonly string[] = []): HitGroup[] {
  const { kind, text } = readQuery(query);
  if (text === "" && kind === undefined) {
    const all = new Map(index.map(({ item }) => [item.id, item]));
    // What is gone, or no longer within the rights, is not in the index either.
    const lately = recent.flatMap((id) => all.get(id) ?? []);
    const pages = [...all.values()].filter((hit) => hit.kind === "page" && !lately.includes(hit));
    return filled([
      { name: "recent", hits: lately },
      { name: "page", hits: pages },
    ]);
  }
  const found = searchIndex(index, text);
  return filled(
    kinds
      .filter((candidate) => kind === undefined || kind === candidate)
      .map((candidate) => ({
        name: candidate,
        hits: found.filter((hit) => hit.kind === candidate).slice(0, kind === undefined ? perKind : perKind * 3),
      })),
  );
}

function filled(groups: HitGroup[]): HitGroup[] {
  return groups.filter((group) => group.hits.length > 0);
}

function readQuery(query: string): { kind: Hit["kind"] | undefined; text: string } {
  const match = /^\s*(account|connector|page|command):(.*)$/i.exec(query);
  if (match === null) return { kind: undefined, text: query.trim() };
  return { kind: kinds.find((kind) => kind === match[1]?.toLowerCase()), text: (match[2] ?? "").trim() };
}
