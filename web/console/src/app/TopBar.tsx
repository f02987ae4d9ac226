import { ActionIcon, Menu, UnstyledButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown, IconHelpCircle, IconMenu2, IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useState, type CSSProperties } from "react";
import { parseHex, textOn } from "@shared/theme/colour";
import { barVariable, readVariable } from "@shared/theme/lessVariables";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { MenuLink, SectionLink } from "@shared/ui/links";
import { useAppName } from "@shared/ui/usePageTitle";
import { brandingQuery } from "./branding";
import { dashboardEntry, marked, menusFor, type MenuGroup } from "./navigation";
import { UserMenu } from "./UserMenu";
import classes from "./Shell.module.css";

const NarrowMenu = lazy(async () => ({ default: (await import("./NarrowMenu")).NarrowMenu }));

interface TopBarProps {
  onSearch: () => void;
  onKeyboardHelp: () => void;
}

/** Menus, search, help and the signed-in person. */
export function TopBar({ onSearch, onKeyboardHelp }: TopBarProps) {
  const menus = menusFor(useRights());
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [opened, drawer] = useDisclosure(false);
  // Fetched when it is first opened, and kept, so that it can slide away.
  const [wanted, setWanted] = useState(false);
  const branding = useQuery(brandingQuery).data;
  const bar = readVariable(branding?.ApplicationLessVariables, barVariable);

  return (
    <header className={classes.bar} style={barColours(bar)}>
      <div className={classes.barInner}>
        <ActionIcon
          className={classes.onlyNarrow}
          variant="subtle"
          color="gray"
          c="inherit"
          size="lg"
          aria-label={t("app.openMenu")}
          aria-expanded={opened}
          onClick={() => {
            setWanted(true);
            drawer.open();
          }}
        >
          <IconMenu2 size={22} />
        </ActionIcon>
        <Brand icon={branding?.ApplicationIcon} />
        <nav className={classes.nav} aria-label={t("app.nav")}>
          <SectionLink to={dashboardEntry.to} className={classes.item} {...marked(path === "/")}>
            {t(dashboardEntry.label)}
          </SectionLink>
          {menus.map((menu) => (
            <BarMenu key={menu.label} menu={menu} path={path} />
          ))}
        </nav>
        <UnstyledButton className={classes.search} onClick={onSearch} aria-keyshortcuts="Control+K Meta+K /">
          <IconSearch size={16} aria-hidden="true" />
          <span>{t("search.open")}</span>
          <kbd aria-hidden="true">{isMac() ? "⌘ K" : "Ctrl K"}</kbd>
        </UnstyledButton>
        <HelpMenu onKeyboardHelp={onKeyboardHelp} />
        <UserMenu />
      </div>
      {wanted && (
        <Suspense>
          <NarrowMenu opened={opened} onClose={drawer.close} menus={menus} path={path} />
        </Suspense>
      )}
    </header>
  );
}

function Brand({ icon }: { icon: string | null | undefined }) {
  const app = useAppName();
  return (
    <SectionLink to="/" className={classes.brand} aria-label={t("app.home", { app })}>
      <img src={icon ?? `${import.meta.env.BASE_URL}favicon.svg`} alt="" />
      <span className={classes.brandName}>{app}</span>
    </SectionLink>
  );
}

function BarMenu({ menu, path }: { menu: MenuGroup; path: string }) {
  const active = menu.entries.some((entry) => path.startsWith(entry.to));
  return (
    <Menu position="bottom-start" offset={4} width={260}>
      <Menu.Target>
        <UnstyledButton className={classes.item} {...(active ? { "data-active": true } : {})}>
          {t(menu.label)}
          <IconChevronDown size={14} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {menu.entries.map((entry) => (
          <MenuLink key={entry.to} to={entry.to}>
            {t(entry.label)}
          </MenuLink>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function HelpMenu({ onKeyboardHelp }: { onKeyboardHelp: () => void }) {
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" c="inherit" size="lg" ml={4} aria-label={t("menu.help")}>
          <IconHelpCircle size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component="a" href="/docs" target="_blank" rel="noreferrer">
          {t("menu.apiReference")}
        </Menu.Item>
        <Menu.Item onClick={onKeyboardHelp} rightSection={<kbd>?</kbd>}>
          {t("menu.keyboard")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function barColours(colour: string | undefined): CSSProperties | undefined {
  if (colour === undefined || parseHex(colour) === undefined) return undefined;
  const ink = textOn(colour);
  return { "--v-bar": colour, "--v-bar-ink": ink, "--v-bar-line": ink } as CSSProperties;
}

function isMac(): boolean {
  return navigator.userAgent.includes("Mac");
}
