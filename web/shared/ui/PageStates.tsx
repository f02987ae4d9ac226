import { Button, Code, Group, Skeleton, Text, Title, VisuallyHidden } from "@mantine/core";
import { IconAlertTriangle, IconFilterOff, IconLock, IconMapQuestion } from "@tabler/icons-react";
import { useEffect, useState, type ReactNode } from "react";
import { ApiError } from "@shared/api/error";
import { t } from "@shared/messages/t";
import classes from "./Page.module.css";

/** How long an answer may take before the page says that it is waiting. */
const patience = 300;

interface PageSkeletonProps {
  /** What is being loaded, for screen readers. */
  label: string;
  /** What will take its place. */
  shape?: "rows" | "form" | "text";
  rows?: number;
}

/** The outline of what is loading; invisible at first, so that quick answers do not flicker. */
export function PageSkeleton({ label, shape = "rows", rows = 6 }: PageSkeletonProps) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), patience);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" style={{ visibility: visible ? "visible" : "hidden" }}>
      <VisuallyHidden role="status">{visible ? t("page.loading", { what: label }) : ""}</VisuallyHidden>
      <div aria-hidden="true">
        {Array.from({ length: rows }, (_, row) => (
          <SkeletonLine key={row} shape={shape} row={row} />
        ))}
      </div>
    </div>
  );
}

function SkeletonLine({ shape, row }: { shape: "rows" | "form" | "text"; row: number }) {
  if (shape === "form") {
    return (
      <div style={{ marginBottom: 22 }}>
        <Skeleton height={12} width={110} mb={8} />
        <Skeleton height={36} maw={420} />
      </div>
    );
  }
  if (shape === "text") return <Skeleton height={13} mb={12} width={`${94 - ((row * 17) % 40)}%`} />;
  return (
    <div className={classes.skeletonRow}>
      <Skeleton height={34} width={34} radius="md" />
      <Skeleton height={13} width={`${38 - ((row * 7) % 16)}%`} />
      <Skeleton height={13} width="18%" ml="auto" />
    </div>
  );
}

interface EmptyStateProps {
  title: string;
  hint?: string;
  icon?: ReactNode;
  /** The main action that fills the place. */
  action?: ReactNode;
  /** There is nothing else on the page, so that this is its heading. */
  isPage?: boolean;
}

/** Nothing is here yet: what belongs here, and how to begin. */
export function EmptyState({ title, hint, icon, action, isPage = false }: EmptyStateProps) {
  return (
    <div className={classes.state}>
      {icon !== undefined && (
        <div className={classes.stateIcon} aria-hidden="true">
          {icon}
        </div>
      )}
      {isPage ? (
        <Title order={1} className={classes.stateTitle}>
          {title}
        </Title>
      ) : (
        <Text className={classes.stateTitle}>{title}</Text>
      )}
      {hint !== undefined && (
        <Text c="dimmed" maw={460}>
          {hint}
        </Text>
      )}
      {action}
    </div>
  );
}

/** The filters leave nothing: names them and offers to drop them. */
export function NoMatch({ filters, onClear }: { filters: string; onClear: () => void }) {
  return (
    <EmptyState
      icon={<IconFilterOff size={34} stroke={1.4} />}
      title={t("page.noMatch", { filters })}
      action={
        <Button variant="default" onClick={onClear}>
          {t("page.clearFilters")}
        </Button>
      }
    />
  );
}

interface PageErrorProps {
  /** What could not be loaded. */
  what: string;
  error: Error;
  onRetry: () => void;
  /** There is nothing else on the page, so that this is its heading. */
  isPage?: boolean;
}

/** Loading failed: what, why, what to quote, and a way to try again. */
export function PageError({ what, error, onRetry, isPage = false }: PageErrorProps) {
  const status = error instanceof ApiError ? error.status : 0;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  if (status === 403) {
    return <EmptyState icon={<IconLock size={34} stroke={1.4} />} title={t("page.forbidden")} hint={t("page.forbiddenHint")} isPage={isPage} />;
  }
  if (status === 404) {
    return <EmptyState icon={<IconMapQuestion size={34} stroke={1.4} />} title={t("page.gone")} hint={t("page.goneHint")} isPage={isPage} />;
  }
  return (
    <div role="alert">
      <EmptyState
        icon={<IconAlertTriangle size={34} stroke={1.4} />}
        title={t("page.failed", { what })}
        hint={error.message}
        isPage={isPage}
        action={
          <>
            {requestId !== undefined && (
              <Group gap={6} justify="center">
                <Text size="sm" c="dimmed">
                  {t("page.requestId")}
                </Text>
                <Code>{requestId}</Code>
              </Group>
            )}
            <Button onClick={onRetry} mt={4}>
              {t("page.tryAgain")}
            </Button>
          </>
        }
      />
    </div>
  );
}
