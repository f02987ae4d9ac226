import type { accountConnectorMessages } from "./accountConnectors";
import type { accountMessages } from "./accounts";
import type { auditMessages } from "./audit";
import type { buildingMessages } from "./building";
import type { cycleMessages } from "./cycles";
import type { dashboardMessages } from "./dashboard";
import type { fileMessages } from "./files";
import type { libraryMessages } from "./library";
import type { partnerReportMessages } from "./partnerReports";
import type { profileMessages } from "./profile";
import type { reportMessages } from "./reports";
import type { settingsMessages } from "./settings";
import type { shellMessages } from "./shell";
import type { signInMessages } from "./signIn";
import type { templateMessages } from "./templates";
import type { userMessages } from "./users";

/**
 * Names of all texts there are, in English. The texts themselves come with the files that show them,
 * each of which imports its own; only those of the shell and of signing in are there from the start.
 */
export type TextName =
  | keyof typeof shellMessages
  | keyof typeof signInMessages
  | keyof typeof dashboardMessages
  | keyof typeof libraryMessages
  | keyof typeof accountMessages
  | keyof typeof accountConnectorMessages
  | keyof typeof userMessages
  | keyof typeof auditMessages
  | keyof typeof settingsMessages
  | keyof typeof profileMessages
  | keyof typeof buildingMessages
  | keyof typeof cycleMessages
  | keyof typeof fileMessages
  | keyof typeof templateMessages
  | keyof typeof reportMessages
  | keyof typeof partnerReportMessages;
