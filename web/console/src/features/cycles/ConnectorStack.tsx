import { Group, Text } from "@mantine/core";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { t } from "@shared/messages/t";

interface ConnectorStackProps {
  connectors: readonly { Id: number; Name: string; Icon?: string | null }[];
}

/** Most pictures side by side; the names are always there. */
const shownIcons = 4;

/** The connectors that something uses: their pictures, and their names in words. */
export function ConnectorStack({ connectors }: ConnectorStackProps) {
  if (connectors.length === 0) return <>{t("none")}</>;
  return (
    <Group gap={8} wrap="nowrap">
      <Group gap={2} wrap="nowrap">
        {connectors.slice(0, shownIcons).map((connector) => (
          <ConnectorIcon key={connector.Id} icon={connector.Icon} name={connector.Name} size={22} />
        ))}
      </Group>
      <Text component="span" size="sm">
        {connectors.map((connector) => connector.Name).join(", ")}
      </Text>
    </Group>
  );
}
