import "@shared/messages/en/reports";
import { Group, Text } from "@mantine/core";
import { IconArrowsSplit2, IconTimeline } from "@tabler/icons-react";
import type { Transaction } from "@shared/api/types";
import { formatNumber, t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { FilterChoice, ReportFilters } from "./ReportFilters";
import { ReportsNav } from "./ReportsNav";
import { splitFilters, statusFilters, validateTransactionsSearch, type TransactionsSearch } from "./search";
import { took } from "./status";
import { TransactionStatusBadge } from "./TransactionStatusBadge";
import { rowsPerPage, useTransactions } from "./useReports";

interface TransactionsPageProps {
  accountId: string;
  search: TransactionsSearch;
  onSearch: (search: TransactionsSearch) => void;
}

/** **Transactions** of an account: what its cycles did. */
export function TransactionsPage({ accountId, search, onSearch }: TransactionsPageProps) {
  const transactions = useTransactions(accountId, search);
  const account = useAccount(accountId).data;
  usePageTitle(account === undefined ? t("transactions.title") : `${t("transactions.title")}, ${account.Name}`);
  const isFiltered = Object.keys(search).some((name) => name !== "page");
  const change = (part: Record<string, string>) => onSearch(validateTransactionsSearch({ ...search, ...part, page: 1 }));

  const content = () => {
    if (transactions.isPending) return <PageSkeleton label={t("transactions.what")} rows={8} />;
    if (transactions.isLoadingError) return <PageError what={t("transactions.what")} error={transactions.error} onRetry={() => void transactions.refetch()} />;
    if (transactions.data.items.length === 0) {
      return isFiltered ? (
        <NoMatch filters={t("reports.theseFilters")} onClear={() => onSearch({})} />
      ) : (
        <EmptyState icon={<IconTimeline size={36} stroke={1.4} />} title={t("transactions.none")} hint={t("transactions.noneHint")} />
      );
    }
    return (
      <>
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("transactions.count", { count: transactions.data.totalRecords })}
        </Text>
        <DataTable
          caption={t("transactions.title")}
          rows={transactions.data.items}
          rowKey={(transaction) => transaction.Id}
          columns={columnsFor(accountId, account?.Timezone)}
        />
        <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={transactions.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
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
          label={t("transactions.split")}
          value={search.split ?? ""}
          onChange={(split) => change({ split })}
          choices={[{ value: "", label: t("reports.all") }, ...splitFilters.map((split) => ({ value: split, label: t(`transactions.split.${split}`) }))]}
        />
      </ReportFilters>
      {content()}
    </>
  );
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
