import { Button, FileButton, Group, Text, Textarea } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { formatNumber, t } from "@shared/messages/t";

interface SourceInputProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  error?: string | undefined;
  /** Larger files are refused, in mebibytes. */
  limit: number;
  accept: string;
}

/** A text that is pasted or read from a file. */
export function SourceInput({ label, value, onChange, error, limit, accept }: SourceInputProps) {
  const [problem, setProblem] = useState<string>();
  const [file, setFile] = useState<string>();
  const take = async (chosen: File | null) => {
    if (chosen === null) return;
    if (chosen.size > limit * 1024 * 1024) {
      setProblem(t("cc.tooLarge", { limit: formatNumber(limit) }));
      return;
    }
    setProblem(undefined);
    setFile(chosen.name);
    onChange(await chosen.text());
  };
  return (
    <div>
      <Group gap="sm" mb="xs">
        <FileButton onChange={(chosen) => void take(chosen)} accept={accept} inputProps={{ "aria-label": t("cc.chooseFile") }}>
          {(props) => (
            <Button {...props} variant="default" leftSection={<IconFileUpload size={16} />}>
              {t("cc.chooseFile")}
            </Button>
          )}
        </FileButton>
        <Text size="sm" c="dimmed">
          {file ?? t("cc.orPaste")}
        </Text>
      </Group>
      <Textarea
        label={label}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
        error={problem ?? error}
        rows={10}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
      />
    </div>
  );
}
