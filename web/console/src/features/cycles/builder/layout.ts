import type { Edge, Step } from "@shared/api/types";

/** A step with its place in the diagram, counted in rows and columns. */
export interface Placed {
  step: Step;
  row: number;
  column: number;
}

/** The diagram in rows and columns. */
export interface Layout {
  placed: Placed[];
  rows: number;
  columns: number;
}

/**
 * Puts every step below all that lead to it, steps of one row side by side in the order in which they run.
 * Steps that nothing is connected to stand in a last row of their own.
 */
export function layOut(steps: readonly Step[], edges: readonly Edge[]): Layout {
  const known = new Set(steps.map((step) => step.Id));
  const between = edges.filter((edge) => known.has(edge.HeadStepId) && known.has(edge.TailStepId));
  const isConnected = new Set(between.flatMap((edge) => [edge.HeadStepId, edge.TailStepId]));
  const connected = steps.filter((step, index) => isConnected.has(step.Id) || (index === 0 && step.ActionType !== "Annotation"));
  const rowOf = rowsOf(connected, between);
  const rows: Step[][] = [];
  for (const step of connected) (rows[rowOf.get(step.Id) ?? 0] ??= []).push(step);
  const loose = steps.filter((step) => !connected.includes(step));
  if (loose.length > 0) rows.push(loose);
  const columnOf = new Map<string, number>();
  const placed = rows.flatMap((members, row) => {
    const wanted = (step: Step) => mean(between.filter((edge) => edge.HeadStepId === step.Id).map((edge) => columnOf.get(edge.TailStepId) ?? 0));
    const ordered = members.map((step) => ({ step, at: wanted(step) })).sort((left, right) => left.at - right.at);
    return ordered.map(({ step }, column) => {
      columnOf.set(step.Id, column);
      return { step, row, column };
    });
  });
  return { placed, rows: rows.length, columns: Math.max(0, ...placed.map(({ column }) => column + 1)) };
}

/** The length of the longest way to each step; a loop, which the server refuses to run, is cut where it is met again. */
function rowsOf(steps: readonly Step[], edges: readonly Edge[]): Map<string, number> {
  const rows = new Map(steps.map((step) => [step.Id, 0]));
  const missing = new Map(steps.map((step) => [step.Id, edges.filter((edge) => edge.HeadStepId === step.Id).length]));
  const waiting = new Set(steps.map((step) => step.Id));
  while (waiting.size > 0) {
    const [first] = waiting;
    const next = [...waiting].find((id) => missing.get(id) === 0) ?? first;
    if (next === undefined) break;
    waiting.delete(next);
    for (const edge of edges) {
      if (edge.TailStepId !== next || !waiting.has(edge.HeadStepId)) continue;
      rows.set(edge.HeadStepId, Math.max(rows.get(edge.HeadStepId) ?? 0, (rows.get(next) ?? 0) + 1));
      missing.set(edge.HeadStepId, (missing.get(edge.HeadStepId) ?? 1) - 1);
    }
  }
  return rows;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The step that an arrow key leads to. */
export function neighbour(layout: Layout, edges: readonly Edge[], from: string, key: string): string | undefined {
  const here = layout.placed.find(({ step }) => step.Id === from);
  if (here === undefined) return undefined;
  if (key === "ArrowDown") return edges.find((edge) => edge.TailStepId === from)?.HeadStepId ?? inRow(layout, here.row + 1, 0);
  if (key === "ArrowUp") return edges.find((edge) => edge.HeadStepId === from)?.TailStepId ?? inRow(layout, here.row - 1, 0);
  if (key === "ArrowRight") return inRow(layout, here.row, here.column + 1);
  if (key === "ArrowLeft") return inRow(layout, here.row, here.column - 1);
  return undefined;
}

function inRow(layout: Layout, row: number, column: number): string | undefined {
  return layout.placed.find((place) => place.row === row && place.column === column)?.step.Id;
}
