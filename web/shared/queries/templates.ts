import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, inAccount } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { Template, TemplateInstall, TemplateWrite } from "@shared/api/types";
import { connectorsKey } from "./accountConnectors";
import { cyclesKey } from "./cycles";

/** Key of everything about the partner's templates. */
export const templatesKey = ["templates"] as const;
/** Key of everything about one template. */
export const templateKey = (templateId: string) => [...templatesKey, "one", templateId] as const;

/** No partner has more templates than one answer holds. */
const pageSize = 1000;

/** Published templates, as an account sees them. */
export function useOfferedTemplates(accountId: string) {
  return useQuery({
    queryKey: [...templatesKey, "offered", accountId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1.0/templates", {
          params: { header: inAccount(accountId), query: { pageSize, includeIcons: true, orderBy: "Name", sortOrderAsc: true } },
          signal,
        }),
      ),
  });
}

/** One template. */
export function useTemplate(templateId: string) {
  return useQuery({
    queryKey: [...templateKey(templateId), "details"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1.0/templates/{templateId}", { params: { path: { templateId }, query: { includeIcons: true } }, signal })),
  });
}

/** Changes of templates as a whole. */
export function useTemplateChanges() {
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey: templatesKey });
  return {
    create: useMutation({
      mutationFn: (body: TemplateWrite) => unwrap(api.POST("/v1.0/templates", { body })),
      onSuccess: refresh,
    }),
    update: useMutation({
      mutationFn: ({ templateId, body }: { templateId: string; body: TemplateWrite }) =>
        unwrap(api.PUT("/v1.0/templates/{templateId}", { params: { path: { templateId } }, body })),
      onSuccess: refresh,
    }),
    remove: useMutation({
      mutationFn: (templateId: string) => unwrap(api.DELETE("/v1.0/templates/{templateId}", { params: { path: { templateId } } })),
      onSuccess: (_, templateId) => {
        queries.removeQueries({ queryKey: templateKey(templateId) });
        return refresh();
      },
    }),
  };
}

/** Makes a cycle of a template. */
export function useInstallTemplate(accountId: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ template, body }: { template: Template; body: TemplateInstall }) =>
      unwrap(
        api.POST("/v1.0/templates/{templateId}/install", {
          params: { path: { templateId: template.Id }, header: inAccount(accountId) },
          body,
        }),
      ),
    onSuccess: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: cyclesKey(accountId) }),
        // Connectors that were missing have been installed.
        queries.invalidateQueries({ queryKey: connectorsKey(accountId) }),
      ]),
  });
}
