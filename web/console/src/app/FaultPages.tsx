import { Button, Group } from "@mantine/core";
import { IconBug, IconMapQuestion } from "@tabler/icons-react";
import { t } from "@shared/messages/t";
import { ButtonLink } from "@shared/ui/links";
import { EmptyState } from "@shared/ui/PageStates";
import { usePageTitle } from "@shared/ui/usePageTitle";

/** The address leads nowhere. */
export function NotFoundPage() {
  usePageTitle(t("app.notFound"));
  return (
    <EmptyState
      icon={<IconMapQuestion size={36} stroke={1.4} />}
      title={t("app.notFound")}
      hint={t("app.notFoundHint")}
      action={<ButtonLink to="/">{t("app.toDashboard")}</ButtonLink>}
    />
  );
}

/** Something in the page itself failed. */
export function CrashedPage({ error }: { error: unknown }) {
  return (
    <div role="alert">
      <EmptyState
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
