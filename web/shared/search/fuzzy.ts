/**
 * Search over a list held in memory: every word of the query must be found, spelling mistakes are
 * forgiven in proportion to the word's length, and better matches come first.
 */

/** A text of an entry and how much finding something in it counts. */
export interface SearchText {
  text: string;
  weight: number;
}

interface IndexedWord {
  word: string;
  weight: number;
}

interface IndexedEntry<Item> {
  item: Item;
  words: IndexedWord[];
  /** All of the heaviest text run together, so that "3d cart" finds "3DCart". */
  joined: string;
}

/** An index that `searchIndex` looks through. */
export type SearchIndex<Item> = readonly IndexedEntry<Item>[];

/** Prepares a list for searching. */
export function buildIndex<Item>(items: readonly Item[], textsOf: (item: Item) => SearchText[]): SearchIndex<Item> {
  return items.map((item) => {
    const texts = textsOf(item);
    const heaviest = Math.max(...texts.map((text) => text.weight));
    return {
      item,
      words: texts.flatMap(({ text, weight }) => wordsOf(text).map((word) => ({ word, weight }))),
      joined: texts
        .filter((text) => text.weight === heaviest)
        .map((text) => fold(text.text).replace(/[^\p{L}\p{N}]+/gu, ""))
        .join(" "),
    };
  });
}

/** The entries that match, best first; all of them, as they were, for an empty query. */
export function searchIndex<Item>(index: SearchIndex<Item>, query: string): Item[] {
  const tokens = fold(query)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => token !== "");
  if (tokens.length === 0) return index.map((entry) => entry.item);

  const hits: { item: Item; score: number; position: number }[] = [];
  const together = tokens.join("");
  index.forEach((entry, position) => {
    const score = Math.max(scoreTokens(entry.words, tokens), scoreJoined(entry.joined, together));
    if (score > 0) hits.push({ item: entry.item, score, position });
  });
  return hits.sort((a, b) => b.score - a.score || a.position - b.position).map((hit) => hit.item);
}

function scoreTokens(words: readonly IndexedWord[], tokens: readonly string[]): number {
  let total = 0;
  for (const token of tokens) {
    let best = 0;
    for (const { word, weight } of words) best = Math.max(best, scoreWord(word, token) * weight);
    if (best === 0) return 0;
    total += best;
  }
  return total / tokens.length;
}

function scoreJoined(joined: string, together: string): number {
  if (together.length < 3) return 0;
  if (joined === together) return 12;
  if (joined.startsWith(together)) return 8;
  return 0;
}

function scoreWord(word: string, token: string): number {
  if (word === token) return 10;
  if (word.startsWith(token)) return 6;
  if (token.length >= 3 && word.includes(token)) return 3;
  const allowed = token.length < 4 ? 0 : token.length < 8 ? 1 : 2;
  if (allowed === 0) return 0;
  const distance = prefixDistance(word, token, allowed);
  return distance <= allowed ? 2 / (1 + distance) : 0;
}

/**
 * The fewest edits (insert, drop, change, swap neighbours) that turn `token` into a beginning of
 * `word`; anything above `limit` may be reported as `limit + 1`.
 */
export function prefixDistance(word: string, token: string, limit: number): number {
  if (word.length + limit < token.length) return limit + 1;
  const width = Math.min(word.length, token.length + limit);
  let beforeLast: number[] = [];
  let last = Array.from({ length: width + 1 }, (_, column) => column);
  for (let row = 1; row <= token.length; row += 1) {
    const current = [row];
    let least = row;
    for (let column = 1; column <= width; column += 1) {
      const same = token[row - 1] === word[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 && column > 1 && token[row - 1] === word[column - 2] && token[row - 2] === word[column - 1];
      if (swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return Math.min(...last);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}

function wordsOf(text: string): string[] {
  const whole = fold(text).split(/[^\p{L}\p{N}]+/u);
  // "3DCart" and "BigCommerce" are also found by their parts.
  const parts = text
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{N}\p{Lu}?)(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[^\p{L}\p{N}]+/u)
    .map(fold);
  return [...new Set([...whole, ...parts])].filter((word) => word !== "");
}

/** Lower case without accents. */
export function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
