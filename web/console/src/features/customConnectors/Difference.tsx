import { Alert, Badge, Text } from "@mantine/core";
import { useDifference, type ReleaseChange } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import classes from "./Difference.module.css";

interface DifferenceProps {
  owner: string;
  connectorId: number;
  from: string;
  to: string;
}

/** What differs between two releases, in sentences, under the method that it is about. */
export function Difference({ owner, connectorId, from, to }: DifferenceProps) {
  const difference = useDifference(owner, connectorId, from, to, true);
  if (difference.isPending) return <PageSkeleton label={t("cc.difference")} shape="text" rows={4} />;
  if (difference.isError) return <PageError what={t("cc.difference")} error={difference.error} onRetry={() => void difference.refetch()} />;
  const { Changes: changes, IsCompatible: compatible } = difference.data;
  if (changes.length === 0) return <Text c="dimmed">{t("cc.noDifference")}</Text>;
  const groups = new Map<string, ReleaseChange[]>();
  for (const change of changes) {
    const method = change.Method ?? "";
    groups.set(method, [...(groups.get(method) ?? []), change]);
  }
  return (
    <>
      {!compatible && (
        <Alert color="orange" mb="sm">
          {t("cc.incompatible")}
        </Alert>
      )}
      {/* Long differences scroll by themselves, with keys too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.changes} tabIndex={0} role="region" aria-label={t("cc.difference")}>
        {[...groups].map(([method, members]) => (
          <div key={method}>
            <Text fw={560} size="sm">
              {method === "" ? t("cc.wholeConnector") : method}
            </Text>
            <ul className={classes.list}>
              {members.map((change, index) => (
                <li key={index}>
                  <Badge size="sm" variant="light" color={colourOf(change)}>
                    {t(`cc.change.${change.Change}`)}
                  </Badge>{" "}
                  {change.Text}
                </li>
              ))}
            </ul>
          </div>
        ))}
      </div>
    </>
  );
}

function colourOf({ Change }: ReleaseChange): string {
  return Change === "Added" ? "teal" : Change === "Removed" ? "red" : "blue";
}
