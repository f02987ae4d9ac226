/** How many are remembered. */
const most = 6;

/** Ids of what an administrator opened lately, newest first, remembered in this browser. */
export function readRecent(administratorId: string, storage: Storage = window.localStorage): string[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(keyOf(administratorId)) ?? "[]");
    return Array.isArray(kept) ? kept.filter((id) => typeof id === "string").slice(0, most) : [];
  } catch {
    // Another program's entry, or storage that is blocked: nothing is remembered.
    return [];
  }
}

/** Remembers that something was opened. */
export function rememberRecent(administratorId: string, id: string, storage: Storage = window.localStorage): void {
  const ids = [id, ...readRecent(administratorId, storage).filter((other) => other !== id)].slice(0, most);
  try {
    storage.setItem(keyOf(administratorId), JSON.stringify(ids));
  } catch {
    // Full or blocked storage costs the memory, not the search.
  }
}

/** One for each person: what they open is their own business. */
function keyOf(administratorId: string): string {
  return `velodrome.recent.${administratorId}`;
}
