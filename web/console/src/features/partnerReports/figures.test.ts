import { expect, test } from "vitest";
import "@shared/messages/en/partnerReports";
import { byMonth, duration, latest, totals } from "./figures";

test("months are summed over accounts, the oldest first", () => {
  const row = (Month: string, Tasks: number) => ({ AccountId: "a", AccountName: "A", Month, Tasks, Incidents: 1 });

  expect(byMonth([row("2026-03", 2), row("2026-02", 1), row("2026-03", 3)])).toEqual([
    { month: "2026-02", tasks: 1, incidents: 1 },
    { month: "2026-03", tasks: 5, incidents: 2 },
  ]);
});

test("totals and the latest point leave empty points out", () => {
  const none = { P50: null, P95: null, P99: null };
  const point = (Runs: number, Errored: number) => ({ StartsOnUtc: `2026-03-0${Runs}T00:00:00Z`, Runs, Errored, Latency: none, QueueWait: none });
  const points = [point(3, 1), point(2, 2), point(0, 0)];

  expect(totals(points)).toEqual({ runs: 5, errored: 3 });
  expect(latest(points)?.Runs).toBe(2);
});

test("durations are written as people say them", () => {
  expect([duration(null), duration(0), duration(999), duration(1_500)]).toEqual(["–", "0 ms", "999 ms", "1.5 s"]);
});
