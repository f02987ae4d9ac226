import { buildIndex, searchIndex, type SearchIndex } from "@shared/search/fuzzy";

/** What can be found: a page, a connector's setup, an account. */
export type Hit =
  | { kind: "page"; id: string; label: string; detail: string; to: string }
  | { kind: "connector"; id: string; label: string; detail: string; icon: string | null; connectorId: number }
  | { kind: "account"; id: string; label: string; detail: string; accountId: string };

/** The kinds in the order in which they are listed. */
export const kinds = ["page", "connector", "account"] as const;

/** Most hits shown of each kind. */
const perKind = 6;

/** An index over everything that can be found. */
export function hitIndex(hits: readonly Hit[]): SearchIndex<Hit> {
  return buildIndex(hits, (hit) => [
    { text: hit.label, weight: 3 },
    { text: hit.detail, weight: 1 },
  ]);
}

/** What a query finds; `account:` and `connector:` look at one kind only. Pages alone for an empty one. */
export function findHits(index: SearchIndex<Hit>, query: string): Hit[] {
  const { kind, text } = readQuery(query);
  if (text === "" && kind === undefined) return index.map((entry) => entry.item).filter((hit) => hit.kind === "page");
  const found = searchIndex(index, text);
  return kinds
    .filter((candidate) => kind === undefined || kind === candidate)
    .flatMap((candidate) => found.filter((hit) => hit.kind === candidate).slice(0, kind === undefined ? perKind : perKind * 3));
}

function readQuery(query: string): { kind: Hit["kind"] | undefined; text: string } {
  const match = /^\s*(account|connector|page):(.*)$/i.exec(query);
  if (match === null) return { kind: undefined, text: query.trim() };
  return { kind: kinds.find((kind) => kind === match[1]?.toLowerCase()), text: (match[2] ?? "").trim() };
}
