import "@shared/messages/en/library";
import { Accordion, Code, Drawer, Group, Stack, Text, Title } from "@mantine/core";
import { IconListDetails } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import type { Method } from "@shared/api/types";
import { byCategory } from "@shared/connector/byCategory";
import { FieldsTable } from "@shared/connector/FieldsTable";
import { VerbBadge } from "@shared/connector/VerbBadge";
import { useConnector, useConnectorMethods } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { CopyIcon } from "@shared/ui/CopyField";
import { EmptyState, NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { usePageTitle } from "@shared/ui/usePageTitle";

/** The reference of a connector's methods. */
export function MethodsDrawer({ connectorId, onClose }: { connectorId: number; onClose: () => void }) {
  const connector = useConnector(connectorId);
  const methods = useConnectorMethods(connectorId);
  const title = t("methods.title", { connector: connector.data?.Name ?? "…" });
  usePageTitle(title);
  return (
    <Drawer opened onClose={onClose} position="right" size="min(820px, 100%)" title={title} closeButtonProps={{ "aria-label": t("form.close") }}>
      {methods.isPending && <PageSkeleton label={t("methods.what")} rows={8} />}
      {methods.isLoadingError && <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />}
      {methods.data !== undefined && <MethodReference methods={methods.data} />}
    </Drawer>
  );
}

function MethodReference({ methods }: { methods: Method[] }) {
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
  if (methods.length === 0) {
    return <EmptyState icon={<IconListDetails size={34} stroke={1.4} />} title={t("methods.none")} hint={t("methods.noneHint")} />;
  }
  return (
    <Stack>
      <Group>
        <SearchBox label={t("methods.search")} value={query} onChange={setQuery} />
        <Text size="sm" c="dimmed" role="status">
          {t("methods.count", { count: groups.reduce((sum, group) => sum + group.methods.length, 0) })}
        </Text>
      </Group>
      {groups.length === 0 && <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />}
      {groups.map((group) => (
        <section key={group.name}>
          <Title order={3} fz="1rem" mb={4}>
            {group.name}
          </Title>
          <Accordion variant="contained" order={4}>
            {group.methods.map((method) => (
              <Accordion.Item key={method.Id} value={String(method.Id)}>
                <Accordion.Control>
                  <Group gap="sm" wrap="nowrap">
                    <VerbBadge method={method} />
                    {method.Name}
                  </Group>
                </Accordion.Control>
                <Accordion.Panel>
                  <MethodDetails method={method} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        </section>
      ))}
    </Stack>
  );
}

function MethodDetails({ method }: { method: Method }) {
  const parts = [
    { title: t("methods.parameters"), fields: method.Parameters },
    { title: t("methods.requestFields"), fields: method.RequestFields },
    { title: t("methods.responseFields"), fields: method.ResponseFields },
  ];
  return (
    <Stack gap="sm">
      <Text>{method.Description}</Text>
      <Code block>{method.EndPoint}</Code>
      <Group gap={6}>
        <Text size="sm" c="dimmed">
          {t("methods.uid")}
        </Text>
        <Code>{method.MethodUniqueIdentifier}</Code>
        <CopyIcon value={method.MethodUniqueIdentifier} what={t("methods.uid")} />
      </Group>
      {parts.map((part) => (
        <div key={part.title}>
          <Text size="sm" fw={600} mb={2}>
            {part.title}
          </Text>
          <FieldsTable caption={part.title} fields={part.fields} />
        </div>
      ))}
    </Stack>
  );
}
