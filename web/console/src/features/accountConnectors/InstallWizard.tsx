import "@shared/messages/en/accountConnectors";
import { Button, Group, Modal, Stack, Text, TextInput, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Connector } from "@shared/api/types";
import { useConnector } from "@shared/queries/methods";
import { t } from "@shared/messages/t";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { freeName } from "./asked";
import { AuthenticateStep } from "./AuthenticateStep";
import { ChooseStep } from "./ChooseStep";
import { useSetupFields } from "./useAccountConnectors";

interface InstallWizardProps {
  accountId: string;
  /** The connector to install; nothing while choosing. */
  chosen: number | undefined;
  /** Names in use in the account. */
  taken: readonly string[];
  onChoose: (connectorId: number | undefined) => void;
  onClose: () => void;
}

/** **Install New Application**: choose, name, authenticate. */
export function InstallWizard({ accountId, chosen, taken, onChoose, onClose }: InstallWizardProps) {
  return (
    <Modal opened onClose={onClose} title={t("install.title")} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      {chosen === undefined ? (
        <ChooseStep onChoose={onChoose} />
      ) : (
        <InstallChosen key={chosen} accountId={accountId} connectorId={chosen} taken={taken} onBack={() => onChoose(undefined)} onClose={onClose} />
      )}
    </Modal>
  );
}

interface InstallChosenProps {
  accountId: string;
  connectorId: number;
  taken: readonly string[];
  onBack: () => void;
  onClose: () => void;
}

function InstallChosen({ accountId, connectorId, taken, onBack, onClose }: InstallChosenProps) {
  const connector = useConnector(connectorId);
  const setup = useSetupFields(connectorId);
  const [named, setNamed] = useState<{ name: string; description: string }>();
  const [authenticating, setAuthenticating] = useState(false);

  if (connector.isPending || setup.isPending) return <PageSkeleton label={t("edit.what")} shape="form" rows={3} />;
  const error = connector.error ?? setup.error;
  if (connector.data === undefined || setup.data === undefined) {
    const retry = () => {
      void connector.refetch();
      void setup.refetch();
    };
    return error === null ? null : <PageError what={t("edit.what")} error={error} onRetry={retry} />;
  }
  const step = authenticating ? 3 : 2;
  return (
    <Stack>
      <StepHeading connector={connector.data} step={step} />
      {named !== undefined && authenticating ? (
        <AuthenticateStep
          accountId={accountId}
          connector={connector.data}
          setup={setup.data}
          name={named.name}
          description={named.description}
          onBack={() => setAuthenticating(false)}
          onClose={onClose}
        />
      ) : (
        <NameStep
          initial={named ?? { name: freeName(connector.data.Name, taken), description: "" }}
          taken={taken}
          onBack={onBack}
          onNext={(values) => {
            setNamed(values);
            setAuthenticating(true);
          }}
        />
      )}
    </Stack>
  );
}

function StepHeading({ connector, step }: { connector: Connector; step: 2 | 3 }): ReactNode {
  return (
    <Group gap="md" wrap="nowrap">
      <ConnectorIcon icon={connector.Icon} name={connector.Name} size={44} />
      <div>
        <Text fw={600}>{connector.Name}</Text>
        <Text size="sm" c="dimmed" role="status">
          {t("install.step", { step })} · {t(step === 2 ? "install.step2" : "install.step3")}
        </Text>
      </div>
    </Group>
  );
}

interface NameStepProps {
  initial: { name: string; description: string };
  taken: readonly string[];
  onBack: () => void;
  onNext: (values: { name: string; description: string }) => void;
}

function NameStep({ initial, taken, onBack, onNext }: NameStepProps) {
  const [name, setName] = useState(initial.name);
  const [description, setDescription] = useState(initial.description);
  const [problem, setProblem] = useState<string>();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() === "") setProblem(t("install.nameRequired"));
        else if (freeName(name.trim(), taken) !== name.trim()) setProblem(t("install.nameTaken"));
        else onNext({ name, description });
      }}
    >
      <Stack>
        <TextInput
          label={t("name")}
          description={t("install.nameHint")}
          required
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
            setProblem(undefined);
          }}
          error={problem}
          data-autofocus
        />
        <Textarea label={t("description")} autosize minRows={2} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Group justify="space-between">
          <Button variant="default" onClick={onBack}>
            {t("form.back")}
          </Button>
          <Button type="submit">{t("install.next")}</Button>
        </Group>
      </Stack>
    </form>
  );
}
