import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useMemo } from "react";
import { readVariable, primaryVariable } from "@shared/theme/lessVariables";
import { AppNameContext } from "@shared/ui/usePageTitle";
import { brandingQuery } from "./branding";
import { queryClient } from "./queryClient";
import { router } from "./router";
import { cssVariables, themeFor } from "@shared/theme/theme";

/** The console. */
export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <Branded />
    </QueryClientProvider>
  );
}

function Branded() {
  const branding = useQuery(brandingQuery).data;
  const primary = readVariable(branding?.ApplicationLessVariables, primaryVariable);
  const theme = useMemo(() => themeFor(primary), [primary]);
  useFavIcon(branding?.FavIcon);
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <AppNameContext value={branding?.ApplicationDisplayName ?? "Velodrome"}>
        <Notifications position="bottom-left" />
        <RouterProvider router={router} />
      </AppNameContext>
    </MantineProvider>
  );
}

function useFavIcon(icon: string | null | undefined) {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon && link !== null) link.href = icon;
  }, [icon]);
}
