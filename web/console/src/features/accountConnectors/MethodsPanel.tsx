import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { Tabs, Text, Title, UnstyledButton } from "@mantine/core";
import { IconClick } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { AccountConnector, Method } from "@shared/api/types";
import { byCategory } from "@shared/connector/byCategory";
import { FieldsTable } from "@shared/connector/FieldsTable";
import { VerbBadge } from "@shared/connector/VerbBadge";
import { useConnectorMethods } from "@shared/queries/methods";
import classes from "@shared/connector/Methods.module.css";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { MethodTest } from "./MethodTest";
import type { ConnectorEditSearch } from "./search";

interface MethodsPanelProps {
  accountId: string;
  connector: AccountConnector;
  search: ConnectorEditSearch;
  onSearch: (search: ConnectorEditSearch) => void;
}

/** **Methods and Fields**: every method, its fields, and a place to try it. */
export function MethodsPanel({ accountId, connector, search, onSearch }: MethodsPanelProps) {
  const methods = useConnectorMethods(connector.Connector.Id);
  if (methods.isPending) return <PageSkeleton label={t("methods.what")} rows={8} />;
  if (methods.isError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  if (methods.data.length === 0) return <EmptyState title={t("methods.none")} hint={t("methods.noneHint")} />;
  const chosen = methods.data.find((method) => method.MethodUniqueIdentifier === search.method);
  return (
    <div className={classes.columns}>
      <MethodList methods={methods.data} chosen={chosen} onChoose={(method) => onSearch({ ...search, method: method.MethodUniqueIdentifier })} />
      <div className={classes.detail}>
        {chosen === undefined ? (
          <EmptyState icon={<IconClick size={34} stroke={1.4} />} title={t("method.pick")} hint={t("method.pickHint")} />
        ) : (
          <MethodDetail key={chosen.Id} accountId={accountId} connector={connector} method={chosen} search={search} onSearch={onSearch} />
        )}
      </div>
    </div>
  );
}

interface MethodListProps {
  methods: Method[];
  chosen: Method | undefined;
  onChoose: (method: Method) => void;
}

function MethodList({ methods, chosen, onChoose }: MethodListProps) {
  const [query, setQuery] = useState("");
  const index = useMemo(
    () =>
      buildIndex(methods, (method) => [
        { text: method.Name, weight: 3 },
        { text: method.Category, weight: 1 },
      ]),
    [methods],
  );
  const groups = byCategory(searchIndex(index, query));
  return (
    <nav className={classes.nav} aria-label={t("method.list")}>
      <SearchBox label={t("methods.search")} value={query} onChange={setQuery} />
      {groups.length === 0 && <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />}
      {groups.map((group) => (
        <div key={group.name}>
          <Title order={2} className={classes.category}>
            {group.name}
          </Title>
          {group.methods.map((method) => (
            <UnstyledButton
              key={method.Id}
              className={classes.method}
              onClick={() => onChoose(method)}
              aria-current={method === chosen ? "true" : undefined}
            >
              {method.Name}
            </UnstyledButton>
          ))}
        </div>
      ))}
    </nav>
  );
}

interface MethodDetailProps extends MethodsPanelProps {
  method: Method;
}

function MethodDetail({ accountId, connector, method, search, onSearch }: MethodDetailProps) {
  const parts = [
    { title: t("method.parameters"), fields: method.Parameters },
    { title: t("method.request"), fields: method.RequestFields },
    { title: t("method.response"), fields: method.ResponseFields },
  ];
  return (
    <>
      <div className={classes.heading}>
        <VerbBadge method={method} />
        <Title order={2} fz="1.25rem">
          {method.Name}
        </Title>
      </div>
      <Text c="dimmed" mb="sm">
        {method.Description}
      </Text>
      <Tabs value={search.view ?? "fields"} onChange={(view) => onSearch({ ...search, view: view === "test" ? "test" : undefined })}>
        <Tabs.List mb="md" aria-label={t("method.tabs")}>
          <Tabs.Tab value="fields">{t("method.fields")}</Tabs.Tab>
          <Tabs.Tab value="test">{t("method.test")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="fields">
          {parts.map((part) => (
            <section key={part.title} className={classes.part}>
              <Title order={3} fz="1rem" mb={4}>
                {part.title}
              </Title>
              <FieldsTable caption={part.title} fields={part.fields} />
            </section>
          ))}
        </Tabs.Panel>
        <Tabs.Panel value="test">
          <MethodTest accountId={accountId} connector={connector} method={method} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
