import { useMutation } from "@tanstack/react-query";
import { callApi } from "@shared/api/call";
import type { ScriptEvent } from "@shared/script/events";

/** How the example of a global is read. */
export const globalTypes = ["Json", "Xml", "Text"] as const;
export type GlobalType = (typeof globalTypes)[number];

/** A global of a script test. */
export interface ScriptGlobal {
  Name: string;
  DataType: GlobalType;
  Value: string;
}

/** A script to try. Without an event it runs as inline text. */
export interface ScriptTest {
  Script: string;
  Event?: ScriptEvent;
  Globals: ScriptGlobal[];
}

/** Why a script failed; lines and columns count from 1. */
export interface ScriptError {
  Message: string;
  Line?: number | null;
  Column?: number | null;
}

/** What a script returned and left behind. */
export interface ScriptTestResult {
  Result?: unknown;
  Globals: ScriptGlobal[];
  Console: string[];
  Error?: ScriptError | null;
  DurationMs: number;
}

/** Runs a script in the server's engine; nothing of it is kept. */
export function useScriptTest() {
  return useMutation({
    mutationFn: async (test: ScriptTest) => (await callApi<ScriptTestResult>("POST", "/v1.0/partner/scripts/test", { body: test })).data,
  });
}
