import { accountConnectorMessages } from "./accountConnectors";
import { accountMessages } from "./accounts";
import { auditMessages } from "./audit";
import { connectorBuilderMessages } from "./connectorBuilder";
import { customConnectorMessages } from "./customConnectors";
import { shellMessages } from "./shell";
import { dashboardMessages } from "./dashboard";
import { libraryMessages } from "./library";
import { profileMessages } from "./profile";
import { scriptMessages } from "./scripts";
import { settingsMessages } from "./settings";
import { signInMessages } from "./signIn";
import { userMessages } from "./users";

/** Every text of the console in English. */
export const en = {
  ...shellMessages,
  ...signInMessages,
  ...dashboardMessages,
  ...libraryMessages,
  ...accountMessages,
  ...accountConnectorMessages,
  ...userMessages,
  ...auditMessages,
  ...scriptMessages,
  ...customConnectorMessages,
  ...connectorBuilderMessages,
  ...settingsMessages,
  ...profileMessages,
} as const;
