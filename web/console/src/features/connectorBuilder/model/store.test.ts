import { expect, test, vi } from "vitest";
import { BuilderStore } from "./store";

const name = (value: string) => ({ kind: "set", path: ["name"], value }) as const;

test("typing into one field is undone at once, another field by itself", () => {
  const store = new BuilderStore({ name: "" });
  store.do(name("A"), "/name");
  store.do(name("Ac"), "/name");
  store.do({ kind: "set", path: ["version"], value: "1" }, "/version");

  store.undo();
  expect(store.read().document).toEqual({ name: "Ac" });
  store.undo();
  expect(store.read().document).toEqual({ name: "" });
  expect(store.read().canUndo).toBe(false);
});

test("leaving a field ends what is undone together", () => {
  const store = new BuilderStore({});
  store.do(name("A"), "/name");
  store.settle();
  store.do(name("AB"), "/name");

  store.undo();

  expect(store.read().document).toEqual({ name: "A" });
});

test("what was undone can be done again until something else is done", () => {
  const store = new BuilderStore({ name: "A" });
  store.do(name("B"));
  store.undo();
  expect(store.read().canRedo).toBe(true);
  store.redo();
  expect(store.read().document).toEqual({ name: "B" });

  store.undo();
  store.do(name("C"));

  expect(store.read().canRedo).toBe(false);
});

test("undoing everything leaves nothing to save, and what came while saving still is", () => {
  const store = new BuilderStore({ name: "A" });
  expect(store.read().isDirty).toBe(false);
  store.do(name("B"));
  const sent = store.read().document;
  store.do(name("C"));
  store.markSaved(sent);
  expect(store.read().isDirty).toBe(true);

  store.undo();

  expect(store.read().isDirty).toBe(false);
});

test("those who listen hear of a change, not of none", () => {
  const store = new BuilderStore({ list: [1] });
  const heard = vi.fn();
  store.subscribe(heard);

  store.do({ kind: "move", path: ["list"], from: 0, to: 5 });
  expect(heard).not.toHaveBeenCalled();
  store.do({ kind: "insert", path: ["list"], value: 2 });

  expect(heard).toHaveBeenCalledOnce();
  expect(store.read().document).toEqual({ list: [1, 2] });
});
