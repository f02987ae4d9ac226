import type { EditorProblem } from "@shared/editor/types";

/** Why a text can't be reprinted: it is no JavaScript, at this place. */
export class FormatError extends Error {
  readonly problem: EditorProblem;

  constructor(problem: EditorProblem, cause: unknown) {
    super(problem.message, { cause });
    this.name = "FormatError";
    this.problem = problem;
  }
}

/** Reprints a script; what it does stays the same. The formatter is loaded when it is first wanted. */
export async function formatScript(script: string): Promise<string> {
  const [{ format }, acorn, estree] = await Promise.all([
    import("prettier/standalone"),
    import("prettier/plugins/acorn"),
    import("prettier/plugins/estree"),
  ]);
  try {
    return await format(script, { parser: "acorn", plugins: [acorn, estree], printWidth: 100 });
  } catch (cause) {
    const place = placeOf(cause);
    if (place === undefined) throw cause;
    const message = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new FormatError({ message: message.replace(/\s*\(\d+:\d+\)$/, ""), ...place }, cause);
  }
}

function placeOf(cause: unknown): { line: number; column: number } | undefined {
  if (typeof cause !== "object" || cause === null || !("loc" in cause)) return undefined;
  const { start } = cause.loc as { start?: { line?: number; column?: number } };
  return start?.line === undefined ? undefined : { line: start.line, column: start.column ?? 1 };
}
