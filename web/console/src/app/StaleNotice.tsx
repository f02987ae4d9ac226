import { Alert, Button, Group, Text } from "@mantine/core";
import { IconCloudOff } from "@tabler/icons-react";
import { useQueryClient, type Query, type QueryClient } from "@tanstack/react-query";
import { useCallback, useSyncExternalStore } from "react";
import { t } from "@shared/messages/t";

/**
 * Tells that something on the page could not be read again. The page keeps what it has, and what is being
 * typed; only a page that has nothing yet shows the failure in its place.
 */
export function StaleNotice() {
  const queries = useQueryClient();
  const reason = useSyncExternalStore(
    useCallback((listener) => queries.getQueryCache().subscribe(listener), [queries]),
    () => staleReason(queries),
  );
  if (reason === undefined) return null;
  return (
    <Alert role="status" color="orange" variant="light" icon={<IconCloudOff />} title={t("app.stale")} mb="lg">
      <Group justify="space-between" gap="sm">
        <Text size="sm">{reason}</Text>
        <Button size="compact-sm" variant="default" onClick={() => void queries.refetchQueries({ predicate: isStale })}>
          {t("page.tryAgain")}
        </Button>
      </Group>
    </Alert>
  );
}

/** Why something that is shown could not be read again. */
function staleReason(queries: QueryClient): string | undefined {
  return queries.getQueryCache().getAll().find(isStale)?.state.error?.message;
}

function isStale(query: Query): boolean {
  return query.state.status === "error" && query.state.data !== undefined && query.isActive();
}
