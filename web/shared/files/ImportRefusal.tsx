import "@shared/messages/en/files";
import { Alert, List } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { incompatibilitiesOf } from "./incompatibilities";

/** Why a document was not imported, with everything in it that can't be taken; nothing when there is no failure. */
export function ImportRefusal({ error }: { error: Error | null }) {
  const parts = incompatibilitiesOf(error);
  if (parts.length === 0) return <ErrorNotice error={error} title={t("files.importFailed")} />;
  return (
    <Alert role="alert" color="red" variant="light" icon={<IconAlertCircle />} title={t("files.incompatible", { count: parts.length })}>
      <List size="sm" spacing={4}>
        {parts.map((part, index) => (
          <List.Item key={index}>{part}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
