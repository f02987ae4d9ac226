import "@shared/messages/en/profile";
import { Badge, Button, Group } from "@mantine/core";
import { t } from "@shared/messages/t";
import { DataTable } from "@shared/ui/DataTable";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { toast, toastFailure } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { deviceOf } from "./device";
import { useRevokeSession, useSessions } from "./useProfile";

/** Where one is signed in, and ending it there. */
export function SessionsCard() {
  const sessions = useSessions();
  const revoke = useRevokeSession();
  return (
    <Section title={t("profile.sessions")}>
      {sessions.isPending && <PageSkeleton label={t("profile.sessionsWhat")} rows={2} />}
      {sessions.isLoadingError && <PageError what={t("profile.sessionsWhat")} error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data !== undefined && (
        <DataTable
          caption={t("profile.sessionsCaption")}
          rows={sessions.data}
          rowKey={(session) => session.Id}
          columns={[
            {
              key: "device",
              header: t("profile.session.device"),
              narrow: "title",
              cell: (session) => (
                <Group gap="xs">
                  {deviceOf(session.UserAgent) ?? t("profile.session.unknown")}
                  {session.IsCurrent && (
                    <Badge size="sm" variant="light" tt="none">
                      {t("profile.session.current")}
                    </Badge>
                  )}
                </Group>
              ),
            },
            { key: "ip", header: t("profile.session.ip"), cell: (session) => session.IpAddress ?? "–" },
            { key: "since", header: t("profile.session.since"), cell: (session) => <When value={session.CreatedOnUtc} /> },
            { key: "seen", header: t("profile.session.seen"), cell: (session) => <When value={session.LastSeenUtc} /> },
            {
              key: "actions",
              header: t("actions"),
              headerHidden: true,
              align: "end",
              narrow: "plain",
              cell: (session) =>
                !session.IsCurrent && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    aria-label={t("profile.session.revokeNamed", { device: deviceOf(session.UserAgent) ?? t("profile.session.unknown") })}
                    loading={revoke.isPending && revoke.variables === session.Id}
                    onClick={() =>
                      revoke.mutate(session.Id, {
                        onSuccess: () => toast(t("profile.session.revoked")),
                        onError: (error) => toastFailure(t("profile.session.revoke"), error),
                      })
                    }
                  >
                    {t("profile.session.revoke")}
                  </Button>
                ),
            },
          ]}
        />
      )}
    </Section>
  );
}
