import { Button, Group, Modal, Text } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import { t } from "@shared/messages/t";

/** Asks before a form with unsaved changes is left, in the page and when the tab is closed. */
export function UnsavedGuard({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker({
    // Changing filters or tabs within the page loses nothing.
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  return (
    <Modal
      opened={blocker.status === "blocked"}
      onClose={() => blocker.reset?.()}
      title={t("form.unsaved")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <Text mb="md">{t("form.unsavedText")}</Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => blocker.reset?.()} data-autofocus>
          {t("form.stay")}
        </Button>
        <Button color="red" onClick={() => blocker.proceed?.()}>
          {t("form.leave")}
        </Button>
      </Group>
    </Modal>
  );
}
