import { t } from "@shared/messages/t";
import type { ScriptGlobal } from "@shared/api/types";

/** What is wrong with a global, by member. */
export interface GlobalProblems {
  Name?: string;
  Value?: string;
}

/** Finds what the server would refuse, before it is asked. */
export function problemsOfGlobal(global: ScriptGlobal, taken: readonly string[]): GlobalProblems {
  const problems: GlobalProblems = {};
  const name = global.Name.trim();
  if (name === "") problems.Name = t("script.globalNameRequired");
  else if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) problems.Name = t("script.globalNameInvalid");
  else if (taken.includes(name)) problems.Name = t("script.globalNameTaken");
  const value = problemOfValue(global);
  if (value !== undefined) problems.Value = value;
  return problems;
}

function problemOfValue({ DataType, Value }: ScriptGlobal): string | undefined {
  if (DataType === "Json") {
    try {
      JSON.parse(Value);
      return undefined;
    } catch (error) {
      return t("script.globalNotJson", { reason: error instanceof Error ? error.message : String(error) });
    }
  }
  if (DataType === "Xml") {
    const read = new DOMParser().parseFromString(Value, "application/xml");
    return read.querySelector("parsererror") === null ? undefined : t("script.globalNotXml");
  }
  return undefined;
}
