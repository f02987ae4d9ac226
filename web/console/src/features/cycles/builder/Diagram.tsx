import "@shared/messages/en/cycles";
import { ActionIcon, Badge, Menu, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconArrowsSplit2, IconDots, IconPlayerPlay, IconPlus, IconSettings, IconTrash, IconUnlink } from "@tabler/icons-react";
import { useMemo, useRef, type KeyboardEvent } from "react";
import type { Edge, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import classes from "./Diagram.module.css";
import { exitsOf, isTestable, kindIcons, kindOf } from "./kinds";
import { layOut, neighbour, type Placed } from "./layout";

/** What can be done with a step or an edge. */
export interface DiagramActions {
  onOpen: (step: Step) => void;
  /** Left out where nothing may be tried out. */
  onTest?: ((step: Step) => void) | undefined;
  onAddAfter: (step: Step) => void;
  onConnect: (step: Step) => void;
  onRemove: (step: Step) => void;
  onDisconnect: (edge: Edge) => void;
}

interface DiagramProps extends DiagramActions {
  steps: readonly Step[];
  edges: readonly Edge[];
  /** Steps that are not set up. */
  missing: ReadonlySet<string>;
  /** Errors and warnings of runs, by step. */
  troubles: ReadonlyMap<string, Trouble>;
  editable: boolean;
}

/** What went wrong at a step in its runs. */
export interface Trouble {
  errors: number;
  warnings: number;
}

/* Sizes in pixels. */
const width = 264;
const height = 104;
const gapX = 36;
const gapY = 56;

/**
 * The steps of a cycle, each below those that lead to it. It is a list: what the lines show, every item also
 * says in words, which are all there is on a narrow screen.
 */
export function Diagram({ steps, edges, missing, troubles, editable, ...actions }: DiagramProps) {
  const layout = useMemo(() => layOut(steps, edges), [steps, edges]);
  const list = useRef<HTMLOListElement>(null);
  const size = { width: layout.columns * (width + gapX) - gapX, height: layout.rows * (height + gapY) - gapY };
  const byId = useMemo(() => new Map(steps.map((step) => [step.Id, step])), [steps]);

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const id = event.target instanceof HTMLElement ? event.target.dataset["step"] : undefined;
    const step = id === undefined ? undefined : byId.get(id);
    if (step === undefined) return;
    const next = neighbour(layout, edges, step.Id, event.key);
    if (next !== undefined) {
      event.preventDefault();
      list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(next)}"]`)?.focus();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "t" && actions.onTest !== undefined && isTestable(step)) {
      event.preventDefault();
      actions.onTest(step);
      return;
    }
    if (!editable) return;
    const act = event.key === "Delete" ? actions.onRemove : event.key === "c" && exitsOf(step).length > 0 ? actions.onConnect : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act(step);
  };

  return (
    <div className={classes.frame}>
      <div className={classes.stage} style={size}>
        <Lines placed={layout.placed} edges={edges} {...size} />
        {/* The keys are an addition: every action is also in the menu of each step. */}
        {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
        <ol ref={list} className={classes.steps} aria-label={t("design.diagram")} onKeyDown={onKeyDown}>
        {layout.placed.map((place) => (
          <StepCard
            key={place.step.Id}
            place={place}
            exits={edges.filter((edge) => edge.TailStepId === place.step.Id)}
            byId={byId}
            isMissing={missing.has(place.step.Id)}
            trouble={troubles.get(place.step.Id)}
            editable={editable}
            {...actions}
          />
        ))}
        </ol>
      </div>
    </div>
  );
}

const left = (place: Placed) => place.column * (width + gapX);
const top = (place: Placed) => place.row * (height + gapY);

function Lines({ placed, edges, ...size }: { placed: readonly Placed[]; edges: readonly Edge[]; width: number; height: number }) {
  const byId = new Map(placed.map((place) => [place.step.Id, place]));
  return (
    <svg {...size} className={classes.edges} aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path d="M0 0 L8 4 L0 8 z" fill="context-stroke" />
        </marker>
      </defs>
      {edges.map((edge) => {
        const tail = byId.get(edge.TailStepId);
        const head = byId.get(edge.HeadStepId);
        if (tail === undefined || head === undefined) return null;
        const shift = edge.EdgeType === "True" ? 0.3 : edge.EdgeType === "False" ? 0.7 : 0.5;
        const x1 = left(tail) + width * shift;
        const y1 = top(tail) + height;
        const x2 = left(head) + width / 2;
        const y2 = top(head) - 2;
        const bend = Math.max(24, Math.abs(y2 - y1) / 2);
        return (
          <g key={edge.Id}>
            <path
              className={classes.edge}
              data-exit={edge.EdgeType}
              d={`M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`}
              markerEnd="url(#arrow)"
            />
            {edge.EdgeType !== "Forward" && (
              <g className={classes.dot} data-exit={edge.EdgeType}>
                <circle cx={x1} cy={y1} r={10} />
                <text x={x1} y={y1}>
                  {t(`design.exitShort.${edge.EdgeType}`)}
                </text>
              </g>
            )}
          </g>
        );
      })}
    </svg>
  );
}

interface StepCardProps extends DiagramActions {
  place: Placed;
  exits: readonly Edge[];
  byId: ReadonlyMap<string, Step>;
  isMissing: boolean;
  trouble: Trouble | undefined;
  editable: boolean;
}

function StepCard({ place, exits, byId, isMissing, trouble, editable, ...actions }: StepCardProps) {
  const { step } = place;
  const kind = kindOf(step);
  const Mark = kindIcons[kind];
  return (
    <li
      className={classes.card}
      data-kind={kind}
      {...(isMissing ? { "data-missing": true } : {})}
      style={{ left: left(place), top: top(place), width, height }}
    >
      <span className={classes.mark} aria-hidden="true">
        <Mark size={20} stroke={1.7} />
      </span>
      <div className={classes.words}>
        <div className={classes.kind}>{t(`design.kind.${kind}`)}</div>
        <UnstyledButton className={classes.name} data-step={step.Id} onClick={() => actions.onOpen(step)}>
          {step.Name}
        </UnstyledButton>
        <div className={classes.detail}>{detailOf(step)}</div>
        <Notice step={step} isMissing={isMissing} trouble={trouble} />
        {exits.length > 0 && (
          <ul className={classes.exits}>
            {exits.map((edge) => (
              <li key={edge.Id}>{t(`design.leadsTo.${edge.EdgeType}`, { step: byId.get(edge.HeadStepId)?.Name ?? "" })}</li>
            ))}
          </ul>
        )}
      </div>
      <StepMenu step={step} exits={exits} byId={byId} editable={editable} {...actions} />
    </li>
  );
}

/** The one thing about a step that wants to be looked at first. */
function Notice({ step, isMissing, trouble }: { step: Step; isMissing: boolean; trouble: Trouble | undefined }) {
  const warns = <IconAlertTriangle size={12} aria-hidden="true" />;
  if (isMissing) {
    return (
      <Badge size="sm" variant="light" color="orange" leftSection={warns}>
        {t("design.missing")}
      </Badge>
    );
  }
  if (step.AccountConnector != null && !step.AccountConnector.Authenticated && step.UseExternalAuthentication !== true) {
    return (
      <Badge size="sm" variant="light" color="red" leftSection={warns}>
        {t("design.unauthenticated")}
      </Badge>
    );
  }
  if (trouble !== undefined && trouble.errors > 0) {
    return (
      <Badge size="sm" variant="light" color="red" leftSection={warns}>
        {t("design.errors", { count: trouble.errors })}
      </Badge>
    );
  }
  if (trouble !== undefined && trouble.warnings > 0) {
    return (
      <Badge size="sm" variant="light" color="orange" leftSection={warns}>
        {t("design.warnings", { count: trouble.warnings })}
      </Badge>
    );
  }
  if (step.UpdateAvailable === true) {
    return (
      <Badge size="sm" variant="light">
        {t("design.update")}
      </Badge>
    );
  }
  return null;
}

/** What it works with, in a line. */
function detailOf(step: Step): string {
  if (step.Method != null) return [step.AccountConnector?.Name, step.Method.Name].filter(Boolean).join(" · ");
  if (step.ActionType === "Annotation") return step.AnnotationText ?? "";
  if (step.ActionType === "Delay" && step.Delay?.Interval != null && step.Delay.Unit != null) {
    return t(`unit.${step.Delay.Unit}`, { count: step.Delay.Interval });
  }
  return step.Description ?? "";
}

interface StepMenuProps extends DiagramActions {
  step: Step;
  exits: readonly Edge[];
  byId: ReadonlyMap<string, Step>;
  editable: boolean;
}

function StepMenu({ step, exits, byId, editable, onOpen, onTest, onAddAfter, onConnect, onRemove, onDisconnect }: StepMenuProps) {
  const leads = exitsOf(step).length > 0;
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon className={classes.menu} variant="subtle" color="gray" aria-label={t("design.more", { step: step.Name })}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconSettings size={16} />} onClick={() => onOpen(step)}>
          {t("design.setup")}
        </Menu.Item>
        {onTest !== undefined && isTestable(step) && (
          <Menu.Item leftSection={<IconPlayerPlay size={16} />} onClick={() => onTest(step)}>
            {t("design.test")}
          </Menu.Item>
        )}
        {editable && leads && (
          <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => onAddAfter(step)}>
            {t("design.addAfter")}
          </Menu.Item>
        )}
        {editable && leads && (
          <Menu.Item leftSection={<IconArrowsSplit2 size={16} />} onClick={() => onConnect(step)}>
            {t("design.connectTo")}
          </Menu.Item>
        )}
        {editable &&
          exits.map((edge) => (
            <Menu.Item key={edge.Id} leftSection={<IconUnlink size={16} />} onClick={() => onDisconnect(edge)}>
              {t("design.disconnectFrom", { step: byId.get(edge.HeadStepId)?.Name ?? "" })}
            </Menu.Item>
          ))}
        {editable && (
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => onRemove(step)}>
            {t("design.remove")}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
