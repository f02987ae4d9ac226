import "@shared/messages/en/accountConnectors";
import { Alert } from "@mantine/core";
import type { AccountConnector, CategoryCopy, CustomField, Method } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { MethodForm } from "./MethodForm";
import { useRunMethod } from "./useAccountConnectors";

interface MethodTestProps {
  accountId: string;
  connector: AccountConnector;
  method: Method;
  /** The account's own request fields. */
  custom?: readonly CustomField[];
  /** The copied category to call it in. */
  object?: CategoryCopy | undefined;
}

/** Runs a method with typed values and shows what came back. */
export function MethodTest({ accountId, connector, method, custom = [], object }: MethodTestProps) {
  const run = useRunMethod(accountId, connector.Id);
  return (
    <MethodForm
      method={method}
      custom={custom}
      run={run}
      onRun={(call) =>
        run.mutate({ method: method.MethodUniqueIdentifier, call: object === undefined ? call : { ...call, CategoryId: object.Id } })
      }
      lookups={{ accountId, accountConnectorId: connector.Id }}
    >
      {!connector.Authenticated && <Alert color="orange">{t("test.notAuthenticated")}</Alert>}
    </MethodForm>
  );
}
