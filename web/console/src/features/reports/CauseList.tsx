import "@shared/messages/en/reports";
import { Button, Group, Text } from "@mantine/core";
import { IconRefresh, IconShieldCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { IncidentCause } from "@shared/api/types";
import { BulkDialog } from "@shared/bulk/BulkDialog";
import { formatNumber, t } from "@shared/messages/t";
import { useIncidentCauses } from "@shared/queries/incidents";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { ButtonLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { When } from "@shared/ui/When";
import { WhatFailed, WhereFailed } from "./IncidentCells";
import { between, type IncidentsSearch } from "./search";
import { retryTransaction, rowsPerPage, useRefreshReports, useRetryable } from "./useReports";

export interface CauseListProps {
  accountId: string;
  search: IncidentsSearch;
  onSearch: (search: IncidentsSearch) => void;
  zone: string | undefined;
  isFiltered: boolean;
}

/** Incidents by what caused them: a cycle, a step and a message. */
export function CauseList({ accountId, search, onSearch, zone, isFiltered }: CauseListProps) {
  const { buildCycles } = useRights();
  const [retrying, setRetrying] = useState<IncidentCause>();
  const causes = useIncidentCauses(
    accountId,
    { ...between(search), cycleId: search.cycle, level: search.level, page: search.page ?? 1, pageSize: rowsPerPage },
    true,
  );
  if (causes.isPending) return <PageSkeleton label={t("incidents.what")} rows={6} />;
  if (causes.isLoadingError) return <PageError what={t("incidents.what")} error={causes.error} onRetry={() => void causes.refetch()} />;
  if (causes.data.items.length === 0) {
    return isFiltered ? (
      <NoMatch filters={t("reports.theseFilters")} onClear={() => onSearch({})} />
    ) : (
      <EmptyState icon={<IconShieldCheck size={36} stroke={1.4} />} title={t("incidents.none")} hint={t("incidents.noneHint")} />
    );
  }
  return (
    <>
      <Text size="sm" c="dimmed" role="status" mb="xs">
        {t("incidents.causes", { count: causes.data.totalRecords })}
      </Text>
      <DataTable
        caption={t("incidents.title")}
        rows={causes.data.items}
        rowKey={keyOf}
        columns={columnsFor({ accountId, search, zone, onRetry: buildCycles ? setRetrying : undefined })}
      />
      <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={causes.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      <RetryDialog accountId={accountId} cause={retrying} onClose={() => setRetrying(undefined)} />
    </>
  );
}

function keyOf(cause: IncidentCause): string {
  return [cause.CycleId, cause.StepId ?? "", cause.IncidentLevel, cause.ShortMessage].join("/");
}

interface ColumnsAbout {
  accountId: string;
  search: IncidentsSearch;
  zone: string | undefined;
  onRetry: ((cause: IncidentCause) => void) | undefined;
}

function columnsFor({ accountId, search, zone, onRetry }: ColumnsAbout): Column<IncidentCause>[] {
  return [
    {
      key: "message",
      header: t("incidents.message"),
      narrow: "title",
      cell: (cause) => <WhatFailed accountId={accountId} told={cause} />,
    },
    {
      key: "cycle",
      header: t("reports.cycle"),
      cell: (cause) => <WhereFailed accountId={accountId} told={cause} />,
    },
    { key: "count", header: t("incidents.times"), align: "end", cell: (cause) => formatNumber(cause.Count) },
    { key: "first", header: t("incidents.first"), cell: (cause) => <When value={cause.FirstOnUtc} zone={zone} /> },
    { key: "last", header: t("incidents.last"), cell: (cause) => <When value={cause.LastOnUtc} zone={zone} /> },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (cause) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {onRetry !== undefined && cause.IncidentLevel === "Error" && (
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconRefresh size={14} />}
              onClick={() => onRetry(cause)}
              aria-label={t("incidents.retryNamed", { message: cause.ShortMessage })}
            >
              {t("incidents.retry")}
            </Button>
          )}
          <ButtonLink
            to="/accounts/$accountId/reports/incidents"
            params={{ accountId }}
            search={ofCause(search, cause)}
            size="compact-sm"
            variant="default"
            aria-label={t("incidents.showNamed", { message: cause.ShortMessage })}
          >
            {t("incidents.show")}
          </ButtonLink>
        </Group>
      ),
    },
  ];
}

/** The list of one cause's incidents, of the same days. */
function ofCause({ from, to }: IncidentsSearch, cause: IncidentCause): IncidentsSearch {
  return {
    view: "list",
    cycle: cause.CycleId,
    level: cause.IncidentLevel,
    message: cause.ShortMessage,
    ...(cause.StepId == null ? {} : { step: cause.StepId }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

/** Retries what a cause has stopped, once its remedy is applied. */
function RetryDialog({ accountId, cause, onClose }: { accountId: string; cause: IncidentCause | undefined; onClose: () => void }) {
  const retryable = useRetryable(accountId, cause);
  const refresh = useRefreshReports(accountId);
  const transactions = retryable.data ?? [];
  const none = cause !== undefined && retryable.isSuccess && transactions.length === 0;
  return (
    <BulkDialog
      harmless
      opened={cause !== undefined && (retryable.isSuccess || retryable.isError)}
      onClose={onClose}
      title={none ? t("incidents.retryNone") : t("transactions.retryTitle", { count: transactions.length })}
      text={retryable.isError ? retryable.error.message : none ? t("incidents.retryNoneText") : t("transactions.retryText")}
      action={t("transactions.retryAction")}
      items={transactions.map((transaction) => ({
        key: transaction.Id,
        name: t("transactions.named", { id: transaction.Id.slice(0, 8) }),
        run: () => retryTransaction(accountId, transaction),
      }))}
      onEnded={refresh}
    />
  );
}
