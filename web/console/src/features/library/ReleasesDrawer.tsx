import "@shared/messages/en/library";
import { Badge, Drawer, Group, Stack, Text, Timeline, Title } from "@mantine/core";
import type { Connector } from "@shared/api/types";
import { useConnector } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { useDeprecations, useReleases } from "./useSetup";

/** Versions of a connector and what is announced about them. */
export function ReleasesDrawer({ connectorId, onClose }: { connectorId: number; onClose: () => void }) {
  const connector = useConnector(connectorId);
  const releases = useReleases(connector.data?.Name);
  const deprecations = useDeprecations(connectorId);
  const title = t("releases.title", { connector: connector.data?.Name ?? "…" });
  usePageTitle(title);
  const error = connector.error ?? releases.error ?? deprecations.error;
  const retry = () => {
    for (const query of [connector, releases, deprecations]) if (query.isError) void query.refetch();
  };
  return (
    <Drawer opened onClose={onClose} position="right" size="min(520px, 100%)" title={title} closeButtonProps={{ "aria-label": t("form.close") }}>
      {error !== null && <PageError what={t("releases.what")} error={error} onRetry={retry} />}
      {error === null && (releases.data === undefined || deprecations.data === undefined) && <PageSkeleton label={t("releases.what")} rows={3} />}
      {error === null && releases.data !== undefined && deprecations.data !== undefined && (
        <Stack gap="xl" mt="sm">
          <Timeline bulletSize={16} lineWidth={2} active={releases.data.length}>
            {releases.data.map((release) => (
              <Timeline.Item key={release.Id} title={<ReleaseTitle release={release} current={release.Id === connectorId} />}>
                <Text size="sm" c="dimmed">
                  {release.Description}
                </Text>
              </Timeline.Item>
            ))}
          </Timeline>
          <section>
            <Title order={3} fz="1rem" mb="xs">
              {t("releases.deprecations")}
            </Title>
            {deprecations.data.length === 0 && <Text c="dimmed">{t("releases.noDeprecations")}</Text>}
            <Stack>
              {deprecations.data.map((change) => (
                <div key={change.Id}>
                  <Text fw={560}>{change.Title}</Text>
                  <Text size="sm">{change.Description}</Text>
                  <Text size="sm" c="dimmed">
                    {t("releases.since")} <When value={change.DeprecatedOnUtc} />
                    {change.RemovedOnUtc != null && (
                      <>
                        {" · "}
                        {t("releases.removed")} <When value={change.RemovedOnUtc} />
                      </>
                    )}
                    {change.ReplacedBy != null && ` · ${t("releases.replacedBy")} ${change.ReplacedBy}`}
                  </Text>
                </div>
              ))}
            </Stack>
          </section>
        </Stack>
      )}
    </Drawer>
  );
}

function ReleaseTitle({ release, current }: { release: Connector; current: boolean }) {
  return (
    <Group gap="xs">
      {release.Version === null || release.Version === undefined
        ? t("releases.unversioned")
        : t("releases.version", { version: release.Version })}
      {release.ReleaseStatus !== undefined && (
        <Badge variant="light" size="sm" color={release.ReleaseStatus === "Live" ? "teal" : "gray"}>
          {t(`releases.state.${release.ReleaseStatus}`)}
        </Badge>
      )}
      {current && (
        <Badge variant="outline" size="sm">
          {t("releases.current")}
        </Badge>
      )}
    </Group>
  );
}
