import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { CycleVariableWrite, EdgeType, MappingWrite, StepCreate, StepTest, StepUpdate } from "@shared/api/types";
import { cycleKey, cyclesKey } from "@shared/queries/cycles";

/** A cycle and the account that it belongs to. */
export interface CycleId {
  accountId: string;
  cycleId: string;
}

const stepKey = ({ accountId, cycleId }: CycleId, stepId: string) => [...cycleKey(accountId, cycleId), "step", stepId] as const;

/** The steps of a cycle in the order in which they run. */
export function useSteps({ accountId, cycleId }: CycleId) {
  return useQuery({
    queryKey: [...cycleKey(accountId, cycleId), "steps"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/cycles/{cycleId}/steps", { params: { path: { cycleId }, header: inAccount(accountId) }, signal })),
  });
}

/** How the steps are connected. */
export function useEdges({ accountId, cycleId }: CycleId) {
  return useQuery({
    queryKey: [...cycleKey(accountId, cycleId), "edges"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/cycles/{cycleId}/edges", { params: { path: { cycleId }, header: inAccount(accountId) }, signal })),
  });
}

/** The variables of a cycle. */
export function useVariables({ accountId, cycleId }: CycleId) {
  return useQuery({
    queryKey: [...cycleKey(accountId, cycleId), "variables"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/cycles/{cycleId}/variables", { params: { path: { cycleId }, header: inAccount(accountId) }, signal })),
  });
}

/** The mappings of a step: of its parameters, and of its request fields. */
export function useMappings(cycle: CycleId, stepId: string, enabled: boolean) {
  return useQuery({
    queryKey: [...stepKey(cycle, stepId), "mappings"],
    enabled,
    queryFn: async ({ signal }) => {
      const params = { path: { stepId }, header: inAccount(cycle.accountId) };
      const [parameters, fields] = await Promise.all([
        unwrap(api.GET("/v1.0/steps/{stepId}/parameters", { params, signal })),
        unwrap(api.GET("/v1.0/steps/{stepId}/fieldmappings", { params, signal })),
      ]);
      return { parameters, fields };
    },
    // What is being edited must not be replaced under the editor.
    refetchOnWindowFocus: false,
  });
}

/** The fields of earlier steps. */
export function useEarlierFields(cycle: CycleId, stepId: string, enabled: boolean) {
  return useQuery({
    queryKey: [...stepKey(cycle, stepId), "earlier"],
    enabled,
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/steps/{stepId}/fieldsformapping", { params: { path: { stepId }, header: inAccount(cycle.accountId) }, signal }),
      ),
  });
}

/** What the step itself still misses. */
export function useStepPrerequisites(cycle: CycleId, stepId: string) {
  return useQuery({
    queryKey: [...stepKey(cycle, stepId), "prerequisites"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/steps/{stepId}/prerequisites", { params: { path: { stepId }, header: inAccount(cycle.accountId) }, signal })),
  });
}

/** One mapping to store. */
export interface MappingChange {
  part: "parameters" | "fields";
  id: number;
  body: MappingWrite;
}

/** Changes of a cycle's design. */
export function useDesignChanges(cycle: CycleId) {
  const queries = useQueryClient();
  const { accountId, cycleId } = cycle;
  const header = inAccount(accountId);
  const path = { cycleId };
  // The list shows the connectors in use.
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: cycleKey(accountId, cycleId) }),
      queries.invalidateQueries({ queryKey: [...cyclesKey(accountId), "list"] }),
    ]);
  return {
    addStep: useMutation({
      mutationFn: async ({ body, after }: { body: StepCreate; after?: { stepId: string; exit: EdgeType } | undefined }) => {
        const step = await unwrap(api.POST("/v1.0/cycles/{cycleId}/steps", { params: { path, header }, body }));
        if (after !== undefined) {
          await unwrap(
            api.POST("/v1.0/cycles/{cycleId}/edges", {
              params: { path, header },
              body: { TailStepId: after.stepId, HeadStepId: step.Id, EdgeType: after.exit },
            }),
          );
        }
        return step;
      },
      // Also after a failure: the step may be there, only not connected.
      onSettled: refresh,
    }),
    updateStep: useMutation({
      mutationFn: ({ stepId, body }: { stepId: string; body: StepUpdate }) =>
        unwrap(api.PUT("/v1.0/cycles/{cycleId}/steps/{stepId}", { params: { path: { ...path, stepId }, header }, body })),
      onSuccess: refresh,
    }),
    removeStep: useMutation({
      mutationFn: (stepId: string) =>
        unwrap(api.DELETE("/v1.0/cycles/{cycleId}/steps/{stepId}", { params: { path: { ...path, stepId }, header } })),
      onSuccess: (_, stepId) => {
        queries.removeQueries({ queryKey: stepKey(cycle, stepId) });
        return refresh();
      },
    }),
    connect: useMutation({
      mutationFn: ({ tail, head, exit }: { tail: string; head: string; exit: EdgeType }) =>
        unwrap(
          api.POST("/v1.0/cycles/{cycleId}/edges", {
            params: { path, header },
            body: { TailStepId: tail, HeadStepId: head, EdgeType: exit },
          }),
        ),
      onSuccess: refresh,
    }),
    disconnect: useMutation({
      mutationFn: (edgeId: string) =>
        unwrap(api.DELETE("/v1.0/cycles/{cycleId}/edges/{edgeId}", { params: { path: { ...path, edgeId }, header } })),
      onSuccess: refresh,
    }),
    addVariable: useMutation({
      mutationFn: (body: CycleVariableWrite) => unwrap(api.POST("/v1.0/cycles/{cycleId}/variables", { params: { path, header }, body })),
      onSuccess: refresh,
    }),
    updateVariable: useMutation({
      mutationFn: ({ variable, body }: { variable: string; body: CycleVariableWrite }) =>
        unwrap(api.PUT("/v1.0/cycles/{cycleId}/variables/{variable}", { params: { path: { ...path, variable }, header }, body })),
      onSuccess: refresh,
    }),
    removeVariable: useMutation({
      mutationFn: (variable: string) =>
        unwrap(api.DELETE("/v1.0/cycles/{cycleId}/variables/{variable}", { params: { path: { ...path, variable }, header } })),
      onSuccess: refresh,
    }),
  };
}

/** Why some mappings were not stored; those of other keys were. */
export class MappingErrors extends Error {
  constructor(
    readonly byKey: ReadonlyMap<string, string>,
    message: string,
  ) {
    super(message);
    this.name = "MappingErrors";
  }
}

/** Stores a step and its changed mappings. A mapping that is refused does not keep back the others. */
export function useSaveStep(cycle: CycleId, stepId: string) {
  const queries = useQueryClient();
  const header = inAccount(cycle.accountId);
  return useMutation({
    mutationFn: async ({ step, mappings }: { step: StepUpdate; mappings: ReadonlyMap<string, MappingChange> }) => {
      if (Object.keys(step).length > 0) {
        await unwrap(
          api.PUT("/v1.0/cycles/{cycleId}/steps/{stepId}", { params: { path: { cycleId: cycle.cycleId, stepId }, header }, body: step }),
        );
      }
      const refused = new Map<string, string>();
      // One after another: each makes the next version of the same design.
      for (const [key, change] of mappings) {
        try {
          await storeMapping(cycle.accountId, stepId, change);
        } catch (error) {
          refused.set(key, error instanceof Error ? error.message : String(error));
        }
      }
      const [first] = refused.values();
      if (first !== undefined) throw new MappingErrors(refused, first);
    },
    onSettled: () => queries.invalidateQueries({ queryKey: cycleKey(cycle.accountId, cycle.cycleId) }),
  });
}

async function storeMapping(accountId: string, stepId: string, { part, id, body }: MappingChange): Promise<void> {
  const header = inAccount(accountId);
  if (part === "parameters") {
    await unwrap(api.PUT("/v1.0/steps/{stepId}/parameters/{parameterId}", { params: { path: { stepId, parameterId: id }, header }, body }));
  } else {
    await unwrap(api.PUT("/v1.0/steps/{stepId}/fieldmappings/{fieldId}", { params: { path: { stepId, fieldId: id }, header }, body }));
  }
}

/** What a lookup is asked. */
interface LookupCall {
  part: "parameters" | "fields";
  id: number;
  triggerId: number;
  /** Answers to the lookups that come first, by their id. */
  answers: Record<string, string>;
}

/** The values that a lookup of a parameter or field offers. */
export function useStepLookup(accountId: string, stepId: string) {
  const header = inAccount(accountId);
  return useMutation({
    mutationFn: ({ part, id, triggerId, answers }: LookupCall) => {
      // The document cannot say that any name is allowed, so its type allows none.
      const body = { TriggerId: triggerId, Values: answers as unknown as Record<string, undefined> };
      return part === "parameters"
        ? unwrap(api.POST("/v1.0/steps/{stepId}/parameters/{parameterId}/lookup", { params: { path: { stepId, parameterId: id }, header }, body }))
        : unwrap(api.POST("/v1.0/steps/{stepId}/fieldmappings/{fieldId}/lookup", { params: { path: { stepId, fieldId: id }, header }, body }));
    },
  });
}

/** Finds the account's own fields of the step's method at the provider and stores them. */
export function useFindCustomFields(cycle: CycleId, stepId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1.0/steps/{stepId}/fieldmappings/lookup", { params: { path: { stepId }, header: inAccount(cycle.accountId) } }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: cycleKey(cycle.accountId, cycle.cycleId) }),
  });
}

/** Makes the call of a step once, with these values in place of what earlier steps would give. */
export function useStepTest(accountId: string, stepId: string) {
  return useMutation({
    mutationFn: (body: StepTest) =>
      unwrap(api.POST("/v1.0/steps/{stepId}/test", { params: { path: { stepId }, header: inAccount(accountId) }, body })),
  });
}
