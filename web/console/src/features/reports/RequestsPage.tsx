import "@shared/messages/en/reports";
import { Button, Code, Group, Modal, Stack, Text } from "@mantine/core";
import { IconRepeat, IconWebhook } from "@tabler/icons-react";
import { useState } from "react";
import type { WebhookRequest } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { laidOut } from "./exchange";
import { ReplayDialog } from "./ReplayDialog";
import { ReportFilters } from "./ReportFilters";
import { ReportsNav } from "./ReportsNav";
import { validateRequestsSearch, type RequestsSearch } from "./search";
import classes from "./Transaction.module.css";
import { rowsPerPage, useRequests } from "./useReports";

interface RequestsPageProps {
  accountId: string;
  search: RequestsSearch;
  onSearch: (search: RequestsSearch) => void;
}

/** **Webhook Requests**: what was sent to a cycle's webhooks, and what came of it. */
export function RequestsPage({ accountId, search, onSearch }: RequestsPageProps) {
  const requests = useRequests(accountId, search);
  const account = useAccount(accountId).data;
  const { buildCycles } = useRights();
  const [shown, setShown] = useState<WebhookRequest>();
  const [replaying, setReplaying] = useState<WebhookRequest>();
  usePageTitle(account === undefined ? t("requests.title") : `${t("requests.title")}, ${account.Name}`);
  const isFiltered = search.from !== undefined || search.to !== undefined;
  const withoutDays = () => onSearch(search.cycle === undefined ? {} : { cycle: search.cycle });

  const content = () => {
    if (search.cycle === undefined) return <EmptyState icon={<IconWebhook size={36} stroke={1.4} />} title={t("requests.choose")} hint={t("requests.chooseHint")} />;
    if (requests.isPending) return <PageSkeleton label={t("requests.what")} rows={6} />;
    if (requests.isLoadingError) return <PageError what={t("requests.what")} error={requests.error} onRetry={() => void requests.refetch()} />;
    if (requests.data.items.length === 0) {
      return isFiltered ? (
        <NoMatch filters={t("reports.theseFilters")} onClear={withoutDays} />
      ) : (
        <EmptyState icon={<IconWebhook size={36} stroke={1.4} />} title={t("requests.none")} hint={t("requests.noneHint")} />
      );
    }
    return (
      <>
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("requests.count", { count: requests.data.totalRecords })}
        </Text>
        <DataTable
          caption={t("requests.title")}
          rows={requests.data.items}
          rowKey={(request) => request.Id}
          columns={columnsFor({ accountId, cycleId: search.cycle, zone: account?.Timezone, onShow: setShown, onReplay: buildCycles ? setReplaying : undefined })}
        />
        <Pager page={search.page ?? 1} pageSize={rowsPerPage} total={requests.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      </>
    );
  };

  return (
    <>
      <ReportsNav accountId={accountId} shown="requests" cycle={search.cycle} />
      <ReportFilters
        accountId={accountId}
        search={search}
        onChange={(part) => onSearch(validateRequestsSearch({ ...search, ...part, page: 1 }))}
        onClear={withoutDays}
        isFiltered={isFiltered}
      >
        {null}
      </ReportFilters>
      {content()}
      <BodyDialog request={shown} onClose={() => setShown(undefined)} />
      <ReplayDialog
        accountId={accountId}
        cycleId={search.cycle ?? ""}
        origin={replaying === undefined ? undefined : { requestId: replaying.Id }}
        title={t("requests.replayTitle", { id: replaying?.Id.slice(0, 8) ?? "" })}
        text={t("requests.replayText")}
        action={t("requests.replay")}
        onClose={() => setReplaying(undefined)}
      />
    </>
  );
}

/** Transactions linked in a row; a request to a webhook within cycles may have continued many. */
const linked = 3;

interface ColumnsAbout {
  accountId: string;
  cycleId: string;
  zone: string | undefined;
  onShow: (request: WebhookRequest) => void;
  onReplay: ((request: WebhookRequest) => void) | undefined;
}

function columnsFor({ accountId, cycleId, zone, onShow, onReplay }: ColumnsAbout): Column<WebhookRequest>[] {
  return [
    { key: "received", header: t("requests.received"), narrow: "title", cell: (request) => <When value={request.ReceivedOnUtc} zone={zone} /> },
    { key: "request", header: t("requests.request"), cell: (request) => [request.Method, request.ContentType].filter(Boolean).join(" · ") },
    { key: "size", header: t("requests.size"), align: "end", cell: (request) => sizeWords(request.SizeBytes) },
    { key: "answer", header: t("requests.answer"), align: "end", cell: (request) => <Code>{request.ResponseStatus}</Code> },
    {
      key: "transactions",
      header: t("requests.transactions"),
      cell: (request) =>
        request.TransactionIds.length === 0 ? (
          t("requests.noTransaction")
        ) : (
          <Group gap={8}>
            {request.TransactionIds.slice(0, linked).map((id) => (
              <AnchorLink
                key={id}
                to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId"
                params={{ accountId, cycleId, transactionId: id }}
                size="sm"
              >
                {t("transactions.named", { id: id.slice(0, 8) })}
              </AnchorLink>
            ))}
            {request.TransactionIds.length > linked && t("requests.more", { count: request.TransactionIds.length - linked })}
          </Group>
        ),
    },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (request) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          <Button size="compact-sm" variant="default" onClick={() => onShow(request)} aria-label={t("requests.showNamed", { id: request.Id.slice(0, 8) })}>
            {t("requests.show")}
          </Button>
          {onReplay !== undefined && request.Body != null && (
            <Button
              size="compact-sm"
              variant="light"
              leftSection={<IconRepeat size={14} />}
              onClick={() => onReplay(request)}
              aria-label={t("requests.replayNamed", { id: request.Id.slice(0, 8) })}
            >
              {t("requests.replay")}
            </Button>
          )}
        </Group>
      ),
    },
  ];
}

function sizeWords(bytes: number): string {
  const [value, unit] = bytes < 1000 ? [bytes, "byte"] : bytes < 1_000_000 ? [bytes / 1000, "kilobyte"] : [bytes / 1_000_000, "megabyte"];
  return new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "narrow", maximumFractionDigits: 1 }).format(value);
}

function BodyDialog({ request, onClose }: { request: WebhookRequest | undefined; onClose: () => void }) {
  return (
    <Modal
      opened={request !== undefined}
      onClose={onClose}
      title={t("requests.named", { id: request?.Id.slice(0, 8) ?? "" })}
      size="xl"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      {request !== undefined && (
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {[request.Method, request.ContentType, sizeWords(request.SizeBytes)].filter(Boolean).join(" · ")}
          </Text>
          {request.Body == null ? (
            <Text>{t("requests.erased")}</Text>
          ) : (
            // Long texts scroll, which takes the focus of a keyboard.
            // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
            <pre className={classes.text} tabIndex={0} role="region" aria-label={t("requests.body")}>
              {laidOut(request.Body)}
            </pre>
          )}
        </Stack>
      )}
    </Modal>
  );
}
