import type { RetentionSettings, RetentionUnit } from "@shared/api/types";

/** Data is kept for 31 days at most. */
export const mostHours = 744;

export const retentionUnits = ["Hours", "Days", "Weeks"] as const satisfies readonly RetentionUnit[];

const hoursIn: Record<RetentionUnit, number> = { Hours: 1, Days: 24, Weeks: 168 };

/** How long data of one kind of transaction is kept, as the form holds it. */
export interface Period {
  enabled: boolean;
  /** Text while it is not a number. */
  value: number | string;
  unit: RetentionUnit;
}

export interface RetentionValues {
  success: Period;
  errored: Period;
}

/** What the form begins with. */
export function retentionValues(settings: RetentionSettings): RetentionValues {
  return {
    success: {
      enabled: settings.SuccessRetentionEnabled ?? false,
      value: settings.SuccessRetentionValue ?? 1,
      unit: settings.SuccessRetentionUnit ?? "Days",
    },
    errored: {
      enabled: settings.ErroredRetentionEnabled ?? false,
      value: settings.ErroredRetentionValue ?? 1,
      unit: settings.ErroredRetentionUnit ?? "Days",
    },
  };
}

/** What to send. A period that is off keeps the value it had. */
export function retentionToWire({ success, errored }: RetentionValues): RetentionSettings {
  return {
    SuccessRetentionEnabled: success.enabled,
    ...(success.enabled ? { SuccessRetentionValue: Number(success.value), SuccessRetentionUnit: success.unit } : {}),
    ErroredRetentionEnabled: errored.enabled,
    ...(errored.enabled ? { ErroredRetentionValue: Number(errored.value), ErroredRetentionUnit: errored.unit } : {}),
  };
}

/** Why a period can't be saved. */
export function periodProblem({ enabled, value, unit }: Period): "whole" | "tooLong" | null {
  if (!enabled) return null;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1) return "whole";
  return value * hoursIn[unit] > mostHours ? "tooLong" : null;
}

/** The most that a unit may count. */
export function mostOf(unit: RetentionUnit): number {
  return Math.floor(mostHours / hoursIn[unit]);
}
