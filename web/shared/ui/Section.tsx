import { Group, Text, Title, type TitleOrder } from "@mantine/core";
import { useId, type ReactNode } from "react";
import classes from "./Page.module.css";

interface SectionProps {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  order?: TitleOrder;
  children: ReactNode;
}

/** A titled part of a page. */
export function Section({ title, description, actions, order = 2, children }: SectionProps) {
  const id = useId();
  return (
    <section className={classes.section} aria-labelledby={id}>
      <Group justify="space-between" align="flex-start" mb="md" gap="sm">
        <div>
          <Title order={order} id={id} className={classes.sectionTitle}>
            {title}
          </Title>
          {description !== undefined && (
            <Text size="sm" c="dimmed" mt={2} maw={620}>
              {description}
            </Text>
          )}
        </div>
        {actions}
      </Group>
      {children}
    </section>
  );
}
