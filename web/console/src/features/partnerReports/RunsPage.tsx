import "@mantine/charts/styles.css";
import "@shared/messages/en/partnerReports";
import { BarChart, LineChart } from "@mantine/charts";
import { Button } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { RunReportPoint } from "@shared/api/types";
import { csvOf, downloadCsv } from "@shared/csv/csv";
import { formatNumber, t } from "@shared/messages/t";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { duration, latest, totals, unfocused } from "./figures";
import { Filters } from "./Filters";
import { intervalOf, validateRunsSearch, type RunsSearch } from "./search";
import { useRuns } from "./useReports";

interface RunsPageProps {
  search: RunsSearch;
  onSearch: (search: RunsSearch) => void;
}

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** **Runs**: how much runs, how often it fails and how long it takes. */
export function RunsPage({ search, onSearch }: RunsPageProps) {
  const runs = useRuns(search);
  const change = (part: Record<string, string>) => onSearch(validateRunsSearch({ ...search, ...part }));

  const content = () => {
    if (runs.isPending) return <PageSkeleton label={t("runs.what")} rows={8} />;
    if (runs.isLoadingError) return <PageError what={t("runs.what")} error={runs.error} onRetry={() => void runs.refetch()} />;
    return <Charts points={runs.data} byHour={intervalOf(search.period) === "Hour"} />;
  };

  return (
    <>
      <PageHeader title={t("runs.title")} lead={t("runs.lead")} actions={<Download points={runs.data ?? []} />} />
      <Filters
        account={search.account}
        onAccount={(account) => change({ account })}
        period={{ value: search.period, onChange: (period) => change({ period }) }}
      />
      {content()}
    </>
  );
}

function Charts({ points, byHour }: { points: readonly RunReportPoint[]; byHour: boolean }) {
  const { runs, errored } = totals(points);
  const last = latest(points);
  const when = new Intl.DateTimeFormat(undefined, byHour ? { hour: "2-digit", minute: "2-digit" } : { month: "short", day: "numeric", timeZone: "UTC" });
  const drawn = points.map((point) => ({
    when: when.format(new Date(point.StartsOnUtc)),
    well: point.Runs - point.Errored,
    errored: point.Errored,
    p50: point.Latency.P50 ?? null,
    p95: point.Latency.P95 ?? null,
    p99: point.Latency.P99 ?? null,
  }));
  return (
    <>
      <Section title={runs === 0 ? t("runs.none") : t("runs.found", { count: runs, errored, rate: percent.format(errored / runs) })}>
        {/* The same figures stand in the table below, which everybody can read. */}
        <div aria-hidden="true">
          <BarChart
            barChartProps={unfocused}
            h={260}
            data={drawn}
            dataKey="when"
            type="stacked"
            withLegend
            series={[
              { name: "well", label: t("runs.well"), color: "blue.6" },
              { name: "errored", label: t("runs.errored"), color: "red.6" },
            ]}
            valueFormatter={formatNumber}
            barProps={{ isAnimationActive: false }}
          />
        </div>
      </Section>
      <Section title={last === undefined ? t("runs.latencyNone") : t("runs.latency", { time: duration(last.Latency.P50) })}>
        <div aria-hidden="true">
          <LineChart
            lineChartProps={unfocused}
            h={260}
            data={drawn}
            dataKey="when"
            withLegend
            series={[
              { name: "p50", label: t("runs.p50"), color: "blue.6" },
              { name: "p95", label: t("runs.p95"), color: "orange.7", strokeDasharray: "6 4" },
              { name: "p99", label: t("runs.p99"), color: "red.7", strokeDasharray: "2 3" },
            ]}
            valueFormatter={duration}
            lineProps={{ isAnimationActive: false }}
          />
        </div>
      </Section>
      <Section title={t("runs.table")}>
        <DataTable caption={t("runs.table")} columns={columnsFor(when)} rows={[...points].reverse()} rowKey={(point) => point.StartsOnUtc} />
      </Section>
    </>
  );
}

function columnsFor(when: Intl.DateTimeFormat): Column<RunReportPoint>[] {
  return [
    { key: "starts", header: t("runs.starts"), narrow: "title", cell: (point) => when.format(new Date(point.StartsOnUtc)) },
    { key: "runs", header: t("runs.runs"), align: "end", cell: (point) => formatNumber(point.Runs) },
    { key: "errored", header: t("runs.errored"), align: "end", cell: (point) => formatNumber(point.Errored) },
    { key: "p50", header: t("runs.p50"), align: "end", cell: (point) => duration(point.Latency.P50) },
    { key: "p95", header: t("runs.p95"), align: "end", cell: (point) => duration(point.Latency.P95) },
    { key: "p99", header: t("runs.p99"), align: "end", cell: (point) => duration(point.Latency.P99) },
    { key: "wait", header: t("runs.wait"), align: "end", cell: (point) => duration(point.QueueWait.P95) },
  ];
}

function Download({ points }: { points: readonly RunReportPoint[] }) {
  const run = () =>
    downloadCsv(
      csvOf<RunReportPoint>(
        [
          ["StartsOnUtc", (point) => point.StartsOnUtc],
          ["Runs", (point) => point.Runs],
          ["Errored", (point) => point.Errored],
          ["LatencyP50", (point) => point.Latency.P50],
          ["LatencyP95", (point) => point.Latency.P95],
          ["LatencyP99", (point) => point.Latency.P99],
          ["QueueWaitP95", (point) => point.QueueWait.P95],
        ],
        points,
      ),
      "runs.csv",
    );
  return (
    <Button variant="default" leftSection={<IconDownload size={18} />} onClick={run} disabled={points.length === 0}>
      {t("partnerReports.download")}
    </Button>
  );
}
