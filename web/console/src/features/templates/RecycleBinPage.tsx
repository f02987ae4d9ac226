import "@shared/messages/en/templates";
import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { IconArrowBackUp, IconTrash, IconTrashOff } from "@tabler/icons-react";
import { useState } from "react";
import type { RecycleBinItem } from "@shared/api/types";
import { BulkDialog } from "@shared/bulk/BulkDialog";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable, type Column } from "@shared/ui/DataTable";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { binKinds, type BinSearch } from "./search";
import { purge, useBinChanges, useRecycleBin } from "./useTemplates";

interface RecycleBinPageProps {
  search: BinSearch;
  onSearch: (search: BinSearch) => void;
}

/** **Recycle Bin**: deleted templates and cycles, until they go for good. */
export function RecycleBinPage({ search, onSearch }: RecycleBinPageProps) {
  const bin = useRecycleBin();
  const { buildCycles } = useRights();
  const { refresh } = useBinChanges();
  const [removing, setRemoving] = useState<RecycleBinItem>();
  const [emptying, setEmptying] = useState(false);
  const all = bin.data ?? [];

  const content = () => {
    if (bin.isPending) return <PageSkeleton label={t("bin.what")} rows={6} />;
    if (bin.isLoadingError) return <PageError what={t("bin.what")} error={bin.error} onRetry={() => void bin.refetch()} />;
    if (all.length === 0) return <EmptyState icon={<IconTrashOff size={36} stroke={1.4} />} title={t("bin.none")} hint={t("bin.noneHint")} />;
    return <Items items={all} search={search} onSearch={onSearch} onRemove={buildCycles ? setRemoving : undefined} />;
  };

  return (
    <>
      <PageHeader
        title={t("menu.recycleBin")}
        lead={t("bin.lead")}
        actions={
          buildCycles &&
          all.length > 0 && (
            <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setEmptying(true)}>
              {t("bin.deleteAll")}
            </Button>
          )
        }
      />
      {content()}
      <RemoveDialog item={removing} onClose={() => setRemoving(undefined)} />
      <BulkDialog
        opened={emptying}
        onClose={() => setEmptying(false)}
        title={t("bin.deleteAllTitle", { count: all.length })}
        text={t("bin.deleteAllText")}
        action={t("bin.deleteAll")}
        typedName={t("bin.deleteAllWord")}
        items={all.map((item) => ({ key: item.Id, name: item.Name, run: () => purge(item.Id) }))}
        onEnded={refresh}
      />
    </>
  );
}

interface ItemsProps extends RecycleBinPageProps {
  items: readonly RecycleBinItem[];
  onRemove: ((item: RecycleBinItem) => void) | undefined;
}

function Items({ items, search, onSearch, onRemove }: ItemsProps) {
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => {
    const { q: _, ...rest } = search;
    onSearch(q === "" ? rest : { ...rest, q });
  });
  const wanted = (search.q ?? "").toLowerCase();
  const found = items.filter((item) => (search.kind === undefined || item.Type === search.kind) && item.Name.toLowerCase().includes(wanted));
  return (
    <>
      <Group mb="md" align="flex-end">
        <SearchBox label={t("bin.search")} value={query} onChange={setQuery} />
        <NativeSelect
          aria-label={t("bin.kind")}
          value={search.kind ?? ""}
          onChange={(event) => {
            const { kind: _, ...rest } = search;
            const kind = binKinds.find((each) => each === event.currentTarget.value);
            onSearch(kind === undefined ? rest : { ...rest, kind });
          }}
          data={[{ value: "", label: t("bin.all") }, ...binKinds.map((kind) => ({ value: kind, label: t(`bin.kinds.${kind}`) }))]}
        />
      </Group>
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {t("bin.count", { count: found.length })}
      </Text>
      {found.length === 0 ? (
        <NoMatch
          filters={[search.q === undefined ? "" : `“${search.q}”`, search.kind === undefined ? "" : t(`bin.kinds.${search.kind}`)].filter(Boolean).join(", ")}
          onClear={() => {
            setQuery("");
            onSearch({});
          }}
        />
      ) : (
        <DataTable caption={t("menu.recycleBin")} rows={found} rowKey={(item) => item.Id} columns={columnsFor(onRemove)} />
      )}
    </>
  );
}

function columnsFor(onRemove: ((item: RecycleBinItem) => void) | undefined): Column<RecycleBinItem>[] {
  return [
    { key: "name", header: t("name"), narrow: "title", cell: (item) => <Text component="span" fw={560}>{item.Name}</Text> },
    { key: "kind", header: t("bin.kind"), cell: (item) => t(`bin.kind.${item.Type}`) },
    {
      key: "account",
      header: t("bin.account"),
      cell: (item) =>
        item.AccountId == null ? (
          "–"
        ) : (
          <AnchorLink to="/accounts/$accountId/cycles" params={{ accountId: item.AccountId }} size="sm">
            {item.AccountId}
          </AnchorLink>
        ),
    },
    { key: "deleted", header: t("bin.deleted"), cell: (item) => <When value={item.DeletedOnUtc} /> },
    { key: "left", header: t("bin.left"), cell: (item) => t("bin.days", { count: daysUntil(item.PurgeOnUtc) }) },
    {
      key: "actions",
      header: t("actions"),
      headerHidden: true,
      align: "end",
      narrow: "plain",
      cell: (item) => (onRemove === undefined ? null : <ItemActions item={item} onRemove={onRemove} />),
    },
  ];
}

function ItemActions({ item, onRemove }: { item: RecycleBinItem; onRemove: (item: RecycleBinItem) => void }) {
  const { restore } = useBinChanges();
  return (
    <Group gap={6} wrap="nowrap" justify="flex-end">
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconArrowBackUp size={14} />}
        loading={restore.isPending}
        aria-label={t("bin.restoreNamed", { name: item.Name })}
        onClick={() =>
          restore.mutate(item.Id, {
            onSuccess: () => toast(t(item.Type === "Cycle" ? "bin.restoredPaused" : "bin.restored", { name: item.Name })),
            onError: (error) => toastFailure(t("bin.restoreFailed", { name: item.Name }), error),
          })
        }
      >
        {t("bin.restore")}
      </Button>
      <Button size="compact-sm" variant="subtle" color="red" aria-label={t("bin.deleteNamed", { name: item.Name })} onClick={() => onRemove(item)}>
        {t("bin.delete")}
      </Button>
    </Group>
  );
}

function RemoveDialog({ item, onClose }: { item: RecycleBinItem | undefined; onClose: () => void }) {
  const { remove } = useBinChanges();
  return (
    <ConfirmDialog
      opened={item !== undefined}
      onClose={onClose}
      title={t("bin.deleteTitle", { name: item?.Name ?? "" })}
      text={t(item?.Type === "Template" ? "bin.deleteTemplate" : "bin.deleteCycle")}
      action={t("bin.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (item === undefined) return;
        remove.mutate(item.Id, {
          onSuccess: () => {
            toast(t("bin.deletedDone", { name: item.Name }));
            onClose();
          },
        });
      }}
    />
  );
}

const day = 24 * 3600 * 1000;

/** Whole days until an instant, begun ones counted. */
function daysUntil(instant: string): number {
  return Math.max(0, Math.ceil((Date.parse(instant) - Date.now()) / day));
}
