import "@shared/messages/en/accountConnectors";
import { Badge } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import type { AccountConnector, AuthenticationState } from "@shared/api/types";
import { t } from "@shared/messages/t";

const looks = {
  Authenticated: { colour: "teal", icon: IconCircleCheck },
  NotAuthenticated: { colour: "gray", icon: IconCircleDashed },
  NeedsReauthentication: { colour: "orange", icon: IconAlertTriangle },
} as const;

/** Whether a connector can be used; older answers tell only yes or no. */
export function stateOf(connector: Pick<AccountConnector, "Authenticated" | "AuthenticationState">): AuthenticationState {
  return connector.AuthenticationState ?? (connector.Authenticated ? "Authenticated" : "NotAuthenticated");
}

/** The state of a connector's authentication, in words, colour and shape. */
export function StateBadge({ connector }: { connector: Pick<AccountConnector, "Authenticated" | "AuthenticationState"> }) {
  const state = stateOf(connector);
  const { colour, icon: Icon } = looks[state];
  return (
    <Badge variant="light" color={colour} leftSection={<Icon size={13} />} tt="none" size="md">
      {t(`ac.state.${state}`)}
    </Badge>
  );
}
