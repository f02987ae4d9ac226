import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "./ErrorNotice";

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  /** Names the object: "Delete Acme?" */
  title: string;
  /** The consequence. */
  text: ReactNode;
  /** The word on the button. */
  action: string;
  onConfirm: () => void;
  busy: boolean;
  error: Error | null;
  /** A name that must be typed first, where work would be lost. */
  typedName?: string;
  /** Nothing is taken away; the dialog only asks for more. */
  harmless?: boolean;
  /** Further input the action needs. */
  children?: ReactNode;
}

/** Asks before something is taken away. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  // While it fades away it still names its object, which the page has forgotten by then.
  const [shown, setShown] = useState(props);
  if (props.opened && shown !== props) setShown(props);
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={shown.title} closeButtonProps={{ "aria-label": t("form.close") }}>
      <ConfirmForm {...shown} />
    </Modal>
  );
}

function ConfirmForm({ onClose, text, action, onConfirm, busy, error, typedName, harmless = false, children }: ConfirmDialogProps) {
  const [typed, setTyped] = useState("");
  // A failure from before the dialog was opened was about something else.
  const [earlier] = useState(error);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onConfirm();
      }}
    >
      <Stack>
        <Text>{text}</Text>
        {children}
        {typedName !== undefined && (
          <TextInput
            label={t("form.typeToConfirm", { name: typedName })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
          />
        )}
        <ErrorNotice error={error === earlier ? null : error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button {...(harmless ? {} : { color: "red" })} type="submit" loading={busy} disabled={typedName !== undefined && typed.trim() !== typedName.trim()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
