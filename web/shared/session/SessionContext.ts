import { createContext, useContext } from "react";
import type { ConsoleSession } from "@shared/api/consoleSession";
import { rightsOf, type Rights } from "./rights";

/** The session that the shell was opened with. */
export const SessionContext = createContext<ConsoleSession | null>(null);

/** Who is signed in and for which partner. */
export function useSession(): ConsoleSession {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("useSession is for pages inside the shell");
  return session;
}

/** What the signed-in administrator may do. */
export function useRights(): Rights {
  return rightsOf(useSession().Administrator.Role);
}
