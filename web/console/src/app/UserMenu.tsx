import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from "@mantine/core";
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun, IconUser } from "@tabler/icons-react";
import { t } from "@shared/messages/t";
import { useSession } from "@shared/session/SessionContext";
import { MenuLink } from "@shared/ui/links";
import { signOut } from "./signOut";
import classes from "./Shell.module.css";

const schemes: { scheme: MantineColorScheme; icon: typeof IconSun }[] = [
  { scheme: "light", icon: IconSun },
  { scheme: "dark", icon: IconMoon },
  { scheme: "auto", icon: IconDeviceDesktop },
];

/** Who is signed in, the theme, and the way out. */
export function UserMenu() {
  const { Administrator: who } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const name = who.Name ?? who.Username;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="transparent" size="lg" ml={2} aria-label={t("menu.user", { name })}>
          <span className={classes.initials} data-initials={initialsOf(name)} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{who.Username}</Menu.Label>
        <MenuLink to="/profile" leftSection={<IconUser size={16} />}>
          {t("menu.profile")}
        </MenuLink>
        <Menu.Divider />
        <Menu.Label>{t("menu.theme")}</Menu.Label>
        {schemes.map(({ scheme, icon: Icon }) => (
          <Menu.Item
            key={scheme}
            role="menuitemradio"
            aria-checked={colorScheme === scheme}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === scheme ? <IconCheck size={16} /> : null}
            onClick={() => setColorScheme(scheme)}
          >
            {t(`menu.theme.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={signOut}>
          {t("menu.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** "AL" for Ada Lind; drawn by the style sheet, for the button has a name already. */
function initialsOf(name: string): string {
  const words = name.split(/[\s.@]+/).filter((word) => word !== "");
  return words
    .slice(0, 2)
    .map((word) => word.slice(0, 1).toUpperCase())
    .join("");
}
