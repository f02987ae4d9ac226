import "@shared/messages/en/partnerReports";
import { Badge, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconExclamationCircle, IconShieldCheck } from "@tabler/icons-react";
import type { IncidentReportLine } from "@shared/api/types";
import { formatNumber, t } from "@shared/messages/t";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { When } from "@shared/ui/When";
import { Filters } from "./Filters";
import { validateCausesSearch, type CausesSearch } from "./search";
import { rowsPerPage, useCauses } from "./useReports";

interface CausesPageProps {
  search: CausesSearch;
  onSearch: (search: CausesSearch) => void;
}

/** **Incidents**: what goes wrong over all accounts, grouped by its cause. */
export function CausesPage({ search, onSearch }: CausesPageProps) {
  const causes = useCauses(search);
  const change = (part: Record<string, string>) => onSearch(validateCausesSearch({ ...search, ...part, page: 1 }));

  const content = () => {
    if (causes.isPending) return <PageSkeleton label={t("causes.what")} rows={8} />;
    if (causes.isLoadingError) return <PageError what={t("causes.what")} error={causes.error} onRetry={() => void causes.refetch()} />;
    if (causes.data.items.length === 0) {
      return <EmptyState icon={<IconShieldCheck size={36} stroke={1.4} />} title={t("causes.none")} hint={t("causes.noneHint")} />;
    }
    return (
      <>
        <DataTable
          caption={t("causes.title")}
          columns={columns}
          rows={causes.data.items}
          rowKey={(line) => [line.CycleId, line.StepId, line.IncidentLevel, line.ShortMessage].join(" ")}
        />
        <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={causes.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("causes.title")} lead={t("causes.lead")} />
      <Filters
        account={search.account}
        onAccount={(account) => change({ account })}
        period={{ value: search.period, onChange: (period) => change({ period }) }}
      />
      {content()}
    </>
  );
}

const columns: Column<IncidentReportLine>[] = [
  {
    key: "message",
    header: t("causes.message"),
    narrow: "title",
    cell: (line) => (
      <Group gap="xs">
        <Badge
          variant="light"
          color={line.IncidentLevel === "Error" ? "red" : "orange"}
          leftSection={line.IncidentLevel === "Error" ? <IconExclamationCircle size={13} aria-hidden="true" /> : <IconAlertTriangle size={13} aria-hidden="true" />}
        >
          {line.IncidentLevel}
        </Badge>
        <Text component="span" fw={560}>
          {line.ShortMessage}
        </Text>
      </Group>
    ),
  },
  { key: "count", header: t("causes.count"), align: "end", cell: (line) => formatNumber(line.Count) },
  {
    key: "cycle",
    header: t("partnerReports.cycle"),
    cell: (line) => (
      <div>
        <AnchorLink
          to="/accounts/$accountId/reports/incidents"
          params={{ accountId: line.AccountId }}
          search={{ cycle: line.CycleId, level: line.IncidentLevel }}
          size="sm"
        >
          {line.StepName == null ? line.CycleName : `${line.CycleName} · ${line.StepName}`}
        </AnchorLink>
        <Text size="xs" c="dimmed">
          {line.AccountName}
        </Text>
      </div>
    ),
  },
  { key: "first", header: t("causes.first"), cell: (line) => <When value={line.FirstOnUtc} /> },
  { key: "last", header: t("causes.last"), cell: (line) => <When value={line.LastOnUtc} /> },
];
