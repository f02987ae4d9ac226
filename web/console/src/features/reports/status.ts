import "@shared/messages/en/reports";
import type { TransactionStatus } from "@shared/api/types";

const over: ReadonlySet<TransactionStatus> = new Set(["Completed", "Errored", "Stopped", "Cancelled"]);

/** Whether nothing more happens by itself. */
export function isOver(status: TransactionStatus): boolean {
  return over.has(status);
}

/** How long something took, in words as short as can be; nothing while it is not over. */
export function took(from: string | null | undefined, to: string | null | undefined): string | undefined {
  if (from == null || to == null) return undefined;
  return lasting(Date.parse(to) - Date.parse(from));
}

/** A time span in words as short as can be; nothing for what is none. */
export function lasting(milliseconds: number): string | undefined {
  if (!Number.isFinite(milliseconds) || milliseconds < 0) return undefined;
  if (milliseconds < 1000) return unit(milliseconds, "millisecond");
  const seconds = milliseconds / 1000;
  if (seconds < 60) return unit(Math.round(seconds * 10) / 10, "second");
  if (seconds < 3600) return `${unit(Math.floor(seconds / 60), "minute")} ${unit(Math.round(seconds % 60), "second")}`;
  return `${unit(Math.floor(seconds / 3600), "hour")} ${unit(Math.floor((seconds % 3600) / 60), "minute")}`;
}

function unit(value: number, name: string): string {
  return new Intl.NumberFormat(undefined, { style: "unit", unit: name, unitDisplay: "narrow" }).format(value);
}

/** Where a remedy is applied. */
export type RemedyPlace = "connector" | "step" | "test" | "cycle" | "settings";

const places: Partial<Record<string, RemedyPlace>> = {
  "remedy.authenticate": "connector",
  "remedy.required": "step",
  "remedy.build": "step",
  "remedy.call": "test",
  "remedy.format": "test",
  "remedy.missing": "step",
  "remedy.split": "step",
  "remedy.date": "step",
  "remedy.key": "step",
  "remedy.skipped": "cycle",
  "remedy.retention": "settings",
  "remedy.retries": "test",
};

/** Where what helps against an incident is done; nothing where nothing is to be done. */
export function remedyPlace(message: string): RemedyPlace | undefined {
  return places[remedyFor(message) ?? ""];
}

/** Plain remedies, by the documented messages of incidents. */
const remedies = {
  "Failed to authenticate the connector": "remedy.authenticate",
  "Required source is empty": "remedy.required",
  "Failed to build the request": "remedy.build",
  "Failed to call the method": "remedy.call",
  "Response data not in expected format": "remedy.format",
  "Response data fields missing": "remedy.missing",
  "Step data cannot be split": "remedy.split",
  "Out of retries": "remedy.retries",
  "Trigger Skipped": "remedy.skipped",
  "Transaction Stopped": "remedy.stopped",
  "Webhook failed": "remedy.webhook",
  "Failed to find the webhook source key": "remedy.key",
  "Wait Until is over retention period": "remedy.retention",
  "Field is not a valid DateTime": "remedy.date",
  "WaitUntil step is missing wait criteria": "remedy.date",
} as const;

/** What helps against an incident; nothing where its own words say all there is. */
export function remedyFor(message: string): (typeof remedies)[keyof typeof remedies] | undefined {
  return Object.hasOwn(remedies, message) ? remedies[message as keyof typeof remedies] : undefined;
}
