import { useMutation, useQueryClient } from "@tanstack/react-query";
import { callApi } from "@shared/api/call";
import { inAccount } from "@shared/api/client";
import type { Cycle, IntegrationExport, Template } from "@shared/api/types";
import { accountKey } from "./accounts";
import { templatesKey } from "./templates";

/*
 * Documents are handed on as they come: they may hold members that our API document does not name, and
 * nothing of them is lost.
 */

/** A release of a template as a document. */
export async function exportRelease(templateId: string, releaseId: string, signal?: AbortSignal): Promise<IntegrationExport> {
  const path = `/v1.0/templates/${templateId}/releases/${releaseId}/export`;
  return (await callApi<IntegrationExport>("GET", path, signal === undefined ? {} : { signal })).data;
}

/** A cycle as a document. */
export async function exportCycle(accountId: string, cycleId: string, signal?: AbortSignal): Promise<IntegrationExport> {
  const path = `/v1.0/cycles/${cycleId}/export`;
  return (await callApi<IntegrationExport>("GET", path, { headers: inAccount(accountId), ...(signal === undefined ? {} : { signal }) })).data;
}

async function importCycle(accountId: string, document: unknown): Promise<Cycle> {
  return (await callApi<Cycle>("POST", "/v1.0/cycles/import", { headers: inAccount(accountId), body: document })).data;
}

async function importTemplate({ folderId, templateId }: ImportTarget, document: unknown): Promise<Template> {
  const query = { folderid: folderId, templateid: templateId };
  return (await callApi<Template>("POST", "/v1.0/templates/import", { query, body: document })).data;
}

/** Where an imported document goes: into a folder as a new template, or into a template as a new draft. */
export interface ImportTarget {
  folderId?: string | undefined;
  templateId?: string | undefined;
}

/** Makes a template, or a draft of one, from a document. */
export function useImportTemplate() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ document, ...target }: ImportTarget & { document: unknown }) => importTemplate(target, document),
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesKey }),
  });
}

/** Makes cycles of an account from documents, or copies of its own. */
export function useImportCycle(accountId: string) {
  const queries = useQueryClient();
  // An import may install connectors too.
  const onSuccess = () => queries.invalidateQueries({ queryKey: accountKey(accountId) });
  return {
    fromDocument: useMutation({ mutationFn: (document: unknown) => importCycle(accountId, document), onSuccess }),
    copy: useMutation({
      mutationFn: async ({ cycleId, name }: { cycleId: string; name: string }) =>
        importCycle(accountId, { ...(await exportCycle(accountId, cycleId)), Name: name }),
      onSuccess,
    }),
  };
}

/** Copies a cycle of an account into the library, as a template with a draft. */
export function useShareCycle(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ cycleId, name }: { cycleId: string; name: string }) =>
      importTemplate({}, { ...(await exportCycle(accountId, cycleId)), Name: name }),
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesKey }),
  });
}
