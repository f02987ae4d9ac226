import "@shared/messages/en/accountConnectors";
import { Badge, Text } from "@mantine/core";
import type { DefinitionChange } from "@shared/api/types";
import { t } from "@shared/messages/t";
import classes from "./Changes.module.css";

/** One difference. */
export type Change = Pick<DefinitionChange, "Method" | "Change" | "Text">;

interface ChangesProps {
  label: string;
  changes: readonly Change[];
  /** What changes without a method are about; the connector when left out. */
  whole?: string;
}

/** What differs between two releases, in sentences, under the method or step that it is about. */
export function Changes({ label, changes, whole }: ChangesProps) {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const method = change.Method ?? "";
    groups.set(method, [...(groups.get(method) ?? []), change]);
  }
  return (
    // Long differences scroll by themselves, with keys too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.changes} tabIndex={0} role="region" aria-label={label}>
      {[...groups].map(([method, members]) => (
        <div key={method}>
          <Text fw={560} size="sm">
            {method === "" ? (whole ?? t("change.wholeConnector")) : method}
          </Text>
          <ul className={classes.list}>
            {members.map((change, index) => (
              <li key={index}>
                <Badge size="sm" variant="light" color={colourOf(change)}>
                  {t(`change.${change.Change}`)}
                </Badge>{" "}
                {change.Text}
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
  );
}

function colourOf({ Change }: Change): string {
  return Change === "Added" ? "teal" : Change === "Removed" ? "red" : "blue";
}
