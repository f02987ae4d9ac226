import { setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { Compartment, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { appearance, basics, languageSupport } from "./extensions";
import type { EditorProblem, EditorWord, Language } from "./types";
import classes from "./Editor.module.css";

interface CodeMirrorEditorProps {
  labelledBy: string;
  language: Language;
  value: string;
  onChange?: (value: string) => void;
  onSettled?: () => void;
  readOnly?: boolean;
  problems: readonly EditorProblem[];
  words?: readonly EditorWord[];
  minHeight: number;
  maxHeight?: number | string;
  id?: string;
}

const noWords: readonly EditorWord[] = [];

/** CodeMirror as a controlled field. Loaded when a page shows one. */
export function CodeMirrorEditor({
  labelledBy,
  language,
  value,
  onChange,
  onSettled,
  readOnly = false,
  problems,
  words = noWords,
  minHeight,
  maxHeight = "60vh",
  id,
}: CodeMirrorEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const settings = useRef({ language: new Compartment(), attributes: new Compartment() });
  const heard = useRef({ onChange, onSettled });
  const first = useRef(value);

  useEffect(() => {
    heard.current = { onChange, onSettled };
  });

  useEffect(() => {
    if (place.current === null) return;
    const { language: languageSetting, attributes } = settings.current;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current,
        extensions: [
          basics(),
          languageSetting.of([]),
          attributes.of([]),
          appearance(minHeight, maxHeight),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) heard.current.onChange?.(update.state.doc.toString());
            if (update.focusChanged && !update.view.hasFocus) heard.current.onSettled?.();
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = undefined;
    };
  }, [minHeight, maxHeight]);

  useEffect(() => {
    const editor = view.current;
    const setting = settings.current.language;
    let stale = false;
    languageSupport(language, words).then(
      (support) => {
        if (!stale) editor?.dispatch({ effects: setting.reconfigure(support) });
      },
      // Without its language a text is plain, and can be edited all the same.
      (cause: unknown) => console.warn("The editor's language could not be loaded", cause),
    );
    return () => {
      stale = true;
    };
  }, [language, words, minHeight, maxHeight]);

  useEffect(() => {
    view.current?.dispatch({
      effects: settings.current.attributes.reconfigure([
        EditorState.readOnly.of(readOnly),
        EditorView.contentAttributes.of({
          "aria-labelledby": labelledBy,
          tabindex: "0",
          ...(id === undefined ? {} : { id }),
          ...(readOnly ? { "aria-readonly": "true" } : {}),
          ...(problems.length > 0 ? { "aria-invalid": "true" } : {}),
        }),
      ]),
    });
  }, [labelledBy, readOnly, id, problems.length, minHeight, maxHeight]);

  useEffect(() => {
    first.current = value;
    const editor = view.current;
    if (editor === undefined || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (editor === undefined) return;
    editor.dispatch(
      setDiagnostics(
        editor.state,
        problems.map((problem) => diagnosticOf(editor.state, problem)),
      ),
    );
  }, [problems, minHeight, maxHeight]);

  return <div ref={place} className={classes.editor} />;
}

/** Where a problem is in the text as it stands; a line beyond its end counts as the last. */
function diagnosticOf(state: EditorState, problem: EditorProblem): Diagnostic {
  const line = state.doc.line(Math.min(Math.max(1, problem.line), state.doc.lines));
  const from = problem.column === undefined ? line.from : Math.min(line.from + problem.column - 1, line.to);
  return { from, to: line.to, severity: "error", message: problem.message };
}
