import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap, unwrapPage } from "@shared/api/error";
import type { RecycleBinItem, ReleaseCopy, UpgradeResult } from "@shared/api/types";
import { exportRelease } from "@shared/queries/exchange";
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
  };
}

/** Cycles that one answer holds. */
const everyInstallation = 1000;

const installationsKey = (templateId: string) => [...templateKey(templateId), "installations"] as const;

/** The cycles of all accounts that were installed from a template, by name. */
export function useInstallations(templateId: string) {
  return useQuery({
    queryKey: installationsKey(templateId),
    queryFn: async ({ signal }) => {
      const page = (number: number) =>
        unwrapPage(
          api.GET("/v1.0/templates/{templateId}/installations", {
            params: { path: { templateId }, query: { page: number, pageSize: everyInstallation } },
            signal,
          }),
        );
      const first = await page(1);
      const rest = await Promise.all(Array.from({ length: first.totalPages - 1 }, (_, index) => page(index + 2)));
      return [first, ...rest].flatMap(({ items }) => items);
    },
    // Others install and upgrade too: what is decided on is what there is now.
    staleTime: 0,
  });
}

/** A release as a document, to be compared. */
export function useReleaseDocument(templateId: string, releaseId: string) {
  return useQuery({
    queryKey: [...templateKey(templateId), "document", releaseId],
    queryFn: ({ signal }) => exportRelease(templateId, releaseId, signal),
  });
}

/** Moving what is installed to the live release, and what became of each cycle as far as it is known. */
export interface Upgrade {
  run: () => void;
  isRunning: boolean;
  results: readonly UpgradeResult[] | undefined;
  error: Error | null;
}

/** Between two looks at an upgrade that goes on in the background, in milliseconds. */
const upgradeInterval = 2_000;

/** Moves every installed cycle of a template to its live release; what takes longer than one answer is followed. */
export function useUpgrade(templateId: string): Upgrade {
  const queries = useQueryClient();
  const upgrade = useMutation({
    mutationFn: async () => {
      const params = { path: { templateId } };
      await unwrap(api.PUT("/v1.0/templates/{templateId}/upgrade", { params }));
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: templatesKey }),
  });
  const progress = useQuery({
    queryKey: [...templateKey(templateId), "upgrade", upgrade.submittedAt],
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/templates/{templateId}/upgrade", { params: { path: { templateId } }, signal })),
    enabled: upgrade.isSuccess,
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.PendingCount === 0 ? false : upgradeInterval),
  });
  return {
    run: () => upgrade.mutate(),
    isRunning: upgrade.isPending || (upgrade.isSuccess && progress.isPending),
    results: upgrade.isSuccess ? progress.data?.Results : undefined,
    error: upgrade.error ?? progress.error,
  };
}

const binKey = ["recycle-bin"] as const;

/** Everything in the recycle bin, what was deleted last first. */
export function useRecycleBin() {
  return useQuery({
    queryKey: binKey,
    queryFn: async ({ signal }): Promise<RecycleBinItem[]> => {
      const page = (number: number) => unwrapPage(api.GET("/v1.0/partner/recyclebin", { params: { query: { page: number, pageSize } }, signal }));
      const first = await page(1);
      const rest = await Promise.all(Array.from({ length: first.totalPages - 1 }, (_, index) => page(index + 2)));
      return [first, ...rest].flatMap(({ items }) => items);
    },
  });
}

/** Removes something from the recycle bin for good. */
export function purge(itemId: string): Promise<unknown> {
  return unwrap(api.DELETE("/v1.0/partner/recyclebin/{itemId}", { params: { path: { itemId } } }));
}

/** What becomes of things in the recycle bin. */
export function useBinChanges() {
  const queries = useQueryClient();
  // What is restored is listed again: templates, and the cycles of its account.
  const refresh = () => Promise.all([[...binKey], [...templatesKey], ["account"]].map((queryKey) => queries.invalidateQueries({ queryKey })));
  return {
    refresh,
    restore: useMutation({
      mutationFn: (itemId: string) => unwrap(api.POST("/v1.0/partner/recyclebin/{itemId}/restore", { params: { path: { itemId } } })),
      onSettled: refresh,
    }),
    remove: useMutation({ mutationFn: purge, onSettled: refresh }),
  };
}
