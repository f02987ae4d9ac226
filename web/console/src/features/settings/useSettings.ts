import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import type { AppearanceSettings, GeneralSettings, PartnerUpdate, RetentionSettings, SecuritySettings } from "@shared/api/types";
import { partnerKey } from "@shared/queries/partner";
import { generalKey, settingsKey } from "@shared/queries/settings";

const appearanceKey = [...settingsKey, "appearance"] as const;
const retentionKey = [...settingsKey, "retention"] as const;
const securityKey = [...settingsKey, "security"] as const;

/** Stores general settings; what shows them is drawn anew. */
export function useSaveGeneralSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<GeneralSettings>) => unwrap(api.PUT("/v1.0/partner/settings/general", { body })),
    onSuccess: (saved) => {
      queries.setQueryData(generalKey, saved);
      return Promise.all([queries.invalidateQueries({ queryKey: ["branding"] }), queries.invalidateQueries({ queryKey: ["library"] })]);
    },
  });
}

/** Posts an example to the stored address of the transaction error webhook. */
export function useTestErrorWebhook() {
  return useMutation({
    mutationFn: () => unwrap(api.POST("/v1.0/partner/transactionerrorwebhook/test")),
  });
}

/** Colours, styles and HTML of the partner. */
export function useAppearanceSettings() {
  return useQuery({
    queryKey: appearanceKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/settings/appearance", { signal })),
  });
}

/** Stores appearance. */
export function useSaveAppearanceSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: AppearanceSettings) => unwrap(api.PUT("/v1.0/partner/settings/appearance", { body })),
    onSuccess: (saved) => {
      queries.setQueryData(appearanceKey, saved);
      return queries.invalidateQueries({ queryKey: ["branding"] });
    },
  });
}

/** How long the data of transactions is kept. */
export function useRetentionSettings() {
  return useQuery({
    queryKey: retentionKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/settings/retention", { signal })),
  });
}

/** Stores how long data is kept. */
export function useSaveRetentionSettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: RetentionSettings) => unwrap(api.PUT("/v1.0/partner/settings/retention", { body })),
    onSuccess: (saved) => queries.setQueryData(retentionKey, saved),
  });
}

/** Rules of signing in and of the API. */
export function useSecuritySettings() {
  return useQuery({
    queryKey: securityKey,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/settings/security", { signal })),
  });
}

/** Stores security settings. */
export function useSaveSecuritySettings() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: SecuritySettings) => unwrap(api.PUT("/v1.0/partner/settings/security", { body })),
    onSuccess: (saved) => queries.setQueryData(securityKey, saved),
  });
}

/** Changes the partner's own details. */
export function useUpdatePartner() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: PartnerUpdate) => unwrap(api.PUT("/v1.0/partner", { body })),
    onSuccess: (saved) => queries.setQueryData(partnerKey, saved),
  });
}
