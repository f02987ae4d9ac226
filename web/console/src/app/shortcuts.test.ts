import { expect, test } from "vitest";
import { readShortcut } from "./shortcuts";

const press = (key: string, modifiers: Partial<Record<"ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...modifiers,
});
const idle = { typing: false, singleLetters: true, afterG: false };

test("Ctrl K and ⌘ K search from anywhere, even while typing", () => {
  expect(readShortcut(press("k", { ctrlKey: true }), { ...idle, typing: true })).toEqual({ kind: "search" });
  expect(readShortcut(press("K", { metaKey: true }), idle)).toEqual({ kind: "search" });
});

test("single keys do nothing while typing or when turned off", () => {
  for (const key of ["/", "?", "g"]) {
    expect(readShortcut(press(key), { ...idle, typing: true })).toBeUndefined();
    expect(readShortcut(press(key), { ...idle, singleLetters: false })).toBeUndefined();
  }
});

test("g waits for a letter, which then leads somewhere", () => {
  expect(readShortcut(press("g"), idle)).toEqual({ kind: "await" });
  expect(readShortcut(press("a"), { ...idle, afterG: true })).toEqual({ kind: "go", key: "a" });
});

test("a slash searches and a question mark lists the keys", () => {
  expect(readShortcut(press("/"), idle)).toEqual({ kind: "search" });
  expect(readShortcut(press("?"), idle)).toEqual({ kind: "help" });
});
