import "@shared/messages/en/library";
import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { IconBooks } from "@tabler/icons-react";
import { useDeferredValue, useMemo, type ReactNode } from "react";
import { useLibrary } from "@shared/queries/library";
import { t } from "@shared/messages/t";
import { useQueryText } from "@shared/search/useQueryText";
import { PageHeader } from "@shared/ui/PageHeader";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SearchBox } from "@shared/ui/SearchBox";
import { useAppName } from "@shared/ui/usePageTitle";
import { categoriesOf, filterLibrary, libraryIndex } from "./filter";
import { LibraryTable } from "./LibraryTable";
import { setupStates, type LibrarySearch } from "./search";

/** Rows of one page: enough to browse, few enough to draw within a key press. */
const pageSize = 30;

interface LibraryPageProps {
  search: LibrarySearch;
  onSearch: (search: LibrarySearch) => void;
  onOpen: (view: "setup" | "releases" | "methods", connectorId: number) => void;
  /** What is open above the list. */
  children?: ReactNode;
}

/** Every connector, with search, filters and the way to its setup. */
export function LibraryPage({ search, onSearch, onOpen, children }: LibraryPageProps) {
  const library = useLibrary();
  const app = useAppName();
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => onSearch({ ...withoutPage(search), ...(q === "" ? { q: undefined } : { q }) }));
  const index = useMemo(() => libraryIndex(library.items), [library.items]);
  // The box keeps up with typing; the list follows as fast as it can be drawn.
  const shownQuery = useDeferredValue(query);
  const found = useMemo(() => filterLibrary(index, { ...search, q: shownQuery }), [index, search, shownQuery]);
  const page = Math.min(search.page ?? 1, Math.max(1, Math.ceil(found.length / pageSize)));

  const content = () => {
    if (library.isPending) return <PageSkeleton label={t("library.what")} rows={9} />;
    if (library.items.length === 0) {
      if (library.error !== null) return <PageError what={t("library.what")} error={library.error} onRetry={library.retry} />;
      return <EmptyState icon={<IconBooks size={36} stroke={1.4} />} title={t("library.none")} hint={t("library.noneHint")} />;
    }
    return (
      <>
        <Filters search={search} query={query} onQuery={setQuery} onSearch={onSearch} categories={categoriesOf(library.items)} />
        <ErrorNotice error={library.error} title={t("page.partial", { reason: "" }).trim()} onRetry={library.retry} />
        <Text size="sm" c="dimmed" mb="xs" role="status">
          {t("library.count", { count: found.length })}
          {library.isLoadingMore && ` · ${t("page.loadingMore")}`}
        </Text>
        {found.length === 0 ? (
          <NoMatch
            filters={filterNames({ ...search, q: query })}
            onClear={() => {
              setQuery("");
              onSearch({});
            }}
          />
        ) : (
          <>
            <LibraryTable entries={found.slice((page - 1) * pageSize, page * pageSize)} onOpen={onOpen} />
            <Pager page={page} pageSize={pageSize} total={found.length} onPage={(next) => onSearch({ ...search, page: next })} />
          </>
        )}
      </>
    );
  };

  return (
    <>
      <PageHeader title={t("library.title")} lead={t("library.lead", { app })} />
      {content()}
      {children}
    </>
  );
}

interface FiltersProps {
  search: LibrarySearch;
  query: string;
  onQuery: (query: string) => void;
  onSearch: (search: LibrarySearch) => void;
  categories: string[];
}

function Filters({ search, query, onQuery, onSearch, categories }: FiltersProps) {
  const change = (part: Partial<Record<keyof LibrarySearch, string | undefined>>) =>
    onSearch({ ...withoutPage(search), ...part } as LibrarySearch);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        change({ q: query === "" ? undefined : query });
      }}
    >
      <Group gap="sm" mb="md" align="flex-end">
        <SearchBox label={t("library.search")} placeholder={t("library.searchPlaceholder")} value={query} onChange={onQuery} />
        <Button type="submit" variant="default">
          {t("library.searchButton")}
        </Button>
        <NativeSelect
          aria-label={t("library.category")}
          value={search.category ?? ""}
          onChange={(event) => change({ category: event.currentTarget.value || undefined })}
          data={[{ value: "", label: t("library.allCategories") }, ...categories]}
        />
        <NativeSelect
          aria-label={t("library.status")}
          value={search.status ?? ""}
          onChange={(event) => change({ status: event.currentTarget.value || undefined })}
          data={[
            { value: "", label: t("library.anyStatus") },
            ...setupStates.map((state) => ({ value: state, label: t(`library.status.${state}`) })),
          ]}
        />
      </Group>
    </form>
  );
}

function withoutPage(search: LibrarySearch): LibrarySearch {
  const { page, ...rest } = search;
  return rest;
}

function filterNames(search: LibrarySearch): string {
  const names = [
    search.q ? `“${search.q}”` : undefined,
    search.category,
    search.status === undefined ? undefined : t(`library.status.${search.status}`),
  ];
  return names.filter((name) => name !== undefined).join(", ");
}
