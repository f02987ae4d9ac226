import { Drawer } from "@mantine/core";
import { t } from "@shared/messages/t";
import { SectionLink } from "@shared/ui/links";
import { dashboardEntry, marked, type MenuGroup } from "./navigation";
import classes from "./Shell.module.css";

interface NarrowMenuProps {
  opened: boolean;
  onClose: () => void;
  menus: MenuGroup[];
  path: string;
}

/** The menus of the top bar as a drawer, for narrow screens. */
export function NarrowMenu({ opened, onClose, menus, path }: NarrowMenuProps) {
  return (
    <Drawer opened={opened} onClose={onClose} title={t("app.menu")} size="min(320px, 88vw)" closeButtonProps={{ "aria-label": t("app.closeMenu") }}>
      <nav aria-label={t("app.nav")}>
        <SectionLink to="/" className={classes.drawerLink} onClick={onClose} {...marked(path === "/")}>
          {t(dashboardEntry.label)}
        </SectionLink>
        {menus.map((menu) => (
          <div key={menu.label}>
            <p className={classes.drawerGroup}>{t(menu.label)}</p>
            {menu.entries.map((entry) => (
              <SectionLink key={entry.to} to={entry.to} className={classes.drawerLink} onClick={onClose} {...marked(isAt(menu, entry.to, path))}>
                {t(entry.label)}
              </SectionLink>
            ))}
          </div>
        ))}
      </nav>
    </Drawer>
  );
}

/** Whether a page is below the entry, and below no entry that says more. */
function isAt(menu: MenuGroup, to: string, path: string): boolean {
  const below = menu.entries.map((entry) => entry.to).filter((entry) => path.startsWith(entry));
  return below.includes(to as (typeof below)[number]) && below.every((entry) => entry.length <= to.length);
}
