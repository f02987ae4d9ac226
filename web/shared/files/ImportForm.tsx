import "@shared/messages/en/files";
import { Button, FileButton, Group, Stack, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { formatNumber, t } from "@shared/messages/t";
import { ImportRefusal } from "./ImportRefusal";

interface ImportFormProps {
  /** What the file should be, and what becomes of it. */
  hint: string;
  onImport: (document: unknown) => void;
  busy: boolean;
  error: Error | null;
  onClose: () => void;
}

/** The server takes documents of this size, in mebibytes. */
const limit = 64;

/** Takes a document from a file; a refusal lists everything that could not be taken. */
export function ImportForm({ hint, onImport, busy, error, onClose }: ImportFormProps) {
  const [file, setFile] = useState<{ name: string; document: unknown }>();
  const [problem, setProblem] = useState<string>();
  const take = async (chosen: File | null) => {
    if (chosen === null) return;
    setFile(undefined);
    if (chosen.size > limit * 1024 * 1024) {
      setProblem(t("files.tooLarge", { limit: formatNumber(limit) }));
      return;
    }
    try {
      setFile({ name: chosen.name, document: JSON.parse(await chosen.text()) as unknown });
      setProblem(undefined);
    } catch {
      setProblem(t("files.notJson"));
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (file === undefined) setProblem((before) => before ?? t("files.required"));
        else onImport(file.document);
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {hint}
        </Text>
        <Group gap="sm">
          <FileButton onChange={(chosen) => void take(chosen)} accept=".json,application/json" inputProps={{ "aria-label": t("files.choose") }}>
            {(props) => (
              <Button {...props} variant="default" leftSection={<IconFileUpload size={16} />}>
                {t("files.choose")}
              </Button>
            )}
          </FileButton>
          <Text size="sm" role="status">
            {file?.name ?? ""}
          </Text>
        </Group>
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          {problem ?? ""}
        </Text>
        <ImportRefusal error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={busy}>
            {t("files.importAction")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
