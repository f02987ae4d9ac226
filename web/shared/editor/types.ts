/** What a text is written in. */
export type Language = "javascript" | "json" | "yaml" | "html" | "text";

/** Something wrong at a place in a text. */
export interface EditorProblem {
  message: string;
  /** From 1. */
  line: number;
  /** From 1; the whole line when left out. */
  column?: number | undefined;
}

/** A word that is offered while typing. */
export interface EditorWord {
  label: string;
  kind: "function" | "variable" | "constant" | "class" | "namespace";
  /** Shown beside the word, such as its arguments. */
  detail?: string;
  /** What it is, shown when the word is chosen. */
  info?: string;
  /** Written instead of the label; `${}` marks where the cursor goes. */
  snippet?: string;
}
