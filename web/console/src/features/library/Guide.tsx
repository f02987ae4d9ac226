import "@shared/messages/en/library";
import { Button, Group, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { RichText } from "@shared/ui/RichText";
import { useGuide } from "./useSetup";
import classes from "./Setup.module.css";

/** What to do on the provider's side, next to the form that it is for. */
export function Guide({ connectorId, onClose }: { connectorId: number; onClose: () => void }) {
  const guide = useGuide(connectorId);
  const aside = useRef<HTMLElement>(null);
  // On a narrow screen the guide stands below the form, where it would open unseen.
  useEffect(() => {
    aside.current?.scrollIntoView({ block: "nearest" });
  }, []);
  const missing = guide.error instanceof ApiError && guide.error.status === 404;
  return (
    <aside className={classes.guide} aria-label={t("setup.guide")} ref={aside}>
      <Group justify="space-between" wrap="nowrap" mb="md" align="flex-start">
        <Title order={3} fz="1.25rem">
          {guide.data?.Title ?? t("setup.guide")}
        </Title>
        <Button variant="subtle" color="gray" size="compact-sm" onClick={onClose} style={{ flexShrink: 0 }}>
          {t("setup.hideGuide")}
        </Button>
      </Group>
      {guide.isPending && <PageSkeleton label={t("guide.what")} shape="text" rows={10} />}
      {guide.isError &&
        (missing ? <Text c="dimmed">{t("guide.none")}</Text> : <PageError what={t("guide.what")} error={guide.error} onRetry={() => void guide.refetch()} />)}
      {guide.data !== undefined && <RichText html={withoutTitle(guide.data.Html)} />}
    </aside>
  );
}

/** The text without a first heading, which stands above it already. */
function withoutTitle(html: string): string {
  return html.replace(/^\s*<h1[^>]*>[\s\S]*?<\/h1>/i, "");
}
