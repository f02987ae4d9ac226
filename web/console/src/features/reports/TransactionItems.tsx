import "@shared/messages/en/reports";
import { Alert, Button, Group, Text, Timeline } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useState } from "react";
import type { TransactionItem } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { CopyIcon } from "@shared/ui/CopyField";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { When } from "@shared/ui/When";
import { laidOut } from "./exchange";
import { mappedValues } from "./mappingWords";
import { RemedyLink } from "./RemedyLink";
import type { TransactionSearch } from "./search";
import { lasting, remedyFor, took } from "./status";
import { spansOf, type Span } from "./timing";
import classes from "./Transaction.module.css";
import { TransactionStatusBadge } from "./TransactionStatusBadge";
import { itemsPerPage, useItems, useStepMapping } from "./useReports";

interface TransactionItemsProps {
  accountId: string;
  cycleId: string;
  transactionId: string;
  search: TransactionSearch;
  onSearch: (search: TransactionSearch) => void;
  live: boolean;
  zone: string | undefined;
  /** Runs it again from the step of an item; nothing where that can't be done now. */
  onRetryFrom: ((item: TransactionItem) => void) | undefined;
}

/** What each step of a transaction did, in order. */
export function TransactionItems({ accountId, cycleId, transactionId, search, onSearch, live, zone, onRetryFrom }: TransactionItemsProps) {
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
    const spans = spansOf(items.data.items, items.dataUpdatedAt);
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
              <Item
                accountId={accountId}
                cycleId={cycleId}
                transactionId={transactionId}
                item={item}
                span={spans.get(item.Id)}
                zone={zone}
                onRetryFrom={repeatable(item) ? onRetryFrom : undefined}
              />
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

/** What a request brought can't be asked for again. */
function repeatable(item: TransactionItem): boolean {
  return item.ActionType !== "Webhook";
}

interface ItemProps {
  accountId: string;
  cycleId: string;
  transactionId: string;
  item: TransactionItem;
  span: Span | undefined;
  zone: string | undefined;
  onRetryFrom: ((item: TransactionItem) => void) | undefined;
}

function Item({ accountId, cycleId, transactionId, item, span, zone, onRetryFrom }: ItemProps) {
  const duration = took(item.StartedOnUtc, item.CompletedOnUtc);
  const waited = span === undefined || span.waited === 0 ? undefined : lasting(span.waited);
  const remedy = item.Message == null ? undefined : remedyFor(item.Message);
  return (
    <>
      <Group gap={8}>
        <Text size="sm" c="dimmed" component="div">
          <When value={item.StartedOnUtc} zone={zone} />
          {duration !== undefined && <> · {duration}</>}
          {waited !== undefined && <> · {t("transaction.waited", { duration: waited })}</>}
          {(item.Attempt ?? 1) > 1 && <> · {t("transaction.attempt", { attempt: String(item.Attempt) })}</>}
        </Text>
        <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId }} search={{ step: item.StepId }} size="sm">
          {t("transaction.openStep")}
        </AnchorLink>
        {onRetryFrom !== undefined && (
          <Button variant="subtle" size="compact-sm" aria-label={t("transaction.retryFromNamed", { step: item.StepName })} onClick={() => onRetryFrom(item)}>
            {t("transaction.retryFrom")}
          </Button>
        )}
      </Group>
      {/* The duration beside it says the same in words. */}
      {span !== undefined && (
        <div className={classes.track} aria-hidden="true">
          <div className={classes.bar} data-level={item.IncidentLevel ?? undefined} style={{ insetInlineStart: `${span.start}%`, width: `${span.width}%` }} />
        </div>
      )}
      {item.Message != null && (
        <Alert mt="xs" variant="light" color={item.IncidentLevel === "Warning" ? "orange" : "red"} icon={<IconAlertTriangle />} title={item.Message}>
          <Group gap={8}>
            {remedy !== undefined && <Text size="sm">{t(remedy)}</Text>}
            <RemedyLink accountId={accountId} cycleId={cycleId} stepId={item.StepId} message={item.Message} />
          </Group>
        </Alert>
      )}
      <Exchange label={t("transaction.request")} step={item.StepName} text={item.Request} absent={t("transaction.noRequest")} />
      <Exchange label={t("transaction.response")} step={item.StepName} text={item.Response} absent={t("transaction.noResponse")} />
      {item.ActionType !== "Annotation" && <Mapping accountId={accountId} cycleId={cycleId} transactionId={transactionId} stepId={item.StepId} />}
    </>
  );
}

interface ExchangeProps {
  label: string;
  step: string;
  text: string | null | undefined;
  absent: string;
}

function Exchange({ label, step, text, absent }: ExchangeProps) {
  if (text == null) {
    return (
      <Text size="sm" c="dimmed" mt={4}>
        {label}: {absent}
      </Text>
    );
  }
  const what = t("transaction.copy", { what: label, step });
  return (
    <details className={classes.fold}>
      <summary>{label}</summary>
      <div className={classes.exchange}>
        {/* Long texts scroll, which takes the focus of a keyboard. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
        <pre className={classes.text} tabIndex={0} aria-label={what} role="region">
          {laidOut(text)}
        </pre>
        <span className={classes.copy}>
          <CopyIcon value={text} what={what} />
        </span>
      </div>
    </details>
  );
}

interface MappingProps {
  accountId: string;
  cycleId: string;
  transactionId: string;
  stepId: string;
}

/** Where a step's values came from; asked for when it is unfolded. */
function Mapping(of: MappingProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className={classes.fold} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("transaction.mapping")}</summary>
      {open && <MappedValues {...of} />}
    </details>
  );
}

function MappedValues({ accountId, cycleId, transactionId, stepId }: MappingProps) {
  const mapping = useStepMapping(accountId, cycleId, transactionId, stepId);
  if (mapping.isPending) return <PageSkeleton label={t("transaction.mappingWhat")} rows={2} />;
  if (mapping.isLoadingError) {
    return <ErrorNotice error={mapping.error} title={t("page.failed", { what: t("transaction.mappingWhat") })} onRetry={() => void mapping.refetch()} />;
  }
  const { Parameters, Fields, EarlierFields } = mapping.data;
  const values = mappedValues(Parameters, Fields, EarlierFields);
  if (values.length === 0) return <Text size="sm">{t("transaction.mappingNone")}</Text>;
  return (
    <>
      <Text size="sm" c="dimmed">
        {t("transaction.mappingHint")}
      </Text>
      <dl className={classes.mapping}>
        {values.map(({ key, name, from }) => (
          <div key={key}>
            <dt>{name}</dt>
            <dd>{from}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
