import { MantineProvider } from "@mantine/core";
import { notificationsStore } from "@mantine/notifications";
import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { readVariable, primaryVariable } from "@shared/theme/lessVariables";
import { AppNameContext } from "@shared/ui/usePageTitle";
import { brandingQuery } from "./branding";
import { queryClient } from "./queryClient";
import { router } from "./router";
import { cssVariables, themeFor } from "@shared/theme/theme";

const Toasts = lazy(async () => ({ default: (await import("./Toasts")).Toasts }));

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
        <ToastsWhenThereAre />
        <RouterProvider router={router} />
      </AppNameContext>
    </MantineProvider>
  );
}

/** Fetched with the first note; the store holds notes until then. */
function ToastsWhenThereAre() {
  const [wanted, setWanted] = useState(false);
  useEffect(() => notificationsStore.subscribe(() => setWanted(true)), []);
  return <Suspense>{wanted && <Toasts />}</Suspense>;
}

function useFavIcon(icon: string | null | undefined) {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (icon && link !== null) link.href = icon;
  }, [icon]);
}
