import "@shared/messages/en/accounts";
import { Badge, Group, Code, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useAccount } from "@shared/queries/accounts";
import { t } from "@shared/messages/t";
import { CopyIcon } from "@shared/ui/CopyField";
import { AnchorLink, SectionLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { AccountActions } from "./AccountActions";
import classes from "./AccountFrame.module.css";

interface AccountFrameProps {
  accountId: string;
  children: ReactNode;
}

/** An opened account: what it is, and its sections. */
export function AccountFrame({ accountId, children }: AccountFrameProps) {
  const account = useAccount(accountId);
  const navigate = useNavigate();
  if (account.isPending) return <PageSkeleton label={t("account.what")} rows={5} />;
  if (account.isLoadingError) {
    return (
      <>
        <AnchorLink to="/accounts" size="sm" display="inline-block" mb="md">
          {t("account.back")}
        </AnchorLink>
        <PageError isPage what={t("account.what")} error={account.error} onRetry={() => void account.refetch()} />
      </>
    );
  }
  const { data } = account;
  const params = { accountId };
  return (
    <>
      <PageHeader
        title={data.Name}
        trail={
          <Group gap={4} component="nav" aria-label={t("account.back")}>
            <AnchorLink to="/accounts" size="sm">
              {t("account.back")}
            </AnchorLink>
            {data.ParentAccountId != null && (
              <>
                <IconChevronRight size={14} aria-hidden="true" />
                <AnchorLink to="/accounts/$accountId/sub-accounts" params={{ accountId: data.ParentAccountId }} size="sm">
                  {data.ParentAccountId}
                </AnchorLink>
              </>
            )}
          </Group>
        }
        aside={
          data.IsSuspended === true && (
            <Badge variant="light" color="orange">
              {t("accounts.suspended")}
            </Badge>
          )
        }
        lead={
          <>
            {data.Description && <>{data.Description} </>}
            <Group gap={6} component="span" display="inline-flex">
              <Text component="span" size="sm" c="dimmed">
                {t("accounts.apiId")}
              </Text>
              <Code>{data.Id}</Code>
              <CopyIcon value={data.Id} what={t("accounts.apiId")} />
            </Group>
          </>
        }
        actions={<AccountActions account={data} onDeleted={() => void navigate({ to: "/accounts" })} />}
      />
      <nav className={classes.sections} aria-label={t("account.sections")}>
        <SectionLink to="/accounts/$accountId/cycles" params={params}>
          {t("account.cycles")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/connectors" params={params}>
          {t("account.connectors")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/templates" params={params}>
          {t("account.templates")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/reports" params={params}>
          {t("account.reports")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/sub-accounts" params={params}>
          {t("account.subAccounts")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/users" params={params}>
          {t("account.users")}
        </SectionLink>
        <SectionLink to="/accounts/$accountId/settings" params={params}>
          {t("account.settings")}
        </SectionLink>
      </nav>
      {children}
    </>
  );
}
