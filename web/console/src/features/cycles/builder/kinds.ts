import {
  IconArrowBackUp,
  IconClockPause,
  IconCloudDownload,
  IconCodeAsterix,
  IconGitFork,
  IconHourglass,
  IconNote,
  IconSend,
  IconStack2,
  IconWebhook,
  type Icon,
} from "@tabler/icons-react";
import type { Edge, EdgeType, Step } from "@shared/api/types";

/** What a step is to the eye. */
export type Kind = "get" | "webhook" | "action" | "script" | "decision" | "delay" | "waitUntil" | "waitAll" | "response" | "annotation";

/** The method with which a webhook's caller is answered. */
const responseMethod = "Synchronous Response";

/** The kind of a step. */
export function kindOf(step: Step): Kind {
  switch (step.ActionType) {
    case "Webhook":
      return "webhook";
    case "Decision":
      return "decision";
    case "Delay":
      return "delay";
    case "WaitUntil":
      return "waitUntil";
    case "WaitAll":
      return "waitAll";
    case "Annotation":
      return "annotation";
    case "Action":
    case "Unknown":
      if (step.Method?.Name === responseMethod) return "response";
      if (step.Method?.MethodType === "Script") return "script";
      return step.Method?.HttpMethod === "GET" ? "get" : "action";
  }
}

/** Whether a step makes a call that can be tried out: a webhook waits for one instead. */
export function isTestable(step: Step): boolean {
  return step.Method != null && step.AccountConnector != null && step.ActionType !== "Webhook" && kindOf(step) !== "response";
}

/** The picture of a kind; its colour stands in the style sheet. */
export const kindIcons: Record<Kind, Icon> = {
  get: IconCloudDownload,
  webhook: IconWebhook,
  action: IconSend,
  script: IconCodeAsterix,
  decision: IconGitFork,
  delay: IconHourglass,
  waitUntil: IconClockPause,
  waitAll: IconStack2,
  response: IconArrowBackUp,
  annotation: IconNote,
};

/** The exits that a step may have; a method has True and False only where it has a condition. */
export function exitsOf(step: Step): EdgeType[] {
  switch (step.ActionType) {
    case "Annotation":
      return [];
    case "Decision":
      return ["True", "False"];
    case "Action":
    case "Webhook":
    case "Unknown":
      return ["Forward", "True", "False"];
    case "Delay":
    case "WaitUntil":
    case "WaitAll":
      return ["Forward"];
  }
}

/** The exit at which another step is most likely wanted: the first that is free. */
export function freeExit(step: Step, edges: readonly Edge[]): EdgeType | undefined {
  const used = edges.filter((edge) => edge.TailStepId === step.Id).map((edge) => edge.EdgeType);
  if (step.ActionType !== "Decision" && used.length > 0) return undefined;
  return exitsOf(step).find((exit) => !used.includes(exit));
}
