import "@shared/messages/en/cycles";
import { List } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { Edge, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { cycleKey } from "@shared/queries/cycles";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { toast } from "@shared/ui/toast";
import { useDesignChanges, type CycleId } from "../useDesign";

interface RemoveStepDialogProps {
  cycle: CycleId;
  steps: readonly Step[];
  /** What is to go; nothing while the dialog is closed. */
  step: Step | undefined;
  onClose: () => void;
}

/** Asks before a step goes, and names the steps that take values from it. */
export function RemoveStepDialog({ cycle, steps, step, onClose }: RemoveStepDialogProps) {
  const { removeStep } = useDesignChanges(cycle);
  const users = useUsers(cycle, steps, step);
  return (
    <ConfirmDialog
      opened={step !== undefined}
      onClose={onClose}
      title={t("remove.title", { step: step?.Name ?? "" })}
      text={t(users.length === 0 ? "remove.text" : "remove.used")}
      action={t("design.remove")}
      busy={removeStep.isPending}
      error={removeStep.error}
      onConfirm={() => {
        if (step === undefined) return;
        removeStep.mutate(step.Id, {
          onSuccess: () => {
            toast(t("remove.done", { step: step.Name }));
            onClose();
          },
        });
      }}
    >
      {users.length > 0 && (
        <List size="sm">
          {users.map((user) => (
            <List.Item key={user.Id}>{user.Name}</List.Item>
          ))}
        </List>
      )}
    </ConfirmDialog>
  );
}

/** The steps that map a field of this one. */
function useUsers(cycle: CycleId, steps: readonly Step[], source: Step | undefined): Step[] {
  const others = source === undefined ? [] : steps.filter((step) => step.Id !== source.Id);
  return useQueries({
    queries: others.map((step) => ({
      queryKey: [...cycleKey(cycle.accountId, cycle.cycleId), "step", step.Id, "takes"],
      queryFn: async ({ signal }: { signal: AbortSignal }): Promise<string[]> => {
        const own = JSON.stringify([step.Decision, step.WaitUntil, step.WebhookMapping, step.CollectionKeys]);
        if (step.Method == null) return [own];
        const params = { path: { stepId: step.Id }, header: inAccount(cycle.accountId) };
        const [parameters, fields] = await Promise.all([
          unwrap(api.GET("/v1.0/steps/{stepId}/parameters", { params, signal })),
          unwrap(api.GET("/v1.0/steps/{stepId}/fieldmappings", { params, signal })),
        ]);
        return [own, ...[...parameters, ...fields].map((mapping) => `${mapping.SourceStepId ?? ""} ${mapping.Value ?? ""}`)];
      },
    })),
    // A step is named by its id wherever it is mapped, merge fields included.
    combine: (results) => others.filter((_, index) => results[index]?.data?.some((taken) => source !== undefined && taken.includes(source.Id)) === true),
  });
}

interface DisconnectDialogProps {
  cycle: CycleId;
  steps: readonly Step[];
  /** The connection to remove; nothing while the dialog is closed. */
  edge: Edge | undefined;
  onClose: () => void;
}

/** Asks before a connection goes: mappings across it go too. */
export function DisconnectDialog({ cycle, steps, edge, onClose }: DisconnectDialogProps) {
  const { disconnect } = useDesignChanges(cycle);
  const nameOf = (id: string | undefined) => steps.find((step) => step.Id === id)?.Name ?? "";
  return (
    <ConfirmDialog
      opened={edge !== undefined}
      onClose={onClose}
      title={t("disconnect.title", { from: nameOf(edge?.TailStepId), to: nameOf(edge?.HeadStepId) })}
      text={t("disconnect.text", { to: nameOf(edge?.HeadStepId) })}
      action={t("disconnect.action")}
      busy={disconnect.isPending}
      error={disconnect.error}
      onConfirm={() => {
        if (edge === undefined) return;
        disconnect.mutate(edge.Id, {
          onSuccess: () => {
            toast(t("disconnect.done"));
            onClose();
          },
        });
      }}
    />
  );
}
