import { expect, test } from "vitest";
import { readRecent, rememberRecent } from "./recent";

function storage(kept: Record<string, string> = {}): Storage {
  return { getItem: (key: string) => kept[key] ?? null, setItem: (key: string, value: string) => void (kept[key] = value) } as unknown as Storage;
}

test("what was opened lately comes first, once, six at most, for each person", () => {
  const kept = storage();
  for (const id of ["a", "b", "c", "a", "d", "e", "f", "g"]) rememberRecent("ada", id, kept);

  expect(readRecent("ada", kept)).toEqual(["g", "f", "e", "d", "a", "c"]);
  expect(readRecent("grace", kept)).toEqual([]);
});

test("what can't be read is nothing", () => {
  expect(readRecent("ada", storage({ "velodrome.recent.ada": "{" }))).toEqual([]);
  expect(readRecent("ada", storage({ "velodrome.recent.ada": '{"a":1}' }))).toEqual([]);
});
