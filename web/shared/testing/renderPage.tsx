import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
  type AnyRouter,
} from "@tanstack/react-router";
import axe from "axe-core";
import type { ReactNode } from "react";
import { render } from "vitest-browser-react";
import { cssVariables, themeFor } from "@shared/theme/theme";
import type { ConsoleSession } from "@shared/api/consoleSession";
import { SessionContext } from "@shared/session/SessionContext";

/** An administrator who may do everything. */
export const session: ConsoleSession = {
  Administrator: {
    Id: "ada",
    Username: "ada@example.com",
    Name: "Ada",
    Role: "Administrator",
    IsInstanceAdministrator: false,
    TotpEnabled: false,
    MustSetUpTotp: false,
  },
  Partner: { ApplicationDisplayName: "Velodrome", Sandbox: false, EgressRewrite: false },
};

interface Around {
  theme?: "light" | "dark";
  signedIn?: ConsoleSession;
}

/** Draws a page with all that stands around it in the console. */
export function renderPage(page: ReactNode, { theme = "light", signedIn = session }: Around = {}) {
  const root = createRootRoute({ component: Outlet });
  const everywhere = createRoute({ getParentRoute: () => root, path: "$", component: () => page });
  const router = createRouter({
    routeTree: root.addChildren([everywhere]),
    history: createMemoryHistory({ initialEntries: ["/test"] }),
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={queries}>
      <MantineProvider theme={themeFor(undefined)} cssVariablesResolver={cssVariables} forceColorScheme={theme} env="test">
        <Notifications position="bottom-left" />
        <SessionContext value={signedIn}>
          {/* The pages' links are typed by the console's own router. */}
          <RouterProvider router={router as AnyRouter} />
        </SessionContext>
      </MantineProvider>
    </QueryClientProvider>,
  );
}

/** What axe finds wrong on the page as it is now. */
export async function violations(): Promise<string[]> {
  const results = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  return results.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`));
}
