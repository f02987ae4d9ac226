import type { TransactionItem } from "@shared/api/types";

/** Where a step stands in the time of what is shown, in percent of the whole. */
export interface Span {
  start: number;
  width: number;
  /** How long nothing was done before it, in milliseconds. */
  waited: number;
}

/** Pauses shorter than this are not told, in milliseconds. */
const noticeable = 1_000;

/** Thinnest bar that can be seen, in percent. */
const thinnest = 0.8;

/** The spans of steps that follow each other, by item; `now` is where those that have not ended reach to. */
export function spansOf(items: readonly TransactionItem[], now: number): Map<string, Span> {
  const times = items.map((item) => ({ id: item.Id, from: Date.parse(item.StartedOnUtc), to: item.CompletedOnUtc == null ? now : Date.parse(item.CompletedOnUtc) }));
  const begin = Math.min(...times.map(({ from }) => from));
  const whole = Math.max(1, Math.max(...times.map(({ to }) => to)) - begin);
  const spans = new Map<string, Span>();
  let end = begin;
  for (const { id, from, to } of times) {
    const start = Math.min(100 - thinnest, ((from - begin) / whole) * 100);
    const width = Math.min(100 - start, Math.max(thinnest, ((to - from) / whole) * 100));
    spans.set(id, { start, width, waited: from - end >= noticeable ? from - end : 0 });
    end = Math.max(end, to);
  }
  return spans;
}
