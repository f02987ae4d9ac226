import { Modal } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { SignInForm } from "@features/signIn/SignInForm";
import type { SignedIn } from "@shared/api/consoleSession";
import { sessionGate } from "@shared/api/sessionGate";
import { t } from "@shared/messages/t";

/** Asks to sign in again when the session ended, above the work that waits. */
export function SessionOverlay({ administrator }: { administrator: SignedIn }) {
  const queries = useQueryClient();
  const resume = async (signedIn: SignedIn) => {
    // Somebody else's data must not be shown to whoever signed in now.
    if (signedIn.Id !== administrator.Id) {
      window.location.reload();
      return;
    }
    sessionGate.open();
    await queries.invalidateQueries();
  };
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t("signIn.over")}
      zIndex={1000}
    >
      <SignInForm lead={t("signIn.overLead")} email={administrator.Username} onSignedIn={(signedIn) => void resume(signedIn)} />
    </Modal>
  );
}
