import "@shared/messages/en/dashboard";
import { Badge, Button, Text } from "@mantine/core";
import { IconCircle, IconCircleCheckFilled, IconPlus } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useAccounts } from "@shared/queries/accounts";
import { useLibrary } from "@shared/queries/library";
import { usePartner } from "@shared/queries/partner";
import { formatNumber, t } from "@shared/messages/t";
import { useRights, useSession } from "@shared/session/SessionContext";
import { SectionLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { checklist } from "./checklist";
import classes from "./Dashboard.module.css";
import { useApiClientCount } from "./useDashboard";

// What is read after the figures comes after them.
const LatestChanges = lazy(async () => ({ default: (await import("./Details")).LatestChanges }));
const Connect = lazy(async () => ({ default: (await import("./Details")).Connect }));

/** **Dashboard**: where things stand, and what to do next. */
export function DashboardPage() {
  const { Administrator: who } = useSession();
  const rights = useRights();
  const navigate = useNavigate();
  return (
    <>
      <PageHeader
        title={t("dashboard.title")}
        lead={t("dashboard.hello", { name: who.Name ?? who.Username })}
        actions={
          rights.manageAccounts && (
            <Button leftSection={<IconPlus size={18} />} onClick={() => void navigate({ to: "/accounts", search: { add: true } })}>
              {t("dashboard.addAccount")}
            </Button>
          )
        }
      />
      <Figures />
      <div className={classes.columns}>
        <div>
          <Checklist />
          <Suspense>{rights.reports && <LatestChanges />}</Suspense>
        </div>
        <Suspense>
          <Connect />
        </Suspense>
      </div>
    </>
  );
}

function Figures() {
  const partner = usePartner();
  const accounts = useAccounts();
  const library = useLibrary();
  if (partner.isPending) return <PageSkeleton label={t("dashboard.what")} shape="text" rows={3} />;
  if (partner.isLoadingError) return <PageError what={t("dashboard.what")} error={partner.error} onRetry={() => void partner.refetch()} />;
  const { TasksUsed: tasks = 0, IncludedTasks: included, ConnectorsInUse: connectors = 0 } = partner.data;
  return (
    <dl className={classes.figures}>
      <Figure name={t("dashboard.accounts")} value={accounts.isPending ? "…" : formatNumber(accounts.total)} />
      <Figure
        name={t("dashboard.connectorsInUse")}
        value={formatNumber(connectors)}
        note={library.isPending ? "" : t("dashboard.connectorsInLibrary", { count: library.total })}
      />
      <Figure
        name={t("dashboard.tasks")}
        value={formatNumber(tasks)}
        note={included == null ? t("dashboard.tasksUnlimited") : t("dashboard.tasksOf", { total: included })}
        {...(included == null ? {} : { share: included === 0 ? 1 : tasks / included })}
      />
    </dl>
  );
}

function Figure({ name, value, note, share }: { name: string; value: string; note?: string; share?: number }) {
  return (
    <div className={classes.figure}>
      <dt>{name}</dt>
      <dd>{value}</dd>
      {note !== undefined && <dd className={classes.note}>{note}</dd>}
      {share !== undefined && (
        <dd className={classes.allowance} aria-hidden="true">
          <span style={{ width: `${Math.min(100, share * 100)}%` }} />
        </dd>
      )}
    </div>
  );
}

function Checklist() {
  const rights = useRights();
  const library = useLibrary();
  const accounts = useAccounts();
  const partner = usePartner();
  const clients = useApiClientCount(rights.settings);
  const isReady = !library.isPending && !library.isLoadingMore && !accounts.isPending && partner.data !== undefined && !clients.isLoading;
  if (!isReady) return null;
  const steps = checklist({
    connectors: library.items,
    accounts: accounts.total,
    installed: partner.data.ConnectorsInUse ?? 0,
    apiClients: clients.data,
  });
  const done = steps.filter((step) => step.done).length;
  if (done === steps.length) return null;
  return (
    <Section title={t("dashboard.checklist")} actions={<Badge variant="light" tt="none">{t("dashboard.checklistLead", { done, total: steps.length })}</Badge>}>
      <ol className={classes.steps}>
        {steps.map((step) => (
          <li key={step.key} data-done={step.done}>
            {step.done ? <IconCircleCheckFilled size={22} aria-hidden="true" /> : <IconCircle size={22} aria-hidden="true" />}
            <div>
              <SectionLink to={step.to}>
                {t(`dashboard.step.${step.key}`)}
                <span className={classes.hidden}>, {t(step.done ? "dashboard.step.done" : "dashboard.step.open")}</span>
              </SectionLink>
              <Text size="sm" c="dimmed">
                {t(`dashboard.step.${step.key}Hint`)}
              </Text>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}
