import { Alert, Button, Group } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { CodeEditor } from "@shared/editor/CodeEditor";
import type { EditorProblem } from "@shared/editor/types";
import { t } from "@shared/messages/t";
import type { DefinitionFault } from "@shared/api/types";
import { validateText } from "@shared/queries/customConnectors";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { useBuilder, useDocument } from "../forms/BuilderContext";
import { documentOf, textOf } from "../model/definition";
import type { JsonObject } from "../model/json";

/** The definition as a file, to read and to edit as a whole. */
export function YamlTab({ owner }: { owner: string }) {
  const document = useDocument();
  // What was typed belongs to the document it was typed for.
  const [draft, setDraft] = useState<{ of: JsonObject; text: string }>();
  const [faults, setFaults] = useState<DefinitionFault[]>([]);
  const { store, editable } = useBuilder();
  const shown = draft?.of === document ? draft.text : textOf(document);
  const problems = faults.flatMap((fault): EditorProblem[] =>
    fault.Line == null ? [] : [{ message: fault.Message, line: fault.Line, column: fault.Column ?? undefined }],
  );
  const apply = useMutation({
    mutationFn: (text: string) => validateText(owner, text),
    onSuccess: (validation, text) => {
      setFaults(validation.Faults);
      if (!validation.IsValid) return;
      store.do({ kind: "replace", document: documentOf(text, document["icon"]) });
      setDraft(undefined);
      toast(t("cb.yamlApplied"));
    },
  });
  return (
    <Section title={t("cb.tab.yaml")} description={t("cb.yamlHint")}>
      <ErrorNotice error={apply.error} title={t("cb.checkFailed")} />
      {faults.length > 0 && (
        <Alert color="red" mb="sm" role="alert">
          {faults.map((fault) => (
            <div key={`${fault.Pointer} ${fault.Code} ${fault.Message}`}>
              {fault.Line == null ? "" : `${t("cb.line", { line: String(fault.Line) })}: `}
              {fault.Code} {fault.Message}
            </div>
          ))}
        </Alert>
      )}
      <CodeEditor
        label={t("cb.tab.yaml")}
        labelHidden
        language="yaml"
        value={shown}
        onChange={(text) => {
          if (text !== shown) setDraft({ of: document, text });
        }}
        problems={problems}
        readOnly={!editable}
        minHeight={420}
        maxHeight="70vh"
      />
      {editable && (
        <Group mt="md">
          <Button onClick={() => apply.mutate(shown)} loading={apply.isPending} disabled={draft === undefined}>
            {t("cb.yamlApply")}
          </Button>
          {draft !== undefined && (
            <Button
              variant="default"
              onClick={() => {
                setDraft(undefined);
                setFaults([]);
              }}
            >
              {t("cb.yamlDiscard")}
            </Button>
          )}
        </Group>
      )}
    </Section>
  );
}
