import "@shared/messages/en/partnerReports";
import type { RunReportPoint, UsageRow } from "@shared/api/types";
import { t } from "@shared/messages/t";

/** What a chart of months draws. */
export interface MonthFigures {
  month: string;
  tasks: number;
  incidents: number;
}

/** Sums of all accounts by month, the oldest first. */
export function byMonth(rows: readonly UsageRow[]): MonthFigures[] {
  const months = new Map<string, MonthFigures>();
  for (const row of rows) {
    const figures = months.get(row.Month) ?? { month: row.Month, tasks: 0, incidents: 0 };
    figures.tasks += row.Tasks;
    figures.incidents += row.Incidents ?? 0;
    months.set(row.Month, figures);
  }
  return [...months.values()].sort((a, b) => a.month.localeCompare(b.month));
}

/** Runs and errors of a whole period. */
export function totals(points: readonly RunReportPoint[]): { runs: number; errored: number } {
  return points.reduce((sum, point) => ({ runs: sum.runs + point.Runs, errored: sum.errored + point.Errored }), { runs: 0, errored: 0 });
}

/** The last point at which something ended. */
export function latest(points: readonly RunReportPoint[]): RunReportPoint | undefined {
  return points.findLast((point) => point.Runs > 0);
}

/** A duration as people say it; a dash for none. */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds == null) return "–";
  if (milliseconds < 1_000) return t("runs.milliseconds", { count: milliseconds });
  return t("runs.seconds", { count: Math.round(milliseconds / 100) / 10 });
}

/** A chart stands beside a table that says the same to screen readers and keyboards. */
export const unfocused = { accessibilityLayer: false };
