import { Button, Group } from "@mantine/core";
import { IconBug, IconCloudOff, IconMapQuestion } from "@tabler/icons-react";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { ButtonLink } from "@shared/ui/links";
import { EmptyState } from "@shared/ui/PageStates";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { isReachable, UnreachableError } from "./loadPage";

/** The address leads nowhere. */
export function NotFoundPage() {
  usePageTitle(t("app.notFound"));
  return (
    <main>
      <EmptyState
        isPage
        icon={<IconMapQuestion size={36} stroke={1.4} />}
        title={t("app.notFound")}
        hint={t("app.notFoundHint")}
        action={<ButtonLink to="/">{t("app.toDashboard")}</ButtonLink>}
      />
    </main>
  );
}

/** Something in the page itself failed, or it could not be fetched. */
export function CrashedPage({ error }: { error: unknown }) {
  usePageTitle(t("app.crashed"));
  if (error instanceof UnreachableError) return <UnreachablePage />;
  return (
    <div role="alert">
      <EmptyState
        isPage
        icon={<IconBug size={36} stroke={1.4} />}
        title={t("app.crashed")}
        hint={`${t("app.crashedHint")} (${error instanceof Error ? error.message : String(error)})`}
        action={
          <Group>
            <Button onClick={() => window.location.reload()}>{t("app.reload")}</Button>
          </Group>
        }
      />
    </div>
  );
}

/** The page's script is not here yet, and the server can't be asked for it. */
function UnreachablePage() {
  const [tries, setTries] = useState<"none" | "trying" | "failed">("none");
  const again = async () => {
    setTries("trying");
    // Loading anew without a server would lose the console as well.
    if (await isReachable()) window.location.reload();
    else setTries("failed");
  };
  return (
    <div role="alert">
      <EmptyState
        isPage
        icon={<IconCloudOff size={36} stroke={1.4} />}
        title={t("app.unreachable")}
        hint={t(tries === "failed" ? "app.stillUnreachable" : "app.unreachableHint")}
        action={
          <Button loading={tries === "trying"} onClick={() => void again()}>
            {t("page.tryAgain")}
          </Button>
        }
      />
    </div>
  );
}
