import "@shared/messages/en/building";
import { Alert, Badge, Button, Drawer, Group, Radio, Stack, Text, Textarea, Timeline, Title } from "@mantine/core";
import { useState } from "react";
import type { CustomConnectorRelease } from "@shared/api/types";
import { useCustomChanges, useCustomConnectors, useCustomReleases } from "@shared/queries/customConnectors";
import { usePartner } from "@shared/queries/partner";
import { t } from "@shared/messages/t";
import { useRights } from "@shared/session/SessionContext";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import { usePageTitle } from "@shared/ui/usePageTitle";
import { When } from "@shared/ui/When";
import { Difference } from "./Difference";
import { DiscardDialog } from "./DiscardDialog";

interface ReleasesDrawerProps {
  connectorId: number;
  onClose: () => void;
}

/** **Releases** of a custom connector, and publishing its draft. */
export function ReleasesDrawer({ connectorId, onClose }: ReleasesDrawerProps) {
  const partner = usePartner();
  const owner = partner.data?.TemplateAccountId;
  const connector = useCustomConnectors(owner).data?.find((candidate) => candidate.Id === connectorId);
  const releases = useCustomReleases(owner, connectorId);
  const title = t("releases.title", { connector: connector?.Name ?? "…" });
  usePageTitle(title);
  const error = partner.error ?? releases.error;
  const [discarding, setDiscarding] = useState(false);
  return (
    <>
      <Drawer opened onClose={onClose} position="right" size="min(640px, 100%)" title={title} closeButtonProps={{ "aria-label": t("form.close") }}>
        {error !== null && (
          <PageError what={t("releases.what")} error={error} onRetry={() => void (partner.isError ? partner.refetch() : releases.refetch())} />
        )}
        {error === null && (owner === undefined || releases.data === undefined) && <PageSkeleton label={t("releases.what")} rows={3} />}
        {owner !== undefined && releases.data !== undefined && (
          <Releases
            owner={owner}
            connectorId={connectorId}
            name={connector?.Name ?? ""}
            releases={releases.data}
            onDiscard={() => setDiscarding(true)}
          />
        )}
      </Drawer>
      {owner !== undefined && (
        <DiscardDialog
          owner={owner}
          connectorId={connectorId}
          name={connector?.Name ?? ""}
          opened={discarding}
          onClose={() => setDiscarding(false)}
        />
      )}
    </>
  );
}

interface ReleasesProps {
  owner: string;
  connectorId: number;
  name: string;
  releases: CustomConnectorRelease[];
  onDiscard: () => void;
}

function Releases({ owner, connectorId, name, releases, onDiscard }: ReleasesProps) {
  const editable = useRights().setUpConnectors;
  const draft = releases.find((release) => release.ReleaseStatus === "Draft");
  const live = releases.find((release) => release.ReleaseStatus === "Live");
  return (
    <Stack gap="xl" mt="sm">
      {draft !== undefined && (
        <Draft owner={owner} connectorId={connectorId} name={name} hasLive={live !== undefined} editable={editable} onDiscard={onDiscard} />
      )}
      <Timeline bulletSize={16} lineWidth={2} active={releases.length}>
        {releases.map((release) => (
          <Timeline.Item key={release.Number} title={<ReleaseTitle release={release} />}>
            {release.Notes != null && release.Notes !== "" && <Text size="sm">{release.Notes}</Text>}
            <Text size="sm" c="dimmed">
              {release.PublishedOnUtc == null ? t("cc.changed") : t("cc.published")}{" "}
              <When value={release.PublishedOnUtc ?? release.UpdatedOnUtc} />
              {" · "}
              {t("cc.installed", { count: release.InstalledCount })}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
    </Stack>
  );
}

function ReleaseTitle({ release }: { release: CustomConnectorRelease }) {
  const state = release.ReleaseStatus;
  return (
    <Group gap="xs">
      {t("cc.releaseVersion", { version: `${release.ReleaseVersionMajor}.${release.ReleaseVersionMinor}` })}
      <Badge variant="light" size="sm" color={state === "Live" ? "teal" : state === "Draft" ? "blue" : "gray"}>
        {t(`cc.state.${state}`)}
      </Badge>
      {release.ReleaseType != null && state !== "Draft" && (
        <Badge variant="outline" size="sm" color="gray">
          {t(`cc.level.${release.ReleaseType}`)}
        </Badge>
      )}
    </Group>
  );
}

interface DraftProps {
  owner: string;
  connectorId: number;
  name: string;
  hasLive: boolean;
  editable: boolean;
  onDiscard: () => void;
}

/** What the draft changes, and making it live. */
function Draft({ owner, connectorId, name, hasLive, editable, onDiscard }: DraftProps) {
  const [level, setLevel] = useState<"Major" | "Minor">(hasLive ? "Minor" : "Major");
  const [notes, setNotes] = useState("");
  const { publish } = useCustomChanges(owner);
  return (
    <section aria-label={t("cc.publishTitle")}>
      <Title order={3} fz="1.0625rem" mb="xs">
        {t("cc.publishTitle")}
      </Title>
      {hasLive ? <Difference owner={owner} connectorId={connectorId} from="live" to="draft" /> : <Alert color="gray">{t("cc.firstRelease")}</Alert>}
      {editable && (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            // Not a callback of this form: it is gone as soon as the list shows that no draft is left.
            publish.mutateAsync({ id: connectorId, ReleaseType: level, ...(notes.trim() === "" ? {} : { Notes: notes.trim() }) }).then(
              () => toast(t("cc.publishedToast", { name })),
              // Told below the form.
              () => undefined,
            );
          }}
        >
          <Stack mt="md">
            <Radio.Group label={t("cc.level")} value={level} onChange={(value) => setLevel(value === "Major" ? "Major" : "Minor")}>
              <Stack gap={6} mt={6}>
                <Radio value="Minor" label={t("cc.level.Minor")} description={t("cc.levelHint.Minor")} />
                <Radio value="Major" label={t("cc.level.Major")} description={t("cc.levelHint.Major")} />
              </Stack>
            </Radio.Group>
            <Textarea
              label={t("cc.comments")}
              value={notes}
              onChange={(event) => setNotes(event.currentTarget.value)}
              autosize
              minRows={2}
              maxRows={8}
              maxLength={4000}
            />
            <ErrorNotice error={publish.error} title={t("cc.publishFailed")} />
            <Group>
              <Button type="submit" loading={publish.isPending}>
                {t("cc.publish")}
              </Button>
              {hasLive && (
                <Button variant="subtle" color="red" onClick={onDiscard}>
                  {t("cc.discard")}
                </Button>
              )}
            </Group>
          </Stack>
        </form>
      )}
    </section>
  );
}
