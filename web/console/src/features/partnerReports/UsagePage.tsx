import "@mantine/charts/styles.css";
import "@shared/messages/en/partnerReports";
import { BarChart } from "@mantine/charts";
import { Button } from "@mantine/core";
import { IconChartBar, IconDownload } from "@tabler/icons-react";
import type { UsageRow } from "@shared/api/types";
import { csvOf, downloadCsv } from "@shared/csv/csv";
import { formatNumber, t } from "@shared/messages/t";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { byMonth, unfocused } from "./figures";
import { Filters } from "./Filters";
import { validateUsageSearch, type UsageSearch } from "./search";
import { useUsage } from "./useReports";

interface UsagePageProps {
  search: UsageSearch;
  onSearch: (search: UsageSearch) => void;
}

/** **Task Usage**: tasks of each account by month. */
export function UsagePage({ search, onSearch }: UsagePageProps) {
  const usage = useUsage(search);

  const content = () => {
    if (usage.isPending) return <PageSkeleton label={t("usage.what")} rows={8} />;
    if (usage.isLoadingError) return <PageError what={t("usage.what")} error={usage.error} onRetry={() => void usage.refetch()} />;
    if (usage.data.length === 0) {
      return search.account === undefined ? (
        <EmptyState icon={<IconChartBar size={36} stroke={1.4} />} title={t("usage.none")} hint={t("usage.noneHint")} />
      ) : (
        <NoMatch filters={t("partnerReports.theseFilters")} onClear={() => onSearch({})} />
      );
    }
    const months = byMonth(usage.data);
    const last = months.at(-1);
    return (
      <>
        <Section title={last === undefined ? t("usage.byMonth") : t("usage.chart", { count: last.tasks, month: last.month })}>
          {/* The same figures stand in the table below, which everybody can read. */}
          <div aria-hidden="true">
            <BarChart
            barChartProps={unfocused}
              h={260}
              data={months}
              dataKey="month"
              series={[{ name: "tasks", label: t("usage.tasks"), color: "blue.6" }]}
              valueFormatter={formatNumber}
              barProps={{ isAnimationActive: false }}
            />
          </div>
        </Section>
        <Section title={t("usage.byAccount")}>
          <DataTable caption={t("usage.byAccount")} columns={columns} rows={usage.data} rowKey={(row) => `${row.AccountId} ${row.Month}`} />
        </Section>
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("usage.title")} lead={t("usage.lead")} actions={<Download rows={usage.data ?? []} />} />
      <Filters account={search.account} onAccount={(account) => onSearch(validateUsageSearch({ account }))} />
      {content()}
    </>
  );
}

const columns: Column<UsageRow>[] = [
  { key: "month", header: t("usage.month"), cell: (row) => row.Month },
  {
    key: "account",
    header: t("partnerReports.accountName"),
    narrow: "title",
    cell: (row) => (
      <AnchorLink to="/reports/runs" search={{ account: row.AccountId, period: "year" }}>
        {row.AccountName}
      </AnchorLink>
    ),
  },
  { key: "tasks", header: t("usage.tasks"), align: "end", cell: (row) => formatNumber(row.Tasks) },
  { key: "incidents", header: t("usage.incidents"), align: "end", cell: (row) => formatNumber(row.Incidents ?? 0) },
];

function Download({ rows }: { rows: readonly UsageRow[] }) {
  const run = () =>
    downloadCsv(
      csvOf<UsageRow>(
        [
          ["Month", (row) => row.Month],
          ["AccountId", (row) => row.AccountId],
          ["AccountName", (row) => row.AccountName],
          ["Tasks", (row) => row.Tasks],
          ["Incidents", (row) => row.Incidents],
        ],
        rows,
      ),
      "task-usage.csv",
    );
  return (
    <Button variant="default" leftSection={<IconDownload size={18} />} onClick={run} disabled={rows.length === 0}>
      {t("partnerReports.download")}
    </Button>
  );
}
