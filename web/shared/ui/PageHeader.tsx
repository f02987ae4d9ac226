import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { usePageTitle } from "./usePageTitle";
import classes from "./Page.module.css";

interface PageHeaderProps {
  title: string;
  /** One sentence on what the page is for. */
  lead?: ReactNode;
  /** Above the title: where this page belongs. */
  trail?: ReactNode;
  /** Before the title, a picture of what the page is about. */
  icon?: ReactNode;
  /** After the title: states and such. */
  aside?: ReactNode;
  /** The page's main actions. */
  actions?: ReactNode;
}

/** The heading of a page; also names the browser's tab. */
export function PageHeader({ title, lead, trail, icon, aside, actions }: PageHeaderProps) {
  usePageTitle(title);
  return (
    <header className={classes.header}>
      {trail}
      <Group justify="space-between" align="flex-end" gap="md" wrap="wrap">
        <Group gap="md" wrap="nowrap" align="center" miw={0}>
          {icon}
          <div className={classes.headings}>
            <Group gap="sm" align="center">
              <Title order={1} className={classes.title} tabIndex={-1} data-page-title>
                {title}
              </Title>
              {aside}
            </Group>
            {lead !== undefined && (
              <Text c="dimmed" maw={640} mt={4}>
                {lead}
              </Text>
            )}
          </div>
        </Group>
        {actions !== undefined && <Group gap="sm">{actions}</Group>}
      </Group>
    </header>
  );
}
