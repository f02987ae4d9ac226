import "@shared/messages/en/reports";
import { Alert, Button, Group, Text, Timeline } from "@mantine/core";
import { IconAlertTriangle, IconBan, IconChevronRight, IconRefresh } from "@tabler/icons-react";
import { useState } from "react";
import type { Transaction, TransactionItem } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useCycle } from "@shared/queries/cycles";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyIcon } from "@shared/ui/CopyField";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import type { TransactionSearch } from "./search";
import { isOver, remedyFor, took } from "./status";
import classes from "./Transaction.module.css";
import { TransactionStatusBadge } from "./TransactionStatusBadge";
import { itemsPerPage, useItems, useTransaction, useTransactionChanges } from "./useReports";

interface TransactionPageProps {
  accountId: string;
  cycleId: string;
  transactionId: string;
  search: TransactionSearch;
  onSearch: (search: TransactionSearch) => void;
}

/** One transaction: what each step asked and was answered, in order. */
export function TransactionPage({ accountId, cycleId, transactionId, search, onSearch }: TransactionPageProps) {
  const account = useAccount(accountId).data;
  const cycle = useCycle(accountId, cycleId).data;
  const transaction = useTransaction(accountId, cycleId, transactionId).data ?? undefined;
  const title = t("transactions.named", { id: transactionId.slice(0, 8) });
  const [cancelling, setCancelling] = useState(false);
  return (
    <>
      <PageHeader
        title={title}
        trail={
          <Group gap={4} component="nav" aria-label={t("transaction.trail")}>
            <AnchorLink to="/accounts/$accountId/cycles" params={{ accountId }} size="sm">
              {account?.Name ?? accountId}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId }} size="sm">
              {cycle?.Name ?? transaction?.CycleName ?? cycleId}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <AnchorLink to="/accounts/$accountId/reports" params={{ accountId }} search={{ cycle: cycleId }} size="sm">
              {t("transactions.title")}
            </AnchorLink>
          </Group>
        }
        aside={transaction !== undefined && <TransactionStatusBadge status={transaction.Status} waitReason={transaction.WaitReason} />}
        lead={<Lead transaction={transaction} transactionId={transactionId} accountId={accountId} zone={account?.Timezone} />}
        actions={transaction !== undefined && <Actions accountId={accountId} transaction={transaction} onCancel={() => setCancelling(true)} />}
      />
      <Items
        accountId={accountId}
        cycleId={cycleId}
        transactionId={transactionId}
        search={search}
        onSearch={onSearch}
        live={transaction !== undefined && !isOver(transaction.Status)}
        zone={account?.Timezone}
      />
      {transaction !== undefined && (
        <CancelDialog accountId={accountId} transaction={transaction} opened={cancelling} onClose={() => setCancelling(false)} />
      )}
    </>
  );
}

interface LeadProps {
  transaction: Transaction | undefined;
  transactionId: string;
  accountId: string;
  zone: string | undefined;
}

function Lead({ transaction, transactionId, accountId, zone }: LeadProps) {
  const duration = took(transaction?.StartedOnUtc, transaction?.CompletedOnUtc);
  const parent = transaction?.ParentTransactionId;
  return (
    <Group gap={8} component="span" display="inline-flex">
      {transaction !== undefined && (
        <span>
          {t("transaction.started")} <When value={transaction.StartedOnUtc ?? transaction.CreatedOnUtc} zone={zone} />
        </span>
      )}
      {duration !== undefined && <span>{t("transaction.took", { duration })}</span>}
      {transaction?.DueOnUtc != null && (
        <span>
          {t("transaction.due")} <When value={transaction.DueOnUtc} zone={zone} />
        </span>
      )}
      {parent != null && transaction !== undefined && (
        <AnchorLink
          to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId"
          params={{ accountId, cycleId: transaction.CycleId, transactionId: parent }}
          size="sm"
        >
          {t("transaction.parent")}
        </AnchorLink>
      )}
      <CopyIcon value={transactionId} what={t("transaction.id")} />
    </Group>
  );
}

function Actions({ accountId, transaction, onCancel }: { accountId: string; transaction: Transaction; onCancel: () => void }) {
  const { buildCycles } = useRights();
  const { retry } = useTransactionChanges(accountId, transaction.CycleId, transaction.Id);
  if (!buildCycles) return null;
  const over = isOver(transaction.Status);
  return (
    <>
      {!over && (
        <Button variant="default" leftSection={<IconBan size={16} />} onClick={onCancel}>
          {t("transaction.cancel")}
        </Button>
      )}
      {transaction.Status === "Errored" && (
        <Button
          leftSection={<IconRefresh size={16} />}
          loading={retry.isPending}
          onClick={() =>
            retry.mutate(undefined, {
              onSuccess: () => toast(t("transaction.retried")),
              onError: (error) => toastFailure(t("transaction.retryFailed"), error),
            })
          }
        >
          {t("transaction.retry")}
        </Button>
      )}
    </>
  );
}

interface CancelDialogProps {
  accountId: string;
  transaction: Transaction;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a transaction ends early. */
function CancelDialog({ accountId, transaction, opened, onClose }: CancelDialogProps) {
  const { cancel } = useTransactionChanges(accountId, transaction.CycleId, transaction.Id);
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t("transaction.cancelTitle", { id: transaction.Id.slice(0, 8) })}
      text={t("transaction.cancelText")}
      action={t("transaction.cancel")}
      busy={cancel.isPending}
      error={cancel.error}
      onConfirm={() =>
        cancel.mutate(undefined, {
          onSuccess: () => {
            toast(t("transaction.cancelled"));
            onClose();
          },
        })
      }
    />
  );
}

interface ItemsProps extends TransactionPageProps {
  live: boolean;
  zone: string | undefined;
}

function Items({ accountId, cycleId, transactionId, search, onSearch, live, zone }: ItemsProps) {
  const items = useItems(accountId, cycleId, transactionId, search, live);
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch(q === "" ? {} : { q }));
  const content = () => {
    if (items.isPending) return <PageSkeleton label={t("transaction.what")} rows={5} />;
    if (items.isLoadingError) return <PageError what={t("transaction.what")} error={items.error} onRetry={() => void items.refetch()} />;
    if (items.data.items.length === 0) {
      return search.q === undefined ? (
        <EmptyState title={t(live ? "transaction.notBegun" : "transaction.none")} />
      ) : (
        <NoMatch filters={`“${search.q}”`} onClear={() => setQuery("")} />
      );
    }
    return (
      <>
        <Timeline bulletSize={18} lineWidth={2} active={items.data.items.length}>
          {items.data.items.map((item) => (
            <Timeline.Item
              key={item.Id}
              {...(item.IncidentLevel === "Error" ? { color: "red" } : item.IncidentLevel === "Warning" ? { color: "orange" } : {})}
              title={
                <Group gap="xs">
                  {item.StepName}
                  <TransactionStatusBadge status={item.Status} />
                </Group>
              }
            >
              <Item accountId={accountId} cycleId={cycleId} item={item} zone={zone} />
            </Timeline.Item>
          ))}
        </Timeline>
        <Pager
          page={search.page ?? 1}
          pageSize={itemsPerPage}
          total={items.data.totalRecords}
          onPage={(page) => onSearch({ ...(search.q === undefined ? {} : { q: search.q }), page })}
        />
      </>
    );
  };
  return (
    <>
      <Group mb="lg">
        <SearchBox label={t("transaction.search")} value={query} onChange={setQuery} />
      </Group>
      {content()}
    </>
  );
}

function Item({ accountId, cycleId, item, zone }: { accountId: string; cycleId: string; item: TransactionItem; zone: string | undefined }) {
  const duration = took(item.StartedOnUtc, item.CompletedOnUtc);
  const remedy = item.Message == null ? undefined : remedyFor(item.Message);
  return (
    <>
      <Group gap={8}>
        <Text size="sm" c="dimmed" component="div">
          <When value={item.StartedOnUtc} zone={zone} />
          {duration !== undefined && <> · {duration}</>}
          {(item.Attempt ?? 1) > 1 && <> · {t("transaction.attempt", { attempt: String(item.Attempt) })}</>}
        </Text>
        <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId }} search={{ step: item.StepId }} size="sm">
          {t("transaction.openStep")}
        </AnchorLink>
      </Group>
      {item.Message != null && (
        <Alert mt="xs" variant="light" color={item.IncidentLevel === "Warning" ? "orange" : "red"} icon={<IconAlertTriangle />} title={item.Message}>
          {remedy === undefined ? null : t(remedy)}
        </Alert>
      )}
      <Exchange label={t("transaction.request")} text={item.Request} absent={t("transaction.noRequest")} />
      <Exchange label={t("transaction.response")} text={item.Response} absent={t("transaction.noResponse")} />
    </>
  );
}

function Exchange({ label, text, absent }: { label: string; text: string | null | undefined; absent: string }) {
  if (text == null) {
    return (
      <Text size="sm" c="dimmed" mt={4}>
        {label}: {absent}
      </Text>
    );
  }
  return (
    <details className={classes.fold}>
      <summary>{label}</summary>
      {/* Long texts scroll, which takes the focus of a keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={classes.text} tabIndex={0} aria-label={label} role="region">
        {text}
      </pre>
    </details>
  );
}
