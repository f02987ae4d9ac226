import "@shared/messages/en/templates";
import { Badge, Button, Group, Tabs } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import type { Template } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useTemplate } from "@shared/queries/templates";
import { useRights } from "@shared/session/SessionContext";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { ReleaseList } from "./ReleaseList";
import type { TemplateSearch } from "./search";
import { ImportDialog } from "./TemplateDialogs";
import { TemplateSettings } from "./TemplateSettings";
import { UpgradeDialog } from "./UpgradeDialog";

interface TemplatePageProps {
  templateId: string;
  search: TemplateSearch;
  onSearch: (search: TemplateSearch) => void;
  /** Another template is made, or this one is gone. */
  onOpen: (templateId: string) => void;
}

/** A template: its releases, and what is set for it. */
export function TemplatePage({ templateId, ...rest }: TemplatePageProps) {
  const template = useTemplate(templateId);
  if (template.isPending) return <PageSkeleton label={t("template.what")} rows={5} />;
  if (template.isLoadingError) {
    return (
      <>
        <Trail />
        <PageError isPage what={t("template.what")} error={template.error} onRetry={() => void template.refetch()} />
      </>
    );
  }
  return <Opened template={template.data} {...rest} />;
}

function Trail() {
  return (
    <AnchorLink to="/templates" size="sm" w="fit-content">
      {t("template.back")}
    </AnchorLink>
  );
}

function Opened({ template, search, onSearch, onOpen }: Omit<TemplatePageProps, "templateId"> & { template: Template }) {
  const { buildCycles } = useRights();
  const [doing, setDoing] = useState<"import" | "upgrade">();
  const close = () => setDoing(undefined);
  const published = template.Published === true;
  return (
    <>
      <PageHeader
        title={template.Name}
        trail={<Trail />}
        aside={
          <Badge variant="light" color={published ? "teal" : "gray"}>
            {t(published ? "templates.isPublished" : "templates.isUnpublished")}
          </Badge>
        }
        lead={template.Description ?? undefined}
        actions={
          buildCycles && (
            <Group gap="sm">
              {template.TemplateReleaseId != null && (
                <Button variant="default" onClick={() => setDoing("upgrade")}>
                  {t("upgrade.action")}
                </Button>
              )}
              <Button variant="default" leftSection={<IconUpload size={16} />} onClick={() => setDoing("import")}>
                {t("templates.importRelease")}
              </Button>
            </Group>
          )
        }
      />
      <Tabs value={search.tab ?? "releases"} onChange={(tab) => onSearch(tab === "settings" ? { tab } : {})} keepMounted={false}>
        <Tabs.List mb="lg" aria-label={t("template.what")}>
          <Tabs.Tab value="releases">{t("templates.releases")}</Tabs.Tab>
          <Tabs.Tab value="settings">{t("template.settings")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="releases">
          <ReleaseList template={template} editable={buildCycles} onOpen={onOpen} />
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <TemplateSettings key={template.Id} template={template} editable={buildCycles} />
        </Tabs.Panel>
      </Tabs>
      {buildCycles && (
        <>
          <ImportDialog
            opened={doing === "import"}
            title={t("templates.importRelease")}
            target={{ templateId: template.Id }}
            onClose={close}
            onImported={close}
          />
          <UpgradeDialog template={template} opened={doing === "upgrade"} onClose={close} />
        </>
      )}
    </>
  );
}
