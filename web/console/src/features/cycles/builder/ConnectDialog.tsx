import "@shared/messages/en/cycles";
import { Button, Group, Modal, NativeSelect, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Edge, Step } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { toast } from "@shared/ui/toast";
import { useDesignChanges, type CycleId } from "../useDesign";
import { exitsOf, freeExit } from "./kinds";

interface ConnectDialogProps {
  cycle: CycleId;
  steps: readonly Step[];
  edges: readonly Edge[];
  /** The step that is connected; nothing while the dialog is closed. */
  from: Step | undefined;
  onClose: () => void;
}

/** **Connect to…**: lets a step run after another. */
export function ConnectDialog({ cycle, steps, edges, from, onClose }: ConnectDialogProps) {
  return (
    <Modal opened={from !== undefined} onClose={onClose} title={t("connect.title", { step: from?.Name ?? "" })} closeButtonProps={{ "aria-label": t("form.close") }}>
      {from !== undefined && <ConnectForm key={from.Id} cycle={cycle} steps={steps} edges={edges} from={from} onClose={onClose} />}
    </Modal>
  );
}

function ConnectForm({ cycle, steps, edges, from, onClose }: ConnectDialogProps & { from: Step }) {
  const { connect } = useDesignChanges(cycle);
  const exits = exitsOf(from);
  const [exit, setExit] = useState(freeExit(from, edges) ?? exits[0] ?? "Forward");
  const heads = steps.filter(
    (step) =>
      step.Id !== from.Id &&
      step.ActionType !== "Annotation" &&
      !edges.some((edge) => edge.TailStepId === from.Id && edge.HeadStepId === step.Id && edge.EdgeType === exit),
  );
  const [chosen, setChosen] = useState("");
  const head = heads.find((step) => step.Id === chosen) ?? heads.find((step) => !edges.some((edge) => edge.HeadStepId === step.Id)) ?? heads[0];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (head === undefined) return;
        connect.mutate(
          { tail: from.Id, head: head.Id, exit },
          {
            onSuccess: () => {
              toast(t("connect.done", { from: from.Name, to: head.Name }));
              onClose();
            },
          },
        );
      }}
    >
      <Stack>
        {exits.length > 1 && (
          <NativeSelect
            label={t("connect.exit")}
            description={from.ActionType === "Decision" ? undefined : t("connect.exitHint")}
            value={exit}
            onChange={(event) => setExit(exits.find((each) => each === event.currentTarget.value) ?? exit)}
            data={exits.map((each) => ({ value: each, label: t(`design.exit.${each}`) }))}
          />
        )}
        {head === undefined ? (
          <Text>{t("connect.nothing")}</Text>
        ) : (
          <NativeSelect
            label={t("connect.to")}
            value={head.Id}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={heads.map((step) => ({ value: step.Id, label: step.Name }))}
          />
        )}
        <ErrorNotice error={connect.error} title={t("connect.failed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={connect.isPending} disabled={head === undefined}>
            {t("connect.action")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
