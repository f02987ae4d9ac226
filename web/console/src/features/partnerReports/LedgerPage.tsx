import "@shared/messages/en/partnerReports";
import { Badge, Button, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconScale } from "@tabler/icons-react";
import type { LedgerAlarm, LedgerLine } from "@shared/api/types";
import { formatNumber, t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { Section } from "@shared/ui/Section";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { Filters } from "./Filters";
import { validateLedgerSearch, type LedgerSearch } from "./search";
import { rowsPerPage, useAcknowledge, useAlarms, useLedger } from "./useReports";

interface LedgerPageProps {
  search: LedgerSearch;
  onSearch: (search: LedgerSearch) => void;
}

/** **Ledger**: whether everything that was accepted is done, failed or waiting. */
export function LedgerPage({ search, onSearch }: LedgerPageProps) {
  const ledger = useLedger(search);

  const content = () => {
    if (ledger.isPending) return <PageSkeleton label={t("ledger.what")} rows={8} />;
    if (ledger.isLoadingError) return <PageError what={t("ledger.what")} error={ledger.error} onRetry={() => void ledger.refetch()} />;
    if (ledger.data.items.length === 0) {
      return search.account === undefined ? (
        <EmptyState icon={<IconScale size={36} stroke={1.4} />} title={t("ledger.none")} hint={t("ledger.noneHint")} />
      ) : (
        <NoMatch filters={t("partnerReports.theseFilters")} onClear={() => onSearch({})} />
      );
    }
    return (
      <>
        <DataTable
          caption={t("ledger.title")}
          rows={ledger.data.items}
          rowKey={(line) => line.CycleId ?? line.AccountId}
          columns={search.account === undefined ? [accountColumn, ...sums] : [cycleColumn, ...sums]}
        />
        <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={ledger.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("ledger.title")} lead={t("ledger.lead")} />
      <Filters account={search.account} onAccount={(account) => onSearch(validateLedgerSearch({ account }))} />
      <Alarms account={search.account} />
      {content()}
    </>
  );
}

const accountColumn: Column<LedgerLine> = {
  key: "account",
  header: t("partnerReports.accountName"),
  narrow: "title",
  cell: (line) => (
    <AnchorLink to="/reports/ledger" search={{ account: line.AccountId }}>
      {line.AccountName}
    </AnchorLink>
  ),
};

const cycleColumn: Column<LedgerLine> = {
  key: "cycle",
  header: t("partnerReports.cycle"),
  narrow: "title",
  cell: (line) =>
    line.CycleId == null ? (
      "–"
    ) : (
      <AnchorLink to="/accounts/$accountId/reports" params={{ accountId: line.AccountId }} search={{ cycle: line.CycleId }}>
        {line.CycleName}
      </AnchorLink>
    ),
};

const number = (key: string, header: string, of: (line: LedgerLine) => number): Column<LedgerLine> => ({
  key,
  header,
  align: "end",
  cell: (line) => formatNumber(of(line)),
});

const sums: Column<LedgerLine>[] = [
  number("accepted", t("ledger.accepted"), (line) => line.Accepted),
  number("done", t("ledger.done"), (line) => line.Done),
  number("failed", t("ledger.failed"), (line) => line.Failed),
  number("waiting", t("ledger.waiting"), (line) => line.Waiting),
  number("lost", t("ledger.lost"), (line) => line.Lost),
  {
    key: "balance",
    header: t("ledger.balance"),
    cell: (line) =>
      line.IsBalanced ? (
        <Badge variant="light" color="green" leftSection={<IconCheck size={13} aria-hidden="true" />}>
          {t("ledger.balanced")}
        </Badge>
      ) : (
        <Badge variant="light" color="red" leftSection={<IconAlertTriangle size={13} aria-hidden="true" />}>
          {t("ledger.unbalanced")}
        </Badge>
      ),
  },
];

function Alarms({ account }: { account: string | undefined }) {
  const alarms = useAlarms(account);
  const acknowledge = useAcknowledge();
  const { settings } = useRights();
  if (alarms.isPending) return <PageSkeleton label={t("ledger.alarmsWhat")} shape="text" rows={1} />;
  if (alarms.isLoadingError) return <PageError what={t("ledger.alarmsWhat")} error={alarms.error} onRetry={() => void alarms.refetch()} />;
  const take = (alarm: LedgerAlarm) =>
    acknowledge.mutate(alarm.Id, {
      onSuccess: () => toast(t("ledger.acknowledged")),
      onError: (error) => toastFailure(t("ledger.acknowledgeFailed"), error),
    });
  return (
    <Section title={t("ledger.alarms")}>
      {alarms.data.items.length === 0 ? (
        <Text c="dimmed">{t("ledger.noAlarms")}</Text>
      ) : (
        <DataTable
          caption={t("ledger.alarms")}
          rows={alarms.data.items}
          rowKey={(alarm) => alarm.Id}
          columns={settings ? [...alarmColumns, action(take)] : alarmColumns}
        />
      )}
    </Section>
  );
}

const alarmColumns: Column<LedgerAlarm>[] = [
  {
    key: "detail",
    header: t("ledger.detail"),
    narrow: "title",
    cell: (alarm) => (
      <div>
        {alarm.Detail}
        <Text size="sm" c="dimmed">
          {alarm.Kind}
          {alarm.TransactionId != null && ` · ${t("ledger.transaction", { id: alarm.TransactionId })}`}
        </Text>
      </div>
    ),
  },
  {
    key: "cycle",
    header: t("partnerReports.cycle"),
    cell: (alarm) => (
      <AnchorLink to="/accounts/$accountId/reports" params={{ accountId: alarm.AccountId }} search={{ cycle: alarm.CycleId }} size="sm">
        {`${alarm.AccountName} · ${alarm.CycleName}`}
      </AnchorLink>
    ),
  },
  { key: "found", header: t("ledger.found"), cell: (alarm) => <When value={alarm.FoundOnUtc} /> },
];

function action(onTake: (alarm: LedgerAlarm) => void): Column<LedgerAlarm> {
  return {
    key: "actions",
    header: t("actions"),
    headerHidden: true,
    align: "end",
    narrow: "plain",
    cell: (alarm) => (
      <Button size="compact-sm" variant="default" onClick={() => onTake(alarm)} aria-label={t("ledger.acknowledgeNamed", { detail: alarm.Detail })}>
        {t("ledger.acknowledge")}
      </Button>
    ),
  };
}
