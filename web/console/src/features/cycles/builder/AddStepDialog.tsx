import "@shared/messages/en/cycles";
import "@shared/messages/en/library";
import { Accordion, Drawer, Group, NativeSelect, Stack, Text, Title, UnstyledButton } from "@mantine/core";
import { useState } from "react";
import type { AccountConnector, Edge, Method, Step, StepCreate } from "@shared/api/types";
import { byCategory } from "@shared/connector/byCategory";
import { VerbBadge } from "@shared/connector/VerbBadge";
import { t } from "@shared/messages/t";
import { useAccountConnectors } from "@shared/queries/accountConnectors";
import { useConnectorMethods } from "@shared/queries/methods";
import { buildIndex, searchIndex } from "@shared/search/fuzzy";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SearchBox } from "@shared/ui/SearchBox";
import { toast } from "@shared/ui/toast";
import type { CyclePlace } from "../place";
import { useDesignChanges } from "../useDesign";
import classes from "./AddStepDialog.module.css";
import { exitsOf, freeExit, kindIcons, type Kind } from "./kinds";

interface AddStepDialogProps {
  place: CyclePlace;
  steps: readonly Step[];
  edges: readonly Edge[];
  /** The step that the new one shall follow; nothing when that is still open. */
  after: string | undefined;
  onClose: () => void;
  onAdded: (step: Step) => void;
}

/** The logic tools, and the kind by which each is drawn. */
const tools = [
  ["Decision", "decision"],
  ["Delay", "delay"],
  ["WaitUntil", "waitUntil"],
  ["WaitAll", "waitAll"],
  ["Annotation", "annotation"],
] as const satisfies readonly (readonly [StepCreate["ActionType"], Kind])[];

/** **Add Step**: a tool, or a method of a connector that is installed. */
export function AddStepDialog({ place, steps, edges, after, onClose, onAdded }: AddStepDialogProps) {
  const connectors = useAccountConnectors(place.accountId);
  const { addStep } = useDesignChanges(place);
  const [query, setQuery] = useState("");
  const [behind, setBehind] = useState(() => placeAfter(steps, edges, after));
  const add = (body: StepCreate) => {
    const [stepId = "", exit = ""] = behind.split("/");
    const tail = steps.find((step) => step.Id === stepId);
    // Notes belong to no step.
    const follows = tail === undefined || body.ActionType === "Annotation" ? undefined : { stepId: tail.Id, exit: exitsOf(tail).find((each) => each === exit) ?? "Forward" };
    addStep.mutate(
      { body: { ...body, ...positionFor(steps, tail) }, after: follows },
      {
        onSuccess: (step) => {
          toast(t("add.done", { step: step.Name }));
          onAdded(step);
        },
      },
    );
  };
  const shownTools = tools.filter(([, kind]) => t(`design.kind.${kind}`).toLowerCase().includes(query.trim().toLowerCase()));

  return (
    <Drawer opened onClose={onClose} position="right" size="min(560px, 100%)" title={t("add.title")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <Stack gap="sm" aria-busy={addStep.isPending}>
        {steps.length > 0 && (
          <NativeSelect
            label={t("add.after")}
            value={behind}
            onChange={(event) => setBehind(event.currentTarget.value)}
            data={[{ value: "", label: t("add.unconnected") }, ...exitChoices(steps)]}
          />
        )}
        <SearchBox label={t("add.search")} value={query} onChange={setQuery} />
        <ErrorNotice error={addStep.error} title={t("add.failed")} />
        {shownTools.length > 0 && (
          <section aria-label={t("add.tools")}>
            <Title order={3} fz="1rem">
              {t("add.tools")}
            </Title>
            <ul className={classes.list}>
              {shownTools.map(([type, kind]) => {
                const Mark = kindIcons[kind];
                return (
                  <li key={type}>
                    <UnstyledButton className={classes.choice} disabled={addStep.isPending} onClick={() => add({ ActionType: type, Name: t(`design.kind.${kind}`) })}>
                      <Mark size={20} stroke={1.7} aria-hidden="true" />
                      <span>
                        {t(`design.kind.${kind}`)}
                        <Text component="span" display="block" size="xs" c="dimmed">
                          {t(`add.hint.${kind}`)}
                        </Text>
                      </span>
                    </UnstyledButton>
                  </li>
                );
              })}
            </ul>
          </section>
        )}
        <section aria-label={t("add.connectors")}>
          <Group justify="space-between">
            <Title order={3} fz="1rem">
              {t("add.connectors")}
            </Title>
            <InstallLink place={place} />
          </Group>
          {connectors.isPending && <PageSkeleton label={t("add.connectors")} rows={3} />}
          {connectors.isLoadingError && <PageError what={t("add.connectors")} error={connectors.error} onRetry={() => void connectors.refetch()} />}
          {connectors.data?.length === 0 && <EmptyState title={t("add.noConnectors")} hint={t("add.noConnectorsHint")} />}
          {connectors.data !== undefined && (
            <Accordion variant="contained" mt="xs" multiple={false} chevronPosition="left">
              {connectors.data.map((connector) => (
                <Accordion.Item key={connector.Id} value={String(connector.Id)}>
                  <Accordion.Control>
                    <Group gap="sm" wrap="nowrap">
                      <ConnectorIcon icon={connector.Connector.Icon} name={connector.Connector.Name} size={26} />
                      <span>{connector.Name}</span>
                    </Group>
                  </Accordion.Control>
                  <Accordion.Panel>
                    <Methods
                      connector={connector}
                      query={query}
                      busy={addStep.isPending}
                      onChoose={(method) =>
                        add({
                          ActionType: method.MethodType === "Webhook" ? "Webhook" : "Action",
                          Name: method.Name,
                          AccountConnectorId: connector.Id,
                          MethodUniqueIdentifier: method.MethodUniqueIdentifier,
                        })
                      }
                    />
                  </Accordion.Panel>
                </Accordion.Item>
              ))}
            </Accordion>
          )}
        </section>
      </Stack>
    </Drawer>
  );
}

function InstallLink({ place }: { place: CyclePlace }) {
  if (place.release !== undefined) {
    return (
      <AnchorLink to="/templates/connectors" search={{ install: "choose" }} size="sm">
        {t("add.install")}
      </AnchorLink>
    );
  }
  return (
    <AnchorLink to="/accounts/$accountId/connectors" params={{ accountId: place.accountId }} search={{ install: "choose" }} size="sm">
      {t("add.install")}
    </AnchorLink>
  );
}

interface MethodsProps {
  connector: AccountConnector;
  query: string;
  busy: boolean;
  onChoose: (method: Method) => void;
}

function Methods({ connector, query, busy, onChoose }: MethodsProps) {
  const methods = useConnectorMethods(connector.Connector.Id);
  if (methods.isPending) return <PageSkeleton label={t("methods.what")} rows={4} />;
  if (methods.isLoadingError) return <PageError what={t("methods.what")} error={methods.error} onRetry={() => void methods.refetch()} />;
  const index = buildIndex(methods.data, (method) => [
    { text: method.Name, weight: 3 },
    { text: method.Category, weight: 1 },
  ]);
  const groups = byCategory(query.trim() === "" ? methods.data : searchIndex(index, query));
  if (groups.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("page.noMatch", { filters: `“${query}”` })}
      </Text>
    );
  }
  return groups.map((group) => (
    <div key={group.name}>
      <div className={classes.group}>{group.name}</div>
      <ul className={classes.list}>
        {group.methods.map((method) => (
          <li key={method.Id}>
            <UnstyledButton className={classes.choice} disabled={busy} onClick={() => onChoose(method)}>
              <VerbBadge method={method} />
              <span>{method.Name}</span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </div>
  ));
}

/** The exits behind which a step can stand, as choices of a select. */
function exitChoices(steps: readonly Step[]) {
  return steps.flatMap((step) =>
    exitsOf(step).map((exit) => ({ value: `${step.Id}/${exit}`, label: exit === "Forward" ? step.Name : t("add.exit", { step: step.Name, exit: t(`design.exit.${exit}`) }) })),
  );
}

/** Behind the step that was asked for, else behind the last one that leads nowhere yet. */
function placeAfter(steps: readonly Step[], edges: readonly Edge[], after: string | undefined): string {
  const asked = steps.find((step) => step.Id === after);
  if (asked !== undefined) return `${asked.Id}/${freeExit(asked, edges) ?? exitsOf(asked)[0] ?? "Forward"}`;
  for (const step of steps.toReversed()) {
    const exit = freeExit(step, edges);
    if (exit !== undefined) return `${step.Id}/${exit}`;
  }
  return "";
}

/** Below the step before, for whoever draws the cycle on a canvas; in pixels. */
function positionFor(steps: readonly Step[], tail: Step | undefined) {
  const row = 160;
  const lowest = Math.max(-row, ...steps.map((step) => step.DisplayPositionTop ?? 0));
  return {
    DisplayPositionLeft: tail?.DisplayPositionLeft ?? 0,
    DisplayPositionTop: tail === undefined ? lowest + row : (tail.DisplayPositionTop ?? 0) + row,
  };
}
