import type { Cycle, CycleActivate, Interval } from "@shared/api/types";

/** Minutes that may lie between two runs. */
export const intervals = [1, 5, 15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 10080] as const satisfies readonly Interval[];

/** What a person chose to start a cycle with. */
export interface StartChoice {
  /** Minutes as text; empty while none is chosen. */
  interval: string;
  runOnce: boolean;
  /** `2026-03-01T09:30` in this browser's zone; empty for now. */
  start: string;
}

/** Why a choice can't be sent, by field. */
export interface StartProblems {
  interval?: "required";
  start?: "invalid";
}

/** Finds what is wrong with a choice; a cycle that starts on requests needs no interval. */
export function startProblems(choice: StartChoice, isWebhook: boolean): StartProblems {
  return {
    ...(isWebhook || choice.runOnce || choice.interval !== "" ? {} : { interval: "required" as const }),
    ...(choice.start !== "" && Number.isNaN(Date.parse(choice.start)) ? { start: "invalid" as const } : {}),
  };
}

/** The choice as the API takes it. */
export function activation(choice: StartChoice, isWebhook: boolean): CycleActivate {
  const interval = isWebhook || choice.runOnce ? 0 : intervals.find((minutes) => String(minutes) === choice.interval);
  return {
    RunOnce: choice.runOnce,
    ...(interval === undefined ? {} : { Interval: interval }),
    ...(choice.start === "" ? {} : { StartTime: new Date(choice.start).toISOString() }),
  };
}

/** When the last successful run was; nothing when there was none. */
export function lastRun(cycle: Pick<Cycle, "LastSuccessfulRunDate">): string | undefined {
  const at = cycle.LastSuccessfulRunDate;
  // The wire's word for never is the year 1.
  return at === undefined || at.startsWith("0001-") ? undefined : at;
}

/** An instant as a date field shows it: minutes in this browser's zone. */
export function localMinutes(iso: string): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}
