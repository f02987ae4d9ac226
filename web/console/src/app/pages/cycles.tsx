import "@shared/messages/en/accounts";
import "@shared/messages/en/cycles";
import { Group, Text } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { CyclePage } from "@features/cycles/builder/CyclePage";
import { CycleListPage } from "@features/cycles/CycleListPage";
import { OffersPage } from "@features/cycles/OffersPage";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { AnchorLink } from "@shared/ui/links";

const listRoute = getRouteApi("/shell/accounts/$accountId/cycles");
const offersRoute = getRouteApi("/shell/accounts/$accountId/templates");
const cycleRoute = getRouteApi("/shell/accounts/$accountId/cycles/$cycleId");

export function AccountCycles() {
  const { accountId } = listRoute.useParams();
  const search = listRoute.useSearch();
  const navigate = useNavigate();
  return (
    <CycleListPage
      accountId={accountId}
      search={search}
      onSearch={(next) => void navigate({ to: "/accounts/$accountId/cycles", params: { accountId }, search: next, replace: true, resetScroll: false })}
      onOpen={(cycleId) => void navigate({ to: "/accounts/$accountId/cycles/$cycleId", params: { accountId, cycleId } })}
    />
  );
}

export function AccountTemplates() {
  const { accountId } = offersRoute.useParams();
  const search = offersRoute.useSearch();
  const navigate = useNavigate();
  return (
    <OffersPage
      accountId={accountId}
      search={search}
      onSearch={(next) => void navigate({ to: "/accounts/$accountId/templates", params: { accountId }, search: next, replace: true, resetScroll: false })}
      onInstalled={(cycleId) => void navigate({ to: "/accounts/$accountId/cycles/$cycleId", params: { accountId, cycleId } })}
    />
  );
}

export function AccountCycle() {
  const { accountId, cycleId } = cycleRoute.useParams();
  const search = cycleRoute.useSearch();
  const navigate = useNavigate();
  const account = useAccount(accountId).data;
  return (
    <CyclePage
      key={`${accountId}/${cycleId}`}
      place={{ accountId, cycleId }}
      trail={
        <Group gap={4} component="nav" aria-label={t("cycle.trail")}>
          <AnchorLink to="/accounts" size="sm">
            {t("account.back")}
          </AnchorLink>
          <IconChevronRight size={14} aria-hidden="true" />
          <AnchorLink to="/accounts/$accountId/cycles" params={{ accountId }} size="sm">
            {account?.Name ?? accountId}
          </AnchorLink>
          <IconChevronRight size={14} aria-hidden="true" />
          <Text component="span" size="sm" c="dimmed">
            {t("cycles.edit")}
          </Text>
        </Group>
      }
      search={search}
      onSearch={(next) =>
        void navigate({ to: "/accounts/$accountId/cycles/$cycleId", params: { accountId, cycleId }, search: next, replace: true, resetScroll: false })
      }
      onOpen={(other) => void navigate({ to: "/accounts/$accountId/cycles/$cycleId", params: { accountId, cycleId: other } })}
    />
  );
}
