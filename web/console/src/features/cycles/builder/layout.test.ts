import { expect, test } from "vitest";
import type { Edge, EdgeType, Step } from "@shared/api/types";
import { layOut, neighbour } from "./layout";

function step(Id: string, ActionType: Step["ActionType"] = "Action"): Step {
  return { Id, CycleId: "cycle", Name: Id, ActionType, AccountConnector: null, Method: null };
}

function edge(TailStepId: string, HeadStepId: string, type: EdgeType = "Forward"): Edge {
  return { Id: `${TailStepId}-${HeadStepId}`, TailStepId, HeadStepId, EdgeType: type };
}

const places = (steps: Step[], edges: Edge[]) =>
  Object.fromEntries(layOut(steps, edges).placed.map(({ step: { Id }, row, column }) => [Id, [row, column]]));

test("a step stands below everything that leads to it", () => {
  const steps = [step("a"), step("b", "Decision"), step("c"), step("d"), step("e")];
  const edges = [edge("a", "b"), edge("b", "c", "True"), edge("b", "e", "False"), edge("c", "d"), edge("d", "e")];

  expect(places(steps, edges)).toEqual({ a: [0, 0], b: [1, 0], c: [2, 0], d: [3, 0], e: [4, 0] });
});

test("branches stand side by side under where they come from", () => {
  const steps = ["a", "b", "c", "d", "e"].map((id) => step(id));
  const edges = [edge("a", "b", "True"), edge("a", "c", "False"), edge("c", "d"), edge("b", "e")];

  expect(places(steps, edges)).toEqual({ a: [0, 0], b: [1, 0], c: [1, 1], e: [2, 0], d: [2, 1] });
});

test("what nothing is connected to comes last", () => {
  const steps = [step("note", "Annotation"), step("a"), step("b"), step("loose")];

  expect(places(steps, [edge("a", "b")])).toEqual({ a: [0, 0], b: [1, 0], note: [2, 0], loose: [2, 1] });
});

test("a loop is drawn, not followed for ever", () => {
  expect(layOut([step("a"), step("b")], [edge("a", "b"), edge("b", "a")])).toMatchObject({ rows: 2, columns: 1 });
});

test("arrows follow the edges, and go sideways within a row", () => {
  const edges = [edge("a", "b", "True"), edge("a", "c", "False")];
  const layout = layOut(["a", "b", "c"].map((id) => step(id)), edges);

  expect(neighbour(layout, edges, "a", "ArrowDown")).toBe("b");
  expect(neighbour(layout, edges, "b", "ArrowRight")).toBe("c");
  expect(neighbour(layout, edges, "c", "ArrowUp")).toBe("a");
  expect(neighbour(layout, edges, "a", "ArrowUp")).toBeUndefined();
});
