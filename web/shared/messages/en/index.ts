import { accountConnectorMessages } from "./accountConnectors";
import { accountMessages } from "./accounts";
import { auditMessages } from "./audit";
import { shellMessages } from "./shell";
import { dashboardMessages } from "./dashboard";
import { libraryMessages } from "./library";
import { profileMessages } from "./profile";
import { settingsMessages } from "./settings";
import { signInMessages } from "./signIn";
import { userMessages } from "./users";

/** Texts of the shell and of every page that is small, in English. */
export const en = {
  ...shellMessages,
  ...signInMessages,
  ...dashboardMessages,
  ...libraryMessages,
  ...accountMessages,
  ...accountConnectorMessages,
  ...userMessages,
  ...auditMessages,
  ...settingsMessages,
  ...profileMessages,
} as const;
