import { Center } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useSyncExternalStore, type ReactNode } from "react";
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

const SignInPage = lazy(async () => ({ default: (await import("@features/signIn/SignInPage")).SignInPage }));

const loadOverlay = () => import("./SessionOverlay");
const SessionOverlay = lazy(async () => ({ default: (await loadOverlay()).SessionOverlay }));

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
        <Overlay administrator={session.data.Administrator} />
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
    return (
      <Suspense>
        <SignInPage branding={branding} onSignedIn={() => void session.refetch()} />
      </Suspense>
    );
  }
  return (
    <main>
      <PageError isPage what={t("app.console")} error={session.error} onRetry={() => void session.refetch()} />
    </main>
  );
}

/** Asks to sign in again when the session ended, above the work that waits. */
function Overlay({ administrator }: { administrator: SignedIn }) {
  const closed = useSyncExternalStore(
    (listener) => sessionGate.subscribe(listener),
    () => sessionGate.isClosed,
  );
  useEffect(() => {
    // Fetched before it is needed; when that fails it is fetched as it is shown.
    loadOverlay().catch(() => undefined);
  }, []);
  return <Suspense>{closed && <SessionOverlay administrator={administrator} />}</Suspense>;
}
