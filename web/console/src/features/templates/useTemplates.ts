import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { callApi } from "@shared/api/call";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { ReleaseCopy, Template } from "@shared/api/types";
import { templateKey, templatesKey } from "@shared/queries/templates";

/** No partner has more templates than one answer holds. */
const pageSize = 1000;
/** No template has more releases than one answer holds. */
const everyRelease = 1000;

/** Every template of the partner, published or not. */
export function useTemplates() {
  return useQuery({
    queryKey: [...templatesKey, "library"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/templates", {
          params: { query: { pageSize, includeIcons: true, includeUnpublished: true, orderBy: "Name", sortOrderAsc: true } },
          signal,
        }),
      ),
  });
}

/** Every folder, flat. */
export function useFolders() {
  return useQuery({
    queryKey: [...templatesKey, "folders"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/templates/folders", { signal })),
  });
}

/** The releases of a template, newest first. */
export function useReleases(templateId: string) {
  return useQuery({
    queryKey: [...templateKey(templateId), "releases"],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/templates/{templateId}/releases", { params: { path: { templateId }, query: { pageSize: everyRelease } }, signal }),
      ),
  });
}

/** One release. */
export function useRelease(templateId: string, releaseId: string) {
  return useQuery({
    queryKey: [...templateKey(templateId), "release", releaseId],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/templates/{templateId}/releases/{releaseId}", { params: { path: { templateId, releaseId } }, signal })),
  });
}

/** Changes of folders. */
export function useFolderChanges() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: templatesKey });
  return {
    create: useMutation({
      mutationFn: (body: { Name: string; ParentId: string | null }) => unwrap(api.POST("/v1.0/templates/folders", { body })),
      onSuccess: refresh,
    }),
    update: useMutation({
      mutationFn: ({ folderId, ...body }: { folderId: string; Name: string; ParentId: string | null }) =>
        unwrap(api.PUT("/v1.0/templates/folders/{folderId}", { params: { path: { folderId } }, body })),
      onSuccess: refresh,
    }),
    remove: useMutation({
      mutationFn: (folderId: string) => unwrap(api.DELETE("/v1.0/templates/folders/{folderId}", { params: { path: { folderId } } })),
      onSuccess: refresh,
    }),
  };
}

/** Changes of a template's releases. */
export function useReleaseChanges(templateId: string) {
  const queries = useQueryClient();
  const path = { templateId };
  const refresh = () => queries.invalidateQueries({ queryKey: templatesKey });
  return {
    setNotes: useMutation({
      mutationFn: ({ releaseId, Notes }: { releaseId: string; Notes: string }) =>
        unwrap(api.PUT("/v1.0/templates/{templateId}/releases/{releaseId}", { params: { path: { ...path, releaseId } }, body: { Notes } })),
      onSuccess: refresh,
    }),
    promote: useMutation({
      mutationFn: (releaseId: string) =>
        unwrap(api.PUT("/v1.0/templates/{templateId}/releases/{releaseId}/promote", { params: { path: { ...path, releaseId } } })),
      onSuccess: refresh,
    }),
    copy: useMutation({
      mutationFn: (body: ReleaseCopy) => unwrap(api.POST("/v1.0/templates/{templateId}/releases", { params: { path }, body })),
      onSuccess: refresh,
    }),
    remove: useMutation({
      mutationFn: (releaseId: string) =>
        unwrap(api.DELETE("/v1.0/templates/{templateId}/releases/{releaseId}", { params: { path: { ...path, releaseId } } })),
      onSuccess: refresh,
    }),
    upgrade: useMutation({
      mutationFn: () => unwrap(api.PUT("/v1.0/templates/{templateId}/upgrade", { params: { path } })),
      onSuccess: refresh,
    }),
  };
}

/** A release as a document, to take away. It is handed on as it comes, so that nothing of it is lost. */
export async function exportRelease(templateId: string, releaseId: string): Promise<string> {
  const { data } = await callApi<unknown>("GET", `/v1.0/templates/${templateId}/releases/${releaseId}/export`);
  return typeof data === "string" ? data : JSON.stringify(data, null, 2);
}

/** Where an imported document goes: into a folder as a new template, or into a template as a new draft. */
export interface ImportTarget {
  folderId?: string | undefined;
  templateId?: string | undefined;
}

/** Makes a template, or a draft of one, from a document, which is sent as it came. */
export function useImport() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ document, folderId, templateId }: ImportTarget & { document: unknown }) =>
      (await callApi<Template>("POST", "/v1.0/templates/import", { query: { folderid: folderId, templateid: templateId }, body: document })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesKey }),
  });
}
