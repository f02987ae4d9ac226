import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { Tabs, Text, Title } from "@mantine/core";
import { IconClick } from "@tabler/icons-react";
import type { AccountConnector, CategoryCopy, Method } from "@shared/api/types";
import { FieldsTable } from "@shared/connector/FieldsTable";
import { VerbBadge } from "@shared/connector/VerbBadge";
import { useConnectorMethods } from "@shared/queries/methods";
import classes from "@shared/connector/Methods.module.css";
import { t } from "@shared/messages/t";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { customFieldsOf } from "./fields/customFields";
import { FieldsPart } from "./fields/FieldsPart";
import { useCopies } from "./fields/useCustomFields";
import { MethodList } from "./MethodList";
import { MethodTest } from "./MethodTest";
import type { ConnectorEditSearch } from "./search";

interface MethodsPanelProps {
  accountId: string;
  connector: AccountConnector;
  search: ConnectorEditSearch;
  onSearch: (search: ConnectorEditSearch) => void;
  editable: boolean;
}

/** **Methods and Fields**: every method, its fields, and a place to try it. */
export function MethodsPanel({ accountId, connector, search, onSearch, editable }: MethodsPanelProps) {
  const methods = useConnectorMethods(connector.Connector.Id);
  const copies = useCopies(accountId, connector.Id);
  if (methods.isPending || copies.isPending) return <PageSkeleton label={t("methods.what")} rows={8} />;
  if (methods.isLoadingError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  if (copies.isLoadingError) return <PageError what={t("copies.what")} error={copies.error} onRetry={() => void copies.refetch()} />;
  if (methods.data.length === 0) return <EmptyState title={t("methods.none")} hint={t("methods.noneHint")} />;
  const chosen = methods.data.find((method) => method.MethodUniqueIdentifier === search.method);
  const object = copies.data.find((copy) => copy.Id === search.object && copy.SourceCategory === chosen?.Category);
  const choose = (method: Method, copy: CategoryCopy | undefined) => {
    const { object: _, ...rest } = search;
    onSearch({ ...rest, method: method.MethodUniqueIdentifier, ...(copy === undefined ? {} : { object: copy.Id }) });
  };
  return (
    <div className={classes.columns}>
      <MethodList
        accountId={accountId}
        accountConnectorId={connector.Id}
        methods={methods.data}
        copies={copies.data}
        chosen={chosen}
        object={object}
        onChoose={choose}
        editable={editable}
      />
      <div className={classes.detail}>
        {chosen === undefined ? (
          <EmptyState icon={<IconClick size={34} stroke={1.4} />} title={t("method.pick")} hint={t("method.pickHint")} />
        ) : (
          <MethodDetail
            // What was typed for one object is not meant for another.
            key={`${chosen.Id}.${object?.Id ?? ""}`}
            accountId={accountId}
            connector={connector}
            method={chosen}
            copies={copies.data}
            object={object}
            search={search}
            onSearch={onSearch}
            editable={editable}
          />
        )}
      </div>
    </div>
  );
}

interface MethodDetailProps extends MethodsPanelProps {
  method: Method;
  copies: readonly CategoryCopy[];
  object: CategoryCopy | undefined;
}

function MethodDetail({ accountId, connector, method, copies, object, search, onSearch, editable }: MethodDetailProps) {
  const around = { accountId, connector, method, copies, object, editable };
  return (
    <>
      <div className={classes.heading}>
        <VerbBadge method={method} />
        <Title order={2} fz="1.25rem">
          {method.Name}
        </Title>
      </div>
      {object !== undefined && (
        <Text size="sm" fw={550} mb={4}>
          {t("method.ofObject", { object: object.ObjectName, category: object.SourceCategory })}
        </Text>
      )}
      <Text c="dimmed" mb="sm">
        {method.Description}
      </Text>
      <Tabs value={search.view ?? "fields"} onChange={(view) => onSearch({ ...search, view: view === "test" ? "test" : undefined })}>
        <Tabs.List mb="md" aria-label={t("method.tabs")}>
          <Tabs.Tab value="fields">{t("method.fields")}</Tabs.Tab>
          <Tabs.Tab value="test">{t("method.test")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="fields">
          <section className={classes.part}>
            <Title order={3} fz="1rem" mb={4}>
              {t("method.parameters")}
            </Title>
            <FieldsTable caption={t("method.parameters")} fields={method.Parameters} />
          </section>
          <FieldsPart {...around} part="request" />
          <FieldsPart {...around} part="response" />
        </Tabs.Panel>
        <Tabs.Panel value="test">
          <MethodTest
            accountId={accountId}
            connector={connector}
            method={method}
            custom={customFieldsOf(connector.CustomFields, "request", method, copies, object)}
            object={object}
          />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
