import "@shared/messages/en/reports";
import { Button, Checkbox, CloseButton, Group, Switch, Text } from "@mantine/core";
import { IconArrowsSplit2, IconBan, IconRefresh, IconTimeline } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Transaction } from "@shared/api/types";
import { BulkDialog } from "@shared/bulk/BulkDialog";
import { formatNumber, t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { FilterChoice, ReportFilters } from "./ReportFilters";
import { ReportsNav } from "./ReportsNav";
import { splitFilters, statusFilters, troubleFilters, validateTransactionsSearch, type TransactionsSearch } from "./search";
import { isOver, took } from "./status";
import { TransactionStatusBadge } from "./TransactionStatusBadge";
import { cancelTransaction, retryTransaction, rowsPerPage, useRefreshReports, useTransactions } from "./useReports";

interface TransactionsPageProps {
  accountId: string;
  search: TransactionsSearch;
  onSearch: (search: TransactionsSearch) => void;
}

/** **Transactions** of an account: what its cycles did. */
export function TransactionsPage({ accountId, search, onSearch }: TransactionsPageProps) {
  const [live, setLive] = useState(true);
  const transactions = useTransactions(accountId, search, live);
  const account = useAccount(accountId).data;
  const { buildCycles } = useRights();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  usePageTitle(account === undefined ? t("transactions.title") : `${t("transactions.title")}, ${account.Name}`);
  const isFiltered = Object.keys(search).some((name) => name !== "page");
  const change = (part: Record<string, string>) => {
    setChosen(new Set());
    onSearch(validateTransactionsSearch({ ...search, ...part, page: 1 }));
  };

  const content = () => {
    if (transactions.isPending) return <PageSkeleton label={t("transactions.what")} rows={8} />;
    if (transactions.isLoadingError) return <PageError what={t("transactions.what")} error={transactions.error} onRetry={() => void transactions.refetch()} />;
    const rows = transactions.data.items;
    if (rows.length === 0) {
      return isFiltered ? (
        <NoMatch filters={t("reports.theseFilters")} onClear={() => onSearch({})} />
      ) : (
        <EmptyState icon={<IconTimeline size={36} stroke={1.4} />} title={t("transactions.none")} hint={t("transactions.noneHint")} />
      );
    }
    return (
      <>
        <Group justify="space-between" mb="xs" mih={36}>
          <Text size="sm" c="dimmed" role="status">
            {t("transactions.count", { count: transactions.data.totalRecords })}
          </Text>
          <Switch label={t("transactions.live")} checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
        </Group>
        {buildCycles && (
          <ChosenBar accountId={accountId} chosen={rows.filter((transaction) => chosen.has(transaction.Id))} onClear={() => setChosen(new Set())} />
        )}
        <Rows accountId={accountId} zone={account?.Timezone} rows={rows} chosen={buildCycles ? chosen : undefined} onChoose={setChosen} />
        <Pager
          page={search.page ?? 1}
          pageSize={rowsPerPage}
          total={transactions.data.totalRecords}
          onPage={(page) => {
            setChosen(new Set());
            onSearch({ ...search, page });
          }}
        />
      </>
    );
  };

  return (
    <>
      <ReportsNav accountId={accountId} shown="transactions" cycle={search.cycle} />
      <ReportFilters accountId={accountId} search={search} onChange={change} onClear={() => onSearch({})} isFiltered={isFiltered}>
        <FilterChoice
          label={t("status")}
          value={search.status ?? ""}
          onChange={(status) => change({ status })}
          choices={[{ value: "", label: t("reports.all") }, ...statusFilters.map((status) => ({ value: status, label: t(`transaction.status.${status}`) }))]}
        />
        <FilterChoice
          label={t("transactions.incidents")}
          value={search.incidents ?? ""}
          onChange={(incidents) => change({ incidents })}
          choices={[{ value: "", label: t("reports.all") }, ...troubleFilters.map((trouble) => ({ value: trouble, label: t(`transactions.incidents.${trouble}`) }))]}
        />
        <FilterChoice
          label={t("transactions.split")}
          value={search.split ?? ""}
          onChange={(split) => change({ split })}
          choices={[{ value: "", label: t("reports.all") }, ...splitFilters.map((split) => ({ value: split, label: t(`transactions.split.${split}`) }))]}
        />
      </ReportFilters>
      {search.parent !== undefined && (
        <Text size="sm" mb="sm">
          {t("transactions.ofParent", { id: search.parent.slice(0, 8) })}
        </Text>
      )}
      {content()}
    </>
  );
}

interface ChosenBarProps {
  accountId: string;
  chosen: readonly Transaction[];
  onClear: () => void;
}

/** What can be done with the chosen transactions: each action with how many it fits. */
function ChosenBar({ accountId, chosen, onClear }: ChosenBarProps) {
  const [doing, setDoing] = useState<"retry" | "cancel">();
  const refresh = useRefreshReports(accountId);
  const fitting = {
    retry: chosen.filter((transaction) => transaction.Status === "Errored"),
    cancel: chosen.filter((transaction) => !isOver(transaction.Status)),
  };
  const run = { retry: retryTransaction, cancel: cancelTransaction };
  const items = (what: "retry" | "cancel") =>
    fitting[what].map((transaction) => ({
      key: transaction.Id,
      name: t("transactions.named", { id: transaction.Id.slice(0, 8) }),
      run: () => run[what](accountId, transaction),
    }));
  const close = () => {
    setDoing(undefined);
    onClear();
  };
  return (
    <>
      {chosen.length > 0 && (
        <Group gap="sm" mb="sm" role="toolbar" aria-label={t("transactions.selected", { count: chosen.length })}>
          <Text size="sm" role="status">
            {t("transactions.selected", { count: chosen.length })}
          </Text>
          {fitting.retry.length > 0 && (
            <Button size="compact-sm" variant="light" leftSection={<IconRefresh size={14} />} onClick={() => setDoing("retry")}>
              {t("transactions.retrySome", { count: fitting.retry.length })}
            </Button>
          )}
          {fitting.cancel.length > 0 && (
            <Button size="compact-sm" variant="default" leftSection={<IconBan size={14} />} onClick={() => setDoing("cancel")}>
              {t("transactions.cancelSome", { count: fitting.cancel.length })}
            </Button>
          )}
          <CloseButton aria-label={t("transactions.clearSelection")} onClick={onClear} />
        </Group>
      )}
      <BulkDialog
        harmless
        opened={doing === "retry"}
        onClose={close}
        title={t("transactions.retryTitle", { count: fitting.retry.length })}
        text={t("transactions.retryText")}
        action={t("transactions.retryAction")}
        items={items("retry")}
        onEnded={refresh}
      />
      <BulkDialog
        opened={doing === "cancel"}
        onClose={close}
        title={t("transactions.cancelTitle", { count: fitting.cancel.length })}
        text={t("transactions.cancelText")}
        action={t("transactions.cancelAction")}
        items={items("cancel")}
        onEnded={refresh}
      />
    </>
  );
}

interface RowsProps {
  accountId: string;
  zone: string | undefined;
  rows: readonly Transaction[];
  /** Left out for who may not do anything with them. */
  chosen: ReadonlySet<string> | undefined;
  onChoose: (chosen: ReadonlySet<string>) => void;
}

function Rows({ accountId, zone, rows, chosen, onChoose }: RowsProps) {
  const columns = useMemo(
    () => [...(chosen === undefined ? [] : [choiceColumn(rows, chosen, onChoose)]), ...columnsFor(accountId, zone)],
    [accountId, zone, rows, chosen, onChoose],
  );
  return <DataTable caption={t("transactions.title")} rows={rows} rowKey={(transaction) => transaction.Id} columns={columns} />;
}

function choiceColumn(rows: readonly Transaction[], chosen: ReadonlySet<string>, onChoose: (chosen: ReadonlySet<string>) => void): Column<Transaction> {
  const count = rows.filter((row) => chosen.has(row.Id)).length;
  return {
    key: "choose",
    header: t("transactions.select"),
    headerCell: (
      <Checkbox
        aria-label={t("transactions.selectAll")}
        checked={count > 0 && count === rows.length}
        indeterminate={count > 0 && count < rows.length}
        onChange={(event) => onChoose(new Set(event.currentTarget.checked ? rows.map((row) => row.Id) : []))}
      />
    ),
    width: 44,
    narrow: "plain",
    cell: (transaction) => (
      <Checkbox
        aria-label={t("transactions.selectOne", { id: transaction.Id.slice(0, 8) })}
        checked={chosen.has(transaction.Id)}
        onChange={(event) => {
          const next = new Set(chosen);
          if (event.currentTarget.checked) next.add(transaction.Id);
          else next.delete(transaction.Id);
          onChoose(next);
        }}
      />
    ),
  };
}

function columnsFor(accountId: string, zone: string | undefined): Column<Transaction>[] {
  return [
    {
      key: "started",
      header: t("transactions.started"),
      narrow: "title",
      cell: (transaction) => (
        <Group gap={6} wrap="nowrap">
          <AnchorLink
            to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId"
            params={{ accountId, cycleId: transaction.CycleId, transactionId: transaction.Id }}
            fw={560}
            c="inherit"
            data-row-main
          >
            {t("transactions.named", { id: transaction.Id.slice(0, 8) })}
          </AnchorLink>
          {transaction.ParentTransactionId != null && <IconArrowsSplit2 size={16} role="img" aria-label={t("transactions.split.Split")} />}
        </Group>
      ),
    },
    { key: "when", header: t("transactions.when"), cell: (transaction) => <When value={transaction.StartedOnUtc ?? transaction.CreatedOnUtc} zone={zone} /> },
    {
      key: "cycle",
      header: t("reports.cycle"),
      cell: (transaction) => (
        <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId: transaction.CycleId }} size="sm">
          {transaction.CycleName}
        </AnchorLink>
      ),
    },
    {
      key: "status",
      header: t("status"),
      cell: (transaction) => <TransactionStatusBadge status={transaction.Status} waitReason={transaction.WaitReason} />,
    },
    { key: "duration", header: t("transactions.duration"), cell: (transaction) => took(transaction.StartedOnUtc, transaction.CompletedOnUtc) ?? "–" },
    { key: "steps", header: t("transactions.steps"), align: "end", cell: (transaction) => formatNumber(transaction.StepCount ?? 0) },
    { key: "tasks", header: t("transactions.tasks"), align: "end", cell: (transaction) => formatNumber(transaction.TasksUsed ?? 0) },
    {
      key: "errors",
      header: t("transactions.errors"),
      align: "end",
      cell: (transaction) =>
        [
          (transaction.ErrorCount ?? 0) > 0 ? t("transactions.errorCount", { count: transaction.ErrorCount ?? 0 }) : "",
          (transaction.WarningCount ?? 0) > 0 ? t("transactions.warningCount", { count: transaction.WarningCount ?? 0 }) : "",
        ]
          .filter(Boolean)
          .join(", ") || "–",
    },
  ];
}
