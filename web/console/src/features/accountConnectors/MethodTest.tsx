import "@shared/messages/en/accountConnectors";
import { Alert } from "@mantine/core";
import type { AccountConnector, Method } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { MethodForm } from "./MethodForm";
import { useRunMethod } from "./useAccountConnectors";

interface MethodTestProps {
  accountId: string;
  connector: AccountConnector;
  method: Method;
}

/** Runs a method with typed values and shows what came back. */
export function MethodTest({ accountId, connector, method }: MethodTestProps) {
  const run = useRunMethod(accountId, connector.Id);
  return (
    <MethodForm
      method={method}
      run={run}
      onRun={(call) => run.mutate({ method: method.MethodUniqueIdentifier, call })}
      lookups={{ accountId, accountConnectorId: connector.Id }}
    >
      {!connector.Authenticated && <Alert color="orange">{t("test.notAuthenticated")}</Alert>}
    </MethodForm>
  );
}
