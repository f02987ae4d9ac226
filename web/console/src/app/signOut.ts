import { consoleSession } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { toastFailure } from "@shared/ui/toast";

/** Ends the session. A fresh page keeps nothing of the person who left. */
export function signOut(): void {
  consoleSession.signOut().then(
    () => window.location.assign(import.meta.env.BASE_URL),
    (error: unknown) => toastFailure(t("menu.signOut"), error instanceof Error ? error : new Error(String(error))),
  );
}
