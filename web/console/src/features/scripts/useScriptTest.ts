import { useMutation } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { ScriptGlobalDataType, ScriptTest } from "@shared/api/types";

/** How the example of a global is read. */
export const globalTypes = ["Json", "Xml", "Text"] as const satisfies readonly ScriptGlobalDataType[];

/** Runs a script in the server's engine; nothing of it is kept. */
export function useScriptTest() {
  return useMutation({
    mutationFn: (test: ScriptTest) => unwrap(api.POST("/v1.0/partner/scripts/test", { body: test })),
  });
}
