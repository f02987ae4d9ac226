import { useQuery } from "@tanstack/react-query";
import { api } from "@shared/api/client";
import { unwrap } from "@shared/api/error";
import { useRights } from "@shared/session/SessionContext";

/** Key of everything under Settings. */
export const settingsKey = ["settings"] as const;
/** Key of the partner's general settings. */
export const generalKey = [...settingsKey, "general"] as const;

/** The partner's general settings. */
export function useGeneralSettings(enabled = true) {
  return useQuery({
    queryKey: generalKey,
    enabled,
    queryFn: ({ signal }) => unwrap(api.GET("/v1.0/partner/settings/general", { signal })),
  });
}

/** Whether cycles may be copied into the template library; only who sees the settings is told. */
export function useSharing(): boolean {
  const { settings } = useRights();
  return useGeneralSettings(settings).data?.CycleSharingEnabled === true;
}
