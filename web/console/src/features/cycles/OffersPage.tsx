import "@shared/messages/en/cycles";
import { Badge, Button, Group, NativeSelect, Text, Title } from "@mantine/core";
import { IconTemplate } from "@tabler/icons-react";
import { useMemo } from "react";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useOfferedTemplates } from "@shared/queries/templates";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { useQueryText } from "@shared/search/useQueryText";
import { useRights } from "@shared/session/SessionContext";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { ConnectorStack } from "./ConnectorStack";
import classes from "./Offers.module.css";
import type { OfferSearch } from "./search";
import { UseTemplateDialog } from "./UseTemplateDialog";

interface OffersPageProps {
  accountId: string;
  search: OfferSearch;
  onSearch: (search: OfferSearch) => void;
  onInstalled: (cycleId: string) => void;
}

/** **Templates** of an account: those that are published, to be installed. */
export function OffersPage({ accountId, search, onSearch, onInstalled }: OffersPageProps) {
  const templates = useOfferedTemplates(accountId);
  const account = useAccount(accountId).data;
  const { buildCycles } = useRights();
  const [query, setQuery] = useQueryText(search.q ?? "", (q) => {
    const { q: _, ...rest } = search;
    onSearch(q === "" ? rest : { ...rest, q });
  });
  usePageTitle(account === undefined ? t("offers.title") : `${t("offers.title")}, ${account.Name}`);
  const index = useMemo(
    () =>
      buildIndex(templates.data ?? [], (template) => [
        { text: template.Name, weight: 3 },
        { text: template.Description ?? "", weight: 1 },
        ...template.Connectors.map((connector) => ({ text: connector.Name, weight: 1 })),
      ]),
    [templates.data],
  );
  if (templates.isPending) return <PageSkeleton label={t("offers.what")} rows={4} />;
  if (templates.isLoadingError) return <PageError what={t("offers.what")} error={templates.error} onRetry={() => void templates.refetch()} />;
  if (templates.data.length === 0) return <EmptyState icon={<IconTemplate size={36} stroke={1.4} />} title={t("offers.none")} hint={t("offers.noneHint")} />;
  const tags = [...new Set(templates.data.flatMap((template) => template.Tags))].sort((left, right) => left.localeCompare(right));
  const found = (query === "" ? templates.data : searchIndex(index, query)).filter((template) => search.tag === undefined || template.Tags.includes(search.tag));
  const chosen = templates.data.find((template) => template.Id === search.use);
  const withoutUse = () => {
    const { use: _, ...rest } = search;
    onSearch(rest);
  };
  return (
    <>
      <Group mb="md" align="flex-end">
        <SearchBox label={t("offers.search")} value={query} onChange={setQuery} />
        {tags.length > 0 && (
          <NativeSelect
            aria-label={t("offers.tag")}
            value={search.tag ?? ""}
            onChange={(event) => {
              const { tag: _, ...rest } = search;
              onSearch(event.currentTarget.value === "" ? rest : { ...rest, tag: event.currentTarget.value });
            }}
            data={[{ value: "", label: t("offers.allTags") }, ...tags]}
          />
        )}
      </Group>
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {t("offers.count", { count: found.length })}
      </Text>
      {found.length === 0 ? (
        <NoMatch
          filters={[query === "" ? "" : `“${query}”`, search.tag ?? ""].filter(Boolean).join(", ")}
          onClear={() => {
            setQuery("");
            onSearch({});
          }}
        />
      ) : (
        <ul className={classes.cards}>
          {found.map((template) => (
            <li key={template.Id} className={classes.card}>
              <Title order={2} fz="1.0625rem">
                {template.Name}
              </Title>
              {template.Description != null && template.Description !== "" && <Text size="sm">{template.Description}</Text>}
              {template.Connectors.length > 0 && <ConnectorStack connectors={template.Connectors} />}
              <Group gap={6}>
                {template.Tags.map((tag) => (
                  <Badge key={tag} variant="outline" color="gray" tt="none">
                    {tag}
                  </Badge>
                ))}
              </Group>
              <Group className={classes.foot} justify="space-between">
                <Text size="sm" c="dimmed">
                  {t("offers.steps", { count: template.StepCount ?? 0 })}
                </Text>
                {buildCycles && (
                  <Button size="sm" variant="light" onClick={() => onSearch({ ...search, use: template.Id })} aria-label={t("offers.useNamed", { name: template.Name })}>
                    {t("offers.use")}
                  </Button>
                )}
              </Group>
            </li>
          ))}
        </ul>
      )}
      <UseTemplateDialog accountId={accountId} template={buildCycles ? chosen : undefined} onClose={withoutUse} onInstalled={onInstalled} />
    </>
  );
}
