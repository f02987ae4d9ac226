import "@shared/messages/en/audit";
import { Button, Group, Text, TextInput } from "@mantine/core";
import { IconDownload, IconHistory } from "@tabler/icons-react";
import type { AuditLogEntry } from "@shared/api/types";
import { downloadCsv } from "@shared/csv/csv";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { toCsv } from "./csv";
import { validateAuditSearch, type AuditSearch } from "./search";
import { entriesPerPage, useAuditExport, useAuditLog } from "./useAuditLog";

interface AuditPageProps {
  search: AuditSearch;
  onSearch: (search: AuditSearch) => void;
}

/** **Audit Log**: who changed what. */
export function AuditPage({ search, onSearch }: AuditPageProps) {
  const log = useAuditLog(search);
  const isFiltered = Object.keys(search).some((name) => name !== "page");

  const content = () => {
    if (log.isPending) return <PageSkeleton label={t("audit.what")} rows={10} />;
    if (log.isLoadingError) return <PageError what={t("audit.what")} error={log.error} onRetry={() => void log.refetch()} />;
    if (log.data.items.length === 0) {
      return isFiltered ? (
        <NoMatch filters={filterNames(search)} onClear={() => onSearch({})} />
      ) : (
        <EmptyState icon={<IconHistory size={36} stroke={1.4} />} title={t("audit.none")} hint={t("audit.noneHint")} />
      );
    }
    return (
      <>
        <DataTable caption={t("audit.caption")} columns={columns} rows={log.data.items} rowKey={(entry) => entry.Id} />
        <Pager page={search.page ?? 1} pageSize={entriesPerPage} total={log.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("audit.title")} lead={t("audit.lead")} actions={<ExportButton search={search} />} />
      <Filters search={search} onSearch={onSearch} />
      {content()}
    </>
  );
}

function filterNames(search: AuditSearch): string {
  return [search.actor, search.object, search.account, search.from, search.to].filter((filter) => filter !== undefined).join(", ");
}

const columns: Column<AuditLogEntry>[] = [
  { key: "when", header: t("audit.when"), cell: (entry) => <When value={entry.TimestampUtc} />, width: 140 },
  {
    key: "who",
    header: t("audit.who"),
    cell: (entry) => (
      <div>
        {entry.Actor}
        <Text size="xs" c="dimmed">
          {t(`audit.actorType.${entry.ActorType}`)}
        </Text>
      </div>
    ),
  },
  {
    key: "what",
    header: t("audit.action"),
    narrow: "title",
    cell: (entry) => (
      <div>
        <Text component="span" fw={560}>
          {entry.Action}
        </Text>
        {entry.Comment && (
          <Text size="sm" c="dimmed">
            {entry.Comment}
          </Text>
        )}
      </div>
    ),
  },
  {
    key: "object",
    header: t("audit.object"),
    cell: (entry) => (
      <div>
        {entry.ObjectType}
        <Text size="xs" c="dimmed">
          {entry.ObjectId}
        </Text>
      </div>
    ),
  },
  {
    key: "account",
    header: t("audit.account"),
    cell: (entry) =>
      entry.AccountId ? (
        <AnchorLink to="/accounts/$accountId/connectors" params={{ accountId: entry.AccountId }} size="sm">
          {entry.AccountId}
        </AnchorLink>
      ) : (
        "–"
      ),
  },
  { key: "ip", header: t("audit.ip"), cell: (entry) => entry.IpAddress ?? "–" },
];

function Filters({ search, onSearch }: AuditPageProps) {
  const change = (part: AuditSearch) => onSearch(validateAuditSearch({ ...search, ...part, page: 1 }));
  const [actor, setActor] = useQueryText(search.actor ?? "", (value) => change({ actor: value }));
  const [object, setObject] = useQueryText(search.object ?? "", (value) => change({ object: value }));
  const [account, setAccount] = useQueryText(search.account ?? "", (value) => change({ account: value }));
  return (
    <Group component="section" aria-label={t("audit.filters")} mb="lg" gap="sm" align="flex-end">
      <TextInput label={t("audit.actor")} value={actor} onChange={(event) => setActor(event.currentTarget.value)} w={200} />
      <TextInput label={t("audit.objectType")} value={object} onChange={(event) => setObject(event.currentTarget.value)} w={160} />
      <TextInput label={t("audit.account")} value={account} onChange={(event) => setAccount(event.currentTarget.value)} w={160} />
      <TextInput type="date" label={t("audit.from")} value={search.from ?? ""} onChange={(event) => change({ from: event.currentTarget.value })} />
      <TextInput type="date" label={t("audit.to")} value={search.to ?? ""} onChange={(event) => change({ to: event.currentTarget.value })} />
      {Object.keys(search).some((name) => name !== "page") && (
        <Button variant="subtle" onClick={() => onSearch({})}>
          {t("page.clearFilters")}
        </Button>
      )}
    </Group>
  );
}

function ExportButton({ search }: { search: AuditSearch }) {
  const { exporting, progress } = useAuditExport(search);
  const run = () =>
    exporting.mutate(undefined, {
      onSuccess: (entries) => {
        downloadCsv(toCsv(entries), "audit-log.csv");
        toast(t("audit.exported", { count: entries.length }));
      },
      onError: (error) => toastFailure(t("audit.exportFailed"), error),
    });
  return (
    <Group gap="sm">
      <Text size="sm" c="dimmed" role="status">
        {exporting.isPending && progress.total > 0 ? t("audit.exporting", progress) : ""}
      </Text>
      <Button variant="default" leftSection={<IconDownload size={18} />} loading={exporting.isPending} onClick={run}>
        {t("audit.export")}
      </Button>
    </Group>
  );
}
