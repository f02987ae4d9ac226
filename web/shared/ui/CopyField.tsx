import { ActionIcon, Button, CopyButton, Group, TextInput, Tooltip } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { t } from "@shared/messages/t";

interface CopyFieldProps {
  label: string;
  value: string;
  description?: string;
  monospace?: boolean;
}

/** A value to take elsewhere: read-only, with **Copy**. */
export function CopyField({ label, value, description, monospace = true }: CopyFieldProps) {
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <TextInput
        flex={1}
        miw={0}
        label={label}
        description={description}
        value={value}
        readOnly
        onFocus={(event) => event.currentTarget.select()}
        styles={monospace ? { input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } } : {}}
      />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            onClick={copy}
            leftSection={copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            aria-live="polite"
          >
            {copied ? t("copy.done") : t("copy")}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

/** A small button that copies a value standing beside it. */
export function CopyIcon({ value, what }: { value: string; what: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t("copy.done") : t("copy")}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={copy}
            aria-label={copied ? t("copy.done") : t("copy.what", { what })}
          >
            {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
