import "@shared/messages/en/reports";
import { Alert, Button, Group, Text } from "@mantine/core";
import { IconBan, IconChevronRight, IconPlayerPause, IconPlayerPlay, IconPlayerSkipForward, IconRefresh, IconRepeat } from "@tabler/icons-react";
import { useState } from "react";
import type { Cycle, Transaction, TransactionItem } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useAccount } from "@shared/queries/accounts";
import { useCycle } from "@shared/queries/cycles";
import { useRights } from "@shared/session/SessionContext";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyIcon } from "@shared/ui/CopyField";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { toast } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { ReplayDialog } from "./ReplayDialog";
import type { TransactionSearch } from "./search";
import { isOver, took } from "./status";
import { TransactionItems } from "./TransactionItems";
import { TransactionStatusBadge } from "./TransactionStatusBadge";
import { useChildCount, useTransaction, useTransactionChanges } from "./useReports";

interface TransactionPageProps {
  accountId: string;
  cycleId: string;
  transactionId: string;
  search: TransactionSearch;
  onSearch: (search: TransactionSearch) => void;
}

/** One transaction: what each step asked and was answered, in order, and what can be done with it. */
export function TransactionPage({ accountId, cycleId, transactionId, search, onSearch }: TransactionPageProps) {
  const account = useAccount(accountId).data;
  const cycle = useCycle(accountId, cycleId).data;
  const found = useTransaction(accountId, cycleId, transactionId);
  const transaction = found.data ?? undefined;
  const live = transaction !== undefined && !isOver(transaction.Status);
  const [doing, setDoing] = useState<Doing>();
  const [from, setFrom] = useState<TransactionItem>();
  const { buildCycles } = useRights();
  const runsAgain = buildCycles && transaction !== undefined && !live && cycle?.Status === "Active";
  return (
    <>
      <PageHeader
        title={t("transactions.named", { id: transactionId.slice(0, 8) })}
        trail={
          <Group gap={4} component="nav" aria-label={t("transaction.trail")}>
            <AnchorLink to="/accounts/$accountId/cycles" params={{ accountId }} size="sm">
              {account?.Name ?? accountId}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId }} size="sm">
              {cycle?.Name ?? transaction?.CycleName ?? cycleId}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <AnchorLink to="/accounts/$accountId/reports" params={{ accountId }} search={{ cycle: cycleId }} size="sm">
              {t("transactions.title")}
            </AnchorLink>
          </Group>
        }
        aside={
          transaction !== undefined && (
            <span role="status">
              <TransactionStatusBadge status={transaction.Status} waitReason={transaction.WaitReason} />
            </span>
          )
        }
        lead={<Lead transaction={transaction} transactionId={transactionId} cycleId={cycleId} accountId={accountId} zone={account?.Timezone} live={live} />}
        actions={transaction !== undefined && cycle !== undefined && <Actions transaction={transaction} cycle={cycle} onDo={setDoing} />}
      />
      {transaction !== undefined && cycle !== undefined && <Advice accountId={accountId} transaction={transaction} cycle={cycle} />}
      {found.data === null && (
        <Text size="sm" c="dimmed" mb="md">
          {t("transaction.gone")}
        </Text>
      )}
      <TransactionItems
        accountId={accountId}
        cycleId={cycleId}
        transactionId={transactionId}
        search={search}
        onSearch={onSearch}
        live={live}
        zone={account?.Timezone}
        onRetryFrom={runsAgain ? setFrom : undefined}
      />
      <ReplayDialog
        accountId={accountId}
        cycleId={cycleId}
        origin={from === undefined ? undefined : { transactionId, stepId: from.StepId }}
        title={t("transaction.retryFromTitle", { step: from?.StepName ?? "" })}
        text={t("transaction.retryFromText")}
        action={t("transaction.retryFrom")}
        onClose={() => setFrom(undefined)}
      />
      {transaction !== undefined && (
        <Dialogs accountId={accountId} transaction={transaction} doing={doing} onClose={() => setDoing(undefined)} />
      )}
    </>
  );
}

interface LeadProps {
  transaction: Transaction | undefined;
  transactionId: string;
  cycleId: string;
  accountId: string;
  zone: string | undefined;
  live: boolean;
}

function Lead({ transaction, transactionId, cycleId, accountId, zone, live }: LeadProps) {
  const children = useChildCount(accountId, cycleId, transactionId, live).data ?? 0;
  const duration = took(transaction?.StartedOnUtc, transaction?.CompletedOnUtc);
  const parent = transaction?.ParentTransactionId;
  return (
    <Group gap={8} component="span" display="inline-flex">
      {transaction !== undefined && (
        <span>
          {t("transaction.started")} <When value={transaction.StartedOnUtc ?? transaction.CreatedOnUtc} zone={zone} />
        </span>
      )}
      {duration !== undefined && <span>{t("transaction.took", { duration })}</span>}
      {transaction?.DueOnUtc != null && (
        <span>
          {t("transaction.due")} <When value={transaction.DueOnUtc} zone={zone} />
        </span>
      )}
      {transaction?.ReplayedFrom != null && <span>{t("transaction.replayed")}</span>}
      {parent != null && (
        <AnchorLink to="/accounts/$accountId/cycles/$cycleId/transactions/$transactionId" params={{ accountId, cycleId, transactionId: parent }} size="sm">
          {t("transaction.parent")}
        </AnchorLink>
      )}
      {children > 0 && (
        <AnchorLink to="/accounts/$accountId/reports" params={{ accountId }} search={{ cycle: cycleId, parent: transactionId }} size="sm">
          {t("transaction.children", { count: children })}
        </AnchorLink>
      )}
      <CopyIcon value={transactionId} what={t("transaction.id")} />
    </Group>
  );
}

interface AboutProps {
  accountId: string;
  transaction: Transaction;
  cycle: Cycle;
}

/** What has to be done elsewhere before it goes on. */
function Advice({ accountId, transaction, cycle }: AboutProps) {
  const words =
    transaction.Status === "Paused" ? t("transaction.paused") : transaction.Status === "Errored" && cycle.Status !== "Active" ? t("transaction.retryStopped") : undefined;
  if (words === undefined) return null;
  return (
    <Alert color="gray" variant="light" icon={<IconPlayerPause />} mb="md">
      {words}{" "}
      <AnchorLink to="/accounts/$accountId/cycles/$cycleId" params={{ accountId, cycleId: cycle.Id }} size="sm" c="inherit" underline="always">
        {t("transaction.openCycle")}
      </AnchorLink>
    </Alert>
  );
}

type Doing = "cancel" | "retry" | "resume" | "skip" | "rerun";

/** What waits for a time, and so can go on at once; a request can't be hurried. */
const hurried: ReadonlySet<string> = new Set(["Delay", "WaitUntil", "Retry", "RateLimit"]);

interface ActionsProps {
  transaction: Transaction;
  cycle: Cycle;
  onDo: (what: Doing) => void;
}

/** What can be done with it as it is, each after asking. */
function Actions({ transaction, cycle, onDo }: ActionsProps) {
  const { buildCycles } = useRights();
  if (!buildCycles) return null;
  const isRunning = cycle.Status === "Active";
  const isErrored = transaction.Status === "Errored";
  const waits = transaction.Status === "Waiting" ? transaction.WaitReason : undefined;
  // Behind a trigger that failed there is nothing to go on with.
  const hasBegun = (transaction.StepCount ?? 0) > 0 || transaction.ParentTransactionId != null;
  return (
    <>
      {!isOver(transaction.Status) && (
        <Button variant="default" leftSection={<IconBan size={16} />} onClick={() => onDo("cancel")}>
          {t("transaction.cancel")}
        </Button>
      )}
      {isRunning && hasBegun && (isErrored || waits === "Retry") && (
        <Button variant="default" leftSection={<IconPlayerSkipForward size={16} />} onClick={() => onDo("skip")}>
          {t("transaction.skip")}
        </Button>
      )}
      {isRunning && isOver(transaction.Status) && transaction.ParentTransactionId == null && (
        <Button variant="default" leftSection={<IconRepeat size={16} />} onClick={() => onDo("rerun")}>
          {t("transaction.rerun")}
        </Button>
      )}
      {isRunning && waits != null && hurried.has(waits) && (
        <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => onDo("resume")}>
          {t("transaction.resume")}
        </Button>
      )}
      {isRunning && isErrored && (
        <Button leftSection={<IconRefresh size={16} />} onClick={() => onDo("retry")}>
          {t("transaction.retry")}
        </Button>
      )}
    </>
  );
}

interface DialogsProps {
  accountId: string;
  transaction: Transaction;
  doing: Doing | undefined;
  onClose: () => void;
}

/** Asks before anything is done. */
function Dialogs({ accountId, transaction, doing, onClose }: DialogsProps) {
  const ask = { accountId, transaction, onClose };
  return (
    <>
      {(["cancel", "retry", "resume", "skip"] as const).map((what) => (
        <ChangeDialog key={what} what={what} opened={doing === what} {...ask} />
      ))}
      <ReplayDialog
        accountId={accountId}
        cycleId={transaction.CycleId}
        origin={doing === "rerun" ? { transactionId: transaction.Id } : undefined}
        title={t("transaction.rerunTitle", { id: transaction.Id.slice(0, 8) })}
        text={t("transaction.rerunText")}
        action={t("transaction.rerun")}
        onClose={onClose}
      />
    </>
  );
}

interface ChangeDialogProps {
  accountId: string;
  transaction: Transaction;
  what: "cancel" | "retry" | "resume" | "skip";
  opened: boolean;
  onClose: () => void;
}

const doneTexts = { cancel: "transaction.cancelled", retry: "transaction.retried", resume: "transaction.resumed", skip: "transaction.skipped" } as const;

/** Says what an action does before it is done. */
function ChangeDialog({ accountId, transaction, what, opened, onClose }: ChangeDialogProps) {
  const change = useTransactionChanges(accountId, transaction.CycleId, transaction.Id)[what];
  return (
    <ConfirmDialog
      harmless={what === "retry" || what === "resume"}
      opened={opened}
      onClose={onClose}
      title={t(`transaction.${what}Title`, { id: transaction.Id.slice(0, 8) })}
      text={t(`transaction.${what}Text`)}
      action={t(`transaction.${what}`)}
      busy={change.isPending}
      error={change.error}
      onConfirm={() =>
        change.mutate(undefined, {
          onSuccess: () => {
            toast(t(doneTexts[what]));
            onClose();
          },
        })
      }
    />
  );
}
