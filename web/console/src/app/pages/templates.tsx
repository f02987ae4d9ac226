import "@shared/messages/en/templates";
import { Group } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { ConnectorListPage } from "@features/accountConnectors/ConnectorListPage";
import { CyclePage } from "@features/cycles/builder/CyclePage";
import { RecycleBinPage } from "@features/templates/RecycleBinPage";
import { ReleaseBadge } from "@features/templates/ReleaseList";
import { TemplatePage } from "@features/templates/TemplatePage";
import { TemplatesPage } from "@features/templates/TemplatesPage";
import { useRelease } from "@features/templates/useTemplates";
import { t } from "@shared/messages/t";
import { usePartner } from "@shared/queries/partner";
import { useTemplate } from "@shared/queries/templates";
import { AnchorLink, ButtonLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";

const libraryRoute = getRouteApi("/shell/templates");
const connectorsRoute = getRouteApi("/shell/templates/connectors");
const binRoute = getRouteApi("/shell/templates/recycle-bin");
const templateRoute = getRouteApi("/shell/templates/$templateId");
const releaseRoute = getRouteApi("/shell/templates/$templateId/releases/$releaseId");

export function TemplateLibrary() {
  const search = libraryRoute.useSearch();
  const navigate = useNavigate();
  return (
    <TemplatesPage
      search={search}
      onSearch={(next) => void navigate({ to: "/templates", search: next, replace: true, resetScroll: false })}
      onOpen={(templateId) => void navigate({ to: "/templates/$templateId", params: { templateId } })}
    />
  );
}

/** **Template Connectors**: those that templates are built with, in the partner's template account. */
export function TemplateConnectors() {
  const search = connectorsRoute.useSearch();
  const navigate = useNavigate();
  const partner = usePartner();
  return (
    <>
      <PageHeader title={t("menu.templateConnectors")} lead={t("templates.connectorsLead")} />
      {partner.isPending && <PageSkeleton label={t("templates.connectors")} rows={4} />}
      {partner.isLoadingError && <PageError what={t("templates.connectors")} error={partner.error} onRetry={() => void partner.refetch()} />}
      {partner.data !== undefined && (
        <ConnectorListPage
          accountId={partner.data.TemplateAccountId}
          search={search}
          onSearch={(next) => void navigate({ to: "/templates/connectors", search: next, replace: true, resetScroll: false })}
        />
      )}
    </>
  );
}

export function RecycleBin() {
  const search = binRoute.useSearch();
  const navigate = useNavigate();
  return (
    <RecycleBinPage
      search={search}
      onSearch={(next) => void navigate({ to: "/templates/recycle-bin", search: next, replace: true, resetScroll: false })}
    />
  );
}

export function TemplateReleases() {
  const { templateId } = templateRoute.useParams();
  const search = templateRoute.useSearch();
  const navigate = useNavigate();
  return (
    <TemplatePage
      key={templateId}
      templateId={templateId}
      search={search}
      onSearch={(next) => void navigate({ to: "/templates/$templateId", params: { templateId }, search: next, replace: true, resetScroll: false })}
      onOpen={(other) => void navigate({ to: "/templates/$templateId", params: { templateId: other } })}
    />
  );
}

/** The steps of a release, which are a cycle of the template account. */
export function TemplateRelease() {
  const { templateId, releaseId } = releaseRoute.useParams();
  const search = releaseRoute.useSearch();
  const navigate = useNavigate();
  const partner = usePartner();
  const template = useTemplate(templateId).data;
  const release = useRelease(templateId, releaseId);
  const trail = (
    <Group gap={4} component="nav" aria-label={t("template.trail")}>
      <AnchorLink to="/templates" size="sm">
        {t("template.back")}
      </AnchorLink>
      <IconChevronRight size={14} aria-hidden="true" />
      <AnchorLink to="/templates/$templateId" params={{ templateId }} size="sm">
        {template?.Name ?? t("template.what")}
      </AnchorLink>
    </Group>
  );
  const error = release.error ?? partner.error;
  if (release.data === undefined || partner.data === undefined) {
    if (error === null) return <PageSkeleton label={t("template.what")} rows={5} />;
    const retry = () => {
      if (release.isError) void release.refetch();
      if (partner.isError) void partner.refetch();
    };
    return (
      <>
        {trail}
        <PageError isPage what={t("template.what")} error={error} onRetry={retry} />
      </>
    );
  }
  const { Status, CycleId } = release.data;
  return (
    <CyclePage
      key={releaseId}
      place={{ accountId: partner.data.TemplateAccountId, cycleId: CycleId, release: { templateId, releaseId } }}
      title={t("templates.titleOf", { name: template?.Name ?? "", number: String(release.data.Number) })}
      trail={trail}
      aside={<ReleaseBadge status={Status} />}
      locked={Status === "Draft" ? undefined : t("templates.locked", { state: t(`templates.state.${Status}`) })}
      lockedAction={
        <ButtonLink to="/templates/$templateId" params={{ templateId }} size="compact-sm" variant="default">
          {t("templates.releases")}
        </ButtonLink>
      }
      search={search}
      onSearch={(next) =>
        void navigate({
          to: "/templates/$templateId/releases/$releaseId",
          params: { templateId, releaseId },
          search: next,
          replace: true,
          resetScroll: false,
        })
      }
    />
  );
}
