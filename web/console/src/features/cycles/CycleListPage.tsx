import "@shared/messages/en/cycles";
import { ActionIcon, Button, Group, Menu, Text } from "@mantine/core";
import {
  IconCopy,
  IconDots,
  IconDownload,
  IconPlayerPlay,
  IconPlayerStop,
  IconPlus,
  IconRepeat,
  IconReportAnalytics,
  IconShare,
  IconTrash,
  IconUpload,
} from "@tabler/icons-react";
import { useState } from "react";
import type { Cycle } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { cyclesPerPage, isLive, useCycles } from "@shared/queries/cycles";
import { useSharing } from "@shared/queries/settings";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { MenuLink } from "@shared/ui/links";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { SearchBox } from "@shared/ui/SearchBox";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { ConnectorStack } from "./ConnectorStack";
import { CreateCycleDialog } from "./CreateCycleDialog";
import { CycleStatusBadge } from "./CycleStatusBadge";
import { DeleteCycleDialog } from "./DeleteCycleDialog";
import { CopyCycleDialog, ImportCycleDialog, ShareCycleDialog } from "./ExchangeDialogs";
import { CycleLink } from "./place";
import { lastRun } from "./schedule";
import type { CycleListSearch } from "./search";
import { StartDialog } from "./StartDialog";
import { StopDialog } from "./StopDialog";
import { useExportCycle } from "./useExportCycle";

interface CycleListPageProps {
  accountId: string;
  search: CycleListSearch;
  onSearch: (search: CycleListSearch) => void;
  onOpen: (cycleId: string) => void;
}

/** What is open above the list. */
interface Doing {
  what: "start" | "stop" | "copy" | "share" | "delete";
  cycle: Cycle;
}

/** The cycles of an account. */
export function CycleListPage({ accountId, search, onSearch, onOpen }: CycleListPageProps) {
  const cycles = useCycles(accountId, {
    query: search.q,
    tag: search.tag,
    page: search.page ?? 1,
    orderBy: search.sort,
    sortOrderAsc: search.sort === undefined ? undefined : search.descending !== true,
  });
  const account = useAccount(accountId).data;
  const rights = useRights();
  const [doing, setDoing] = useState<Doing>();
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch(withoutPage({ ...search, q })));
  usePageTitle(account === undefined ? t("cycles.title") : `${t("cycles.title")}, ${account.Name}`);
  const filters = [search.q === undefined ? "" : `“${search.q}”`, search.tag ?? ""].filter((part) => part !== "");
  const close = () => setDoing(undefined);
  const sharing = useSharing();
  const exporting = useExportCycle(accountId);
  const create = rights.buildCycles ? (
    <Group gap="sm">
      <Button variant="default" leftSection={<IconUpload size={16} />} onClick={() => onSearch({ ...search, open: "import" })}>
        {t("cycles.import")}
      </Button>
      <Button leftSection={<IconPlus size={18} />} onClick={() => onSearch({ ...search, open: "create" })}>
        {t("cycles.create")}
      </Button>
    </Group>
  ) : undefined;

  const content = () => {
    if (cycles.isPending) return <PageSkeleton label={t("cycles.what")} rows={5} />;
    if (cycles.isLoadingError) return <PageError what={t("cycles.what")} error={cycles.error} onRetry={() => void cycles.refetch()} />;
    if (cycles.data.totalRecords === 0 && filters.length === 0) {
      return <EmptyState icon={<IconRepeat size={36} stroke={1.4} />} title={t("cycles.none")} hint={t("cycles.noneHint")} action={create} />;
    }
    return (
      <>
        <Group mb="md" justify="space-between">
          <SearchBox label={t("cycles.search")} value={query} onChange={setQuery} />
          {create}
        </Group>
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("cycles.count", { count: cycles.data.totalRecords })}
        </Text>
        {cycles.data.items.length === 0 ? (
          <NoMatch filters={filters.join(", ")} onClear={() => onSearch({})} />
        ) : (
          <DataTable
            caption={t("cycles.title")}
            rows={cycles.data.items}
            rowKey={(cycle) => cycle.Id}
            columns={columnsFor({
              accountId,
              zone: account?.Timezone,
              buildCycles: rights.buildCycles,
              sharing,
              onDo: setDoing,
              onExport: (cycle) => exporting.mutate(cycle),
            })}
            sorting={{ by: search.sort ?? "CreatedOnUtc", ascending: search.descending !== true }}
            onSort={({ by, ascending }) =>
              onSearch(
                withoutPage({ ...search, ...(by === "Name" ? { sort: "Name" } : { sort: "CreatedOnUtc" }), descending: !ascending }),
              )
            }
          />
        )}
        <Pager page={search.page ?? 1} pageSize={cyclesPerPage} total={cycles.data.totalRecords} onPage={(page) => onSearch({ ...search, page })} />
      </>
    );
  };

  return (
    <>
      {content()}
      <CreateCycleDialog
        accountId={accountId}
        opened={search.open === "create" && rights.buildCycles}
        onClose={() => onSearch(withoutDialog(search))}
        onCreated={onOpen}
      />
      <ImportCycleDialog
        accountId={accountId}
        opened={search.open === "import" && rights.buildCycles}
        onClose={() => onSearch(withoutDialog(search))}
        onImported={onOpen}
      />
      <CopyCycleDialog accountId={accountId} cycle={doing?.what === "copy" ? doing.cycle : undefined} onClose={close} onCopied={onOpen} />
      <ShareCycleDialog accountId={accountId} cycle={doing?.what === "share" ? doing.cycle : undefined} onClose={close} />
      <StartDialog
        place={{ accountId, cycleId: doing?.cycle.Id ?? "" }}
        cycle={doing?.what === "start" ? doing.cycle : undefined}
        onClose={close}
      />
      <StopDialog accountId={accountId} cycle={doing?.what === "stop" ? doing.cycle : undefined} onClose={close} />
      <DeleteCycleDialog accountId={accountId} cycle={doing?.what === "delete" ? doing.cycle : undefined} onClose={close} />
    </>
  );
}

function withoutPage({ page: _, ...search }: CycleListSearch): CycleListSearch {
  return search;
}

function withoutDialog({ open: _, ...search }: CycleListSearch): CycleListSearch {
  return search;
}

interface ColumnsAbout {
  accountId: string;
  zone: string | undefined;
  buildCycles: boolean;
  /** Cycles that allow it may be copied into the library. */
  sharing: boolean;
  onDo: (doing: Doing) => void;
  onExport: (cycle: Cycle) => void;
}

function columnsFor({ accountId, zone, buildCycles, sharing, onDo, onExport }: ColumnsAbout): Column<Cycle>[] {
  return [
    {
      key: "name",
      header: t("name"),
      sort: "Name",
      narrow: "title",
      cell: (cycle) => (
        <div>
          <CycleLink place={{ accountId, cycleId: cycle.Id }} main>
            {cycle.Name}
          </CycleLink>
          {cycle.Description != null && cycle.Description !== "" && (
            <Text size="sm" c="dimmed" lineClamp={1}>
              {cycle.Description}
            </Text>
          )}
        </div>
      ),
    },
    {
      key: "status",
      header: t("status"),
      cell: (cycle) => (
        <div>
          <CycleStatusBadge status={cycle.Status} />
          {cycle.ErrorCount > 0 && (
            <Text size="xs" c="var(--mantine-color-error)" mt={2}>
              {t("cycles.errors", { count: cycle.ErrorCount })}
            </Text>
          )}
        </div>
      ),
    },
    { key: "connectors", header: t("cycles.connectors"), cell: (cycle) => <ConnectorStack connectors={cycle.Connectors} /> },
    { key: "interval", header: t("cycles.interval"), cell: intervalOf },
    {
      key: "next",
      header: t("cycles.next"),
      cell: (cycle) => (cycle.NextRunTime == null ? "–" : <When value={cycle.NextRunTime} zone={zone} />),
    },
    { key: "last", header: t("cycles.last"), cell: (cycle) => <When value={lastRun(cycle)} zone={zone} /> },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (cycle) => (
        <Group gap={6} wrap="nowrap" justify="flex-end">
          {buildCycles &&
            (isLive(cycle) ? (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPlayerStop size={14} />}
                onClick={() => onDo({ what: "stop", cycle })}
                aria-label={t("stop.named", { name: cycle.Name })}
              >
                {t("stop.action")}
              </Button>
            ) : (
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPlayerPlay size={14} />}
                onClick={() => onDo({ what: "start", cycle })}
                aria-label={t("start.named", { name: cycle.Name })}
              >
                {t("start.action")}
              </Button>
            ))}
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t("cycles.more", { name: cycle.Name })}>
                <IconDots size={18} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <MenuLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId: cycle.Id }}>
                {t("cycles.edit")}
              </MenuLink>
              <MenuLink
                to="/accounts/$accountId/reports"
                params={{ accountId }}
                search={{ cycle: cycle.Id }}
                leftSection={<IconReportAnalytics size={16} />}
              >
                {t("cycles.reports")}
              </MenuLink>
              {buildCycles && (
                <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => onDo({ what: "copy", cycle })}>
                  {t("cycle.copy")}
                </Menu.Item>
              )}
              {buildCycles && sharing && cycle.Shareable === true && (
                <Menu.Item leftSection={<IconShare size={16} />} onClick={() => onDo({ what: "share", cycle })}>
                  {t("cycle.share")}
                </Menu.Item>
              )}
              <Menu.Item leftSection={<IconDownload size={16} />} onClick={() => onExport(cycle)}>
                {t("cycle.export")}
              </Menu.Item>
              {buildCycles && (
                <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onDo({ what: "delete", cycle })}>
                  {t("cycle.delete")}
                </Menu.Item>
              )}
            </Menu.Dropdown>
          </Menu>
        </Group>
      ),
    },
  ];
}

function intervalOf(cycle: Cycle): string {
  if (cycle.RunOnce === true) return t("cycles.once");
  const minutes = cycle.Interval;
  return minutes === undefined || minutes === 0 ? "–" : t(`interval.${minutes}`);
}
