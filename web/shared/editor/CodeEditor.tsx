import { Input, Skeleton } from "@mantine/core";
import { lazy, Suspense, useId, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import type { EditorProblem, EditorWord, Language } from "./types";
import classes from "./Editor.module.css";

const CodeMirrorEditor = lazy(async () => ({ default: (await import("./CodeMirrorEditor")).CodeMirrorEditor }));

interface CodeEditorProps {
  label: string;
  /** The label is for screen readers only. */
  labelHidden?: boolean;
  description?: ReactNode;
  language: Language;
  value: string;
  onChange?: (value: string) => void;
  /** Called when the focus leaves the text. */
  onSettled?: () => void;
  readOnly?: boolean;
  /** Marked in the text and told below it. */
  problems?: readonly EditorProblem[];
  /** Offered while typing, besides what the language knows. */
  words?: readonly EditorWord[];
  minHeight?: number;
  maxHeight?: number | string;
  /** Id of the text, for a link that leads here. */
  id?: string;
}

/** Text in a language, with highlighting, completion and marked problems. Tab leaves it. */
export function CodeEditor({ label, labelHidden = false, description, problems = [], minHeight = 160, ...rest }: CodeEditorProps) {
  const name = useId();
  return (
    <div className={classes.field}>
      <Input.Label component="div" labelElement="div" id={name} className={labelHidden ? classes.hidden : undefined}>
        {label}
      </Input.Label>
      {description !== undefined && <Input.Description>{description}</Input.Description>}
      <Suspense fallback={<Skeleton height={minHeight} radius="md" aria-label={t("page.loading", { what: label })} />}>
        <CodeMirrorEditor {...rest} labelledBy={name} problems={problems} minHeight={minHeight} />
      </Suspense>
    </div>
  );
}
