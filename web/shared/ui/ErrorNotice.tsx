import { Alert, Button, Code, Group, Text } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";

interface ErrorNoticeProps {
  error: Error | null;
  title?: string;
  onRetry?: () => void;
}

/** A failure told where it happened; nothing when there is none. */
export function ErrorNotice({ error, title, onRetry }: ErrorNoticeProps) {
  if (error === null) return null;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />} title={title ?? t("form.notSaved")}>
      <Text size="sm">{error.message}</Text>
      {(requestId !== undefined || onRetry !== undefined) && (
        <Group gap="xs" mt={6}>
          {requestId !== undefined && (
            <Text size="xs" c="dimmed">
              {t("page.requestId")} <Code>{requestId}</Code>
            </Text>
          )}
          {onRetry !== undefined && (
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              {t("page.tryAgain")}
            </Button>
          )}
        </Group>
      )}
    </Alert>
  );
}
