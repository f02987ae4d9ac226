import { Box, useMantineColorScheme } from "@mantine/core";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { t } from "@shared/messages/t";
import { useRights, useSession } from "@shared/session/SessionContext";
import { pagesFor } from "./navigation";
import { SandboxBanner } from "./SandboxBanner";
import { signOut } from "./signOut";
import { useShortcuts, useSingleLetters, type Shortcut } from "./shortcuts";
import { StaleNotice } from "./StaleNotice";
import { TopBar } from "./TopBar";
import classes from "./Shell.module.css";

const loadSearch = () => import("@features/search/CommandSearch");
const CommandSearch = lazy(async () => ({ default: (await loadSearch()).CommandSearch }));

const KeyboardHelp = lazy(async () => ({ default: (await import("./KeyboardHelp")).KeyboardHelp }));

/** What stands around every page: skip link, banner, top bar, search. */
export function Shell() {
  const session = useSession();
  const rights = useRights();
  const navigate = useNavigate();
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const [singleLetters, setSingleLetters] = useSingleLetters();
  const pages = useMemo(() => pagesFor(rights), [rights]);
  const { setColorScheme } = useMantineColorScheme();
  const commands = useMemo(
    () => [
      ...(rights.manageAccounts ? [{ label: "command.addAccount" as const, run: () => void navigate({ to: "/accounts", search: { add: true } }) }] : []),
      { label: "command.light" as const, run: () => setColorScheme("light") },
      { label: "command.dark" as const, run: () => setColorScheme("dark") },
      { label: "command.system" as const, run: () => setColorScheme("auto") },
      { label: "menu.keyboard" as const, run: () => setHelping(true) },
      { label: "menu.signOut" as const, run: signOut },
    ],
    [rights, navigate, setColorScheme],
  );

  const act = useCallback(
    (shortcut: Shortcut) => {
      if (shortcut.kind === "search") setSearching(true);
      if (shortcut.kind === "help") setHelping(true);
      if (shortcut.kind === "go") {
        const page = pagesFor(rights).find((entry) => entry.key === shortcut.key);
        if (page !== undefined) void navigate({ to: page.to });
      }
    },
    [navigate, rights],
  );
  useShortcuts(singleLetters, act);
  useEffect(() => {
    // Fetched ahead, so that what is typed right after its keys arrives; else it is fetched as it opens.
    loadSearch().catch(() => undefined);
  }, []);
  const main = useFocusOnNavigation();

  return (
    <>
      <a href="#main" className={classes.skip}>
        {t("app.skip")}
      </a>
      <SandboxBanner partner={session.Partner} />
      <TopBar onSearch={() => setSearching(true)} onKeyboardHelp={() => setHelping(true)} />
      <Box component="main" id="main" tabIndex={-1} ref={main} className={classes.main}>
        <StaleNotice />
        <Outlet />
      </Box>
      <Suspense>
        {searching && <CommandSearch pages={pages} commands={commands} administratorId={session.Administrator.Id} onClose={() => setSearching(false)} />}
        {helping && (
          <KeyboardHelp onClose={() => setHelping(false)} pages={pages} singleLetters={singleLetters} onSingleLetters={setSingleLetters} />
        )}
      </Suspense>
    </>
  );
}

/** Moves the focus to the page's start when another page has been opened, as a full load would. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    if (before.current !== undefined && path !== undefined && before.current !== path) {
      const within = document.activeElement?.closest("[role=dialog]") !== null && document.activeElement !== document.body;
      const sameSection = samePage(before.current, path);
      if (!within && !sameSection) main.current?.focus({ preventScroll: true });
    }
    before.current = path;
  }, [path]);
  return main;
}

/** Tabs and drawers of one page keep the focus where it is. */
function samePage(one: string, other: string): boolean {
  return pageOf(one) === pageOf(other);
}

function pageOf(path: string): string {
  if (/\/connectors(\/custom)?(\/\d+\/\w+)?\/?$/.test(path) && !path.includes("/accounts/")) return path.includes("/custom") ? "custom" : "library";
  return /\/accounts\/[^/]+(?=\/[^/]+\/?$)/.exec(path)?.[0] ?? path;
}
