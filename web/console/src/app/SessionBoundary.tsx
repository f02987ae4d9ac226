import { Center, Modal } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useSyncExternalStore, type ReactNode } from "react";
import { SignInForm } from "@features/signIn/SignInForm";
import { SignInPage } from "@features/signIn/SignInPage";
import { consoleSession, type SignedIn } from "@shared/api/consoleSession";
import { ApiError } from "@shared/api/error";
import { sessionGate } from "@shared/api/sessionGate";
import { t } from "@shared/messages/t";
import { SessionContext } from "@shared/session/SessionContext";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { brandingQuery } from "./branding";
import { signOut } from "./signOut";

const RequiredSecondFactorPage = lazy(async () => ({
  default: (await import("@features/profile/RequiredSecondFactorPage")).RequiredSecondFactorPage,
}));

/** Who is signed in; fails with 401 when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => consoleSession.read(),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Shows its children to a signed-in administrator and the sign-in page to anybody else. */
export function SessionBoundary({ children }: { children: ReactNode }) {
  const session = useQuery(sessionQuery);
  const branding = useQuery(brandingQuery).data;

  if (session.data !== undefined) {
    return (
      <SessionContext value={session.data}>
        {session.data.Administrator.MustSetUpTotp ? (
          <Suspense>
            <RequiredSecondFactorPage onSignOut={signOut} />
          </Suspense>
        ) : (
          children
        )}
        <SessionOverlay administrator={session.data.Administrator} />
      </SessionContext>
    );
  }
  if (session.isPending) {
    return (
      <Center mih="100dvh">
        <div style={{ width: "min(420px, 90vw)" }}>
          <PageSkeleton label={t("signIn.title")} shape="text" rows={4} />
        </div>
      </Center>
    );
  }
  if (session.error instanceof ApiError && session.error.status === 401) {
    return <SignInPage branding={branding} onSignedIn={() => void session.refetch()} />;
  }
  return <PageError what={t("signIn.title")} error={session.error} onRetry={() => void session.refetch()} />;
}

/** Asks to sign in again when the session ended, above the work that waits. */
function SessionOverlay({ administrator }: { administrator: SignedIn }) {
  const queries = useQueryClient();
  const closed = useSyncExternalStore(
    (listener) => sessionGate.subscribe(listener),
    () => sessionGate.isClosed,
  );
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
      opened={closed}
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
