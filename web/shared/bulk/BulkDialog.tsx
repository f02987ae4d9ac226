import "@shared/messages/en/files";
import { Button, Group, List, Modal, Progress, Stack, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import { useBulk, type BulkItem, type BulkProgress } from "./useBulk";

interface BulkDialogProps {
  opened: boolean;
  onClose: () => void;
  /** Names the objects: "Cancel 3 transactions?" */
  title: string;
  /** The consequence. */
  text: ReactNode;
  /** The word on the button. */
  action: string;
  items: readonly BulkItem[];
  /** A word that must be typed first, where what is done can't be undone. */
  typedName?: string;
  /** Nothing is taken away. */
  harmless?: boolean;
  /** Called when the work has ended, also when some of it failed or was stopped. */
  onEnded: (progress: BulkProgress) => unknown;
}

/** Asks before something is done to many things, says how far it is, and what became of them. */
export function BulkDialog({ opened, onClose, title, ...rest }: BulkDialogProps) {
  // What was asked stays the question, though the list behind it changes while the work is done.
  const [asked, setAsked] = useState<string>();
  if (opened && asked === undefined) setAsked(title);
  if (!opened && asked !== undefined) setAsked(undefined);
  return (
    <Modal opened={opened} onClose={onClose} title={asked ?? title} closeButtonProps={{ "aria-label": t("form.close") }}>
      {opened && <BulkForm onClose={onClose} {...rest} />}
    </Modal>
  );
}

function BulkForm({ onClose, text, action, items: given, typedName, harmless = false, onEnded }: Omit<BulkDialogProps, "opened" | "title">) {
  const bulk = useBulk();
  const [typed, setTyped] = useState("");
  // What is worked on stays, whatever the list behind the dialog shows meanwhile.
  const [items] = useState(given);
  const { progress } = bulk;
  if (progress !== undefined) return <Outcome progress={progress} onStop={bulk.stop} onClose={onClose} />;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void bulk.start(items).then(onEnded);
      }}
    >
      <Stack>
        <Text>{text}</Text>
        {typedName !== undefined && (
          <TextInput
            label={t("form.typeToConfirm", { name: typedName })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button {...(harmless ? {} : { color: "red" })} type="submit" disabled={items.length === 0 || (typedName !== undefined && typed.trim() !== typedName)}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Outcome({ progress, onStop, onClose }: { progress: BulkProgress; onStop: () => void; onClose: () => void }) {
  const ended = progress.done + progress.failures.length;
  const left = progress.total - ended;
  const words = [
    t("bulk.done", { count: progress.done }),
    progress.failures.length > 0 ? t("bulk.failed", { count: progress.failures.length }) : "",
    !progress.isRunning && left > 0 ? t("bulk.left", { count: left }) : "",
  ];
  return (
    <Stack>
      <Progress
        value={progress.total === 0 ? 100 : (ended / progress.total) * 100}
        color={progress.failures.length > 0 ? "orange" : "teal"}
        aria-label={t("bulk.progress", { done: ended, total: progress.total })}
      />
      <Text role="status">{progress.isRunning ? t("bulk.progress", { done: ended, total: progress.total }) : words.filter(Boolean).join(", ")}</Text>
      {progress.failures.length > 0 && (
        <List size="sm" spacing={4}>
          {progress.failures.map((failure) => (
            <List.Item key={failure.key}>
              <strong>{failure.name}</strong>: {failure.reason}
            </List.Item>
          ))}
        </List>
      )}
      <Group justify="flex-end">
        {progress.isRunning ? (
          <Button variant="default" onClick={onStop}>
            {t("bulk.stop")}
          </Button>
        ) : (
          <Button onClick={onClose}>{t("form.close")}</Button>
        )}
      </Group>
    </Stack>
  );
}
