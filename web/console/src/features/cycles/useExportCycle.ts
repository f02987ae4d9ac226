import "@shared/messages/en/cycles";
import { useMutation } from "@tanstack/react-query";
import type { Cycle } from "@shared/api/types";
import { downloadJson, fileName } from "@shared/files/download";
import { t } from "@shared/messages/t";
import { exportCycle } from "@shared/queries/exchange";
import { toastFailure } from "@shared/ui/toast";

/** Offers a cycle as a file. */
export function useExportCycle(accountId: string) {
  return useMutation({
    mutationFn: async (cycle: Cycle) => downloadJson(fileName(cycle.Name, "json", "cycle"), await exportCycle(accountId, cycle.Id)),
    onError: (error, cycle) => toastFailure(t("cycle.exportFailed", { name: cycle.Name }), error),
  });
}
