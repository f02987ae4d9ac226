import { Button, Group, Modal, NativeSelect, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { problemsOfGlobal, type GlobalProblems } from "./globals";
import type { ScriptGlobal, ScriptGlobalDataType } from "@shared/api/types";
import { globalTypes } from "./useScriptTest";

interface GlobalDialogProps {
  /** What is edited; nothing while the dialog is closed. */
  global: ScriptGlobal | undefined;
  /** Names of the other globals. */
  taken: readonly string[];
  onKeep: (global: ScriptGlobal) => void;
  onCancel: () => void;
}

/** Name, type and example of a global. **Close** keeps what was entered. */
export function GlobalDialog({ global, taken, onKeep, onCancel }: GlobalDialogProps) {
  return (
    <Modal
      opened={global !== undefined}
      onClose={onCancel}
      title={t("script.global")}
      size="lg"
      closeButtonProps={{ "aria-label": t("form.cancel") }}
    >
      {global !== undefined && <GlobalForm key={global.Name} global={global} taken={taken} onKeep={onKeep} />}
    </Modal>
  );
}

function GlobalForm({ global, taken, onKeep }: { global: ScriptGlobal; taken: readonly string[]; onKeep: (global: ScriptGlobal) => void }) {
  const [draft, setDraft] = useState(global);
  const [problems, setProblems] = useState<GlobalProblems>({});
  const change = (part: Partial<ScriptGlobal>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const found = problemsOfGlobal(draft, taken);
        setProblems(found);
        if (found.Name === undefined && found.Value === undefined) onKeep({ ...draft, Name: draft.Name.trim() });
      }}
    >
      <Stack>
        <TextInput
          label={t("script.globalName")}
          value={draft.Name}
          onChange={(event) => change({ Name: event.currentTarget.value })}
          error={problems.Name}
          required
          maxLength={200}
          data-autofocus
          spellCheck={false}
          autoComplete="off"
        />
        <NativeSelect
          label={t("script.globalType")}
          value={draft.DataType}
          onChange={(event) => change({ DataType: event.currentTarget.value as ScriptGlobalDataType })}
          data={[...globalTypes]}
        />
        <Textarea
          label={t("script.globalExample")}
          value={draft.Value}
          onChange={(event) => change({ Value: event.currentTarget.value })}
          error={problems.Value}
          autosize
          minRows={5}
          maxRows={18}
          spellCheck={false}
          styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        />
        <Group justify="flex-end">
          <Button type="submit">{t("script.close")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
