import type { EditorProblem } from "@shared/editor/types";
import { t } from "@shared/messages/t";
import type { ScriptError } from "@shared/api/types";

/** An error in words, with its place where that is known. */
export function problemText(error: ScriptError): string {
  if (error.Line == null) return error.Message;
  if (error.Column == null) return t("script.errorAt", { line: String(error.Line), message: error.Message });
  return t("script.errorAtColumn", { line: String(error.Line), column: String(error.Column), message: error.Message });
}

/** Where the editor marks an error. */
export function marksOf(error: ScriptError | null | undefined): EditorProblem[] {
  if (error?.Line == null) return [];
  return [{ message: error.Message, line: error.Line, column: error.Column ?? undefined }];
}
