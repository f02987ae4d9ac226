import { Button, Group, Text } from "@mantine/core";
import { t } from "@shared/messages/t";

interface SaveBarProps {
  busy: boolean;
  /** Number of fields with a failure, told on top of the fields' own messages. */
  problems?: number;
  label?: string;
  disabled?: boolean;
}

/** The end of a form: its button, with progress, and a summary of what is wrong. */
export function SaveBar({ busy, problems = 0, label, disabled }: SaveBarProps) {
  return (
    <Group mt="xl" gap="md">
      <Button type="submit" loading={busy} disabled={disabled ?? false}>
        {label ?? t("form.save")}
      </Button>
      <Text role="alert" size="sm" c="red">
        {problems > 0 ? t("form.problems", { count: problems }) : ""}
      </Text>
    </Group>
  );
}
