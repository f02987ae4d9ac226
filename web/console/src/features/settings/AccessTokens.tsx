import "@shared/messages/en/settings";
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { DataTable } from "@shared/ui/DataTable";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Pager } from "@shared/ui/Pager";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { tokensPerPage, useAccessTokens, useRevokeToken } from "./useCredentials";

/** The access tokens that are valid now. */
export function AccessTokens() {
  const [page, setPage] = useState(1);
  const [revoking, setRevoking] = useState<string | null>(null);
  const tokens = useAccessTokens(page);
  const revoke = useRevokeToken();
  return (
    <Section title={t("oauth.tokens")}>
      {tokens.isPending && <PageSkeleton label={t("oauth.tokensWhat")} rows={3} />}
      {tokens.isLoadingError && <PageError what={t("oauth.tokensWhat")} error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.items.length === 0 && <Text c="dimmed">{t("oauth.tokensNone")}</Text>}
      {tokens.data !== undefined && tokens.data.items.length > 0 && (
        <>
          <DataTable
            caption={t("oauth.tokensCaption")}
            rows={tokens.data.items}
            rowKey={(token) => token.Id}
            columns={[
              { key: "client", header: t("oauth.clientId"), narrow: "title", cell: (token) => token.ClientId },
              { key: "grant", header: t("oauth.grant"), cell: (token) => token.GrantType },
              { key: "scope", header: t("oauth.scope"), cell: (token) => token.Scope ?? t("oauth.scopeAll") },
              { key: "account", header: t("oauth.account"), cell: (token) => token.AccountId ?? t("oauth.anyAccount") },
              { key: "expires", header: t("oauth.expires"), cell: (token) => <When value={token.ExpiresUtc} /> },
              {
                key: "actions",
                header: t("actions"),
                headerHidden: true,
                align: "end",
                narrow: "plain",
                cell: (token) => (
                  <Button size="compact-sm" variant="subtle" color="red" onClick={() => setRevoking(token.Id)}>
                    {t("oauth.revoke")}
                  </Button>
                ),
              },
            ]}
          />
          <Pager page={page} pageSize={tokensPerPage} total={tokens.data.totalRecords} onPage={setPage} />
        </>
      )}
      <ConfirmDialog
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={t("oauth.revokeTitle")}
        text={t("oauth.revokeText")}
        action={t("oauth.revoke")}
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => {
          if (revoking === null) return;
          revoke.mutate(revoking, {
            onSuccess: () => {
              toast(t("oauth.revoked"));
              setRevoking(null);
            },
          });
        }}
      />
    </Section>
  );
}
