import { Alert, Text } from "@mantine/core";
import { Changes } from "@shared/connector/Changes";
import { t } from "@shared/messages/t";
import { useDifference } from "@shared/queries/customConnectors";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";

interface DifferenceProps {
  owner: string;
  connectorId: number;
  from: string;
  to: string;
}

/** What differs between two releases. */
export function Difference({ owner, connectorId, from, to }: DifferenceProps) {
  const difference = useDifference(owner, connectorId, from, to, true);
  if (difference.isPending) return <PageSkeleton label={t("cc.difference")} shape="text" rows={4} />;
  if (difference.isLoadingError) return <PageError what={t("cc.difference")} error={difference.error} onRetry={() => void difference.refetch()} />;
  const { Changes: changes, IsCompatible: compatible } = difference.data;
  if (changes.length === 0) return <Text c="dimmed">{t("cc.noDifference")}</Text>;
  return (
    <>
      {!compatible && (
        <Alert color="orange" mb="sm">
          {t("cc.incompatible")}
        </Alert>
      )}
      <Changes label={t("cc.difference")} changes={changes} />
    </>
  );
}
