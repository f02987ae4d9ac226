import { Divider, Group, Kbd, Modal, Stack, Switch, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@shared/messages/t";
import type { PageEntry } from "./navigation";

interface KeyboardHelpProps {
  onClose: () => void;
  pages: PageEntry[];
  singleLetters: boolean;
  onSingleLetters: (on: boolean) => void;
}

/** The list of keys. */
export function KeyboardHelp({ onClose, pages, singleLetters, onSingleLetters }: KeyboardHelpProps) {
  return (
    <Modal opened onClose={onClose} title={t("keys.title")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <Stack gap="xs">
        <Line text={t("keys.search")}>
          <Kbd>Ctrl</Kbd> <Kbd>K</Kbd> · <Kbd>⌘</Kbd> <Kbd>K</Kbd> · <Kbd>/</Kbd>
        </Line>
        <Line text={t("keys.list")}>
          <Kbd>?</Kbd>
        </Line>
        <Line text={t("keys.close")}>
          <Kbd>Esc</Kbd>
        </Line>
        <Line text={t("keys.rows")}>
          <Kbd>↑</Kbd> <Kbd>↓</Kbd>
        </Line>
        {pages.map((page) =>
          page.key === undefined ? null : (
            <Line key={page.to} text={t("keys.go", { page: t(page.label) })}>
              <Kbd>g</Kbd> {t("keys.then")} <Kbd>{page.key}</Kbd>
            </Line>
          ),
        )}
        <Divider my="xs" />
        <Switch
          label={t("keys.single")}
          description={t("keys.singleHint")}
          checked={singleLetters}
          onChange={(event) => onSingleLetters(event.currentTarget.checked)}
        />
      </Stack>
    </Modal>
  );
}

function Line({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Group justify="space-between" gap="md">
      <Text size="sm">{text}</Text>
      <Text size="sm" component="span" c="dimmed">
        {children}
      </Text>
    </Group>
  );
}
