import "@shared/messages/en/accountConnectors";
import "@shared/messages/en/library";
import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { useLibrary } from "@shared/queries/library";
import { t } from "@shared/messages/t";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { NoMatch, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import classes from "./Install.module.css";

/** Connectors shown before more are asked for. */
const firstRows = 30;

/** The wizard's first page: which connector. */
export function ChooseStep({ onChoose }: { onChoose: (connectorId: number) => void }) {
  const library = useLibrary();
  const [query, setQuery] = useState("");
  const [shown, setShown] = useState(firstRows);
  const index = useMemo(
    () =>
      buildIndex(
        // Planned connectors are announced, not there yet.
        library.items.map((entry) => entry.Connector).filter((connector) => connector.Status !== "Planned"),
        (connector) => [
          { text: connector.Name, weight: 4 },
          ...connector.Categories.map((text) => ({ text, weight: 1 })),
        ],
      ),
    [library.items],
  );
  const found = searchIndex(index, query);

  if (library.isPending) return <PageSkeleton label={t("install.what")} rows={6} />;
  if (library.items.length === 0 && library.error !== null) {
    return <PageError what={t("install.what")} error={library.error} onRetry={library.retry} />;
  }
  return (
    <Stack>
      <Group>
        <SearchBox label={t("install.search")} value={query} onChange={setQuery} />
        <Text size="sm" c="dimmed" role="status">
          {t("install.results", { count: found.length })}
        </Text>
      </Group>
      {found.length === 0 && <NoMatch filters={`“${query}”`} onClear={() => setQuery("")} />}
      <ul className={classes.list}>
        {found.slice(0, shown).map((connector) => (
          <li key={connector.Id} className={classes.row}>
            <ConnectorIcon icon={connector.Icon} name={connector.Name} />
            <div className={classes.words}>
              <Text component="span" fw={560}>
                {connector.Name}
              </Text>{" "}
              {connector.Status === "Beta" && (
                <Badge size="sm" variant="light">
                  {t("library.badge.beta")}
                </Badge>
              )}
              <Text size="sm" c="dimmed">
                {[connector.Version, ...connector.Categories].filter(Boolean).join(" · ")}
              </Text>
            </div>
            <Button size="sm" variant="light" onClick={() => onChoose(connector.Id)} aria-label={t("install.installNamed", { connector: connector.Name })}>
              {t("install.install")}
            </Button>
          </li>
        ))}
      </ul>
      {found.length > shown && (
        <Button variant="default" onClick={() => setShown(shown + firstRows)}>
          {t("install.more")}
        </Button>
      )}
    </Stack>
  );
}
