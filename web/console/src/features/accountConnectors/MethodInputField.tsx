import "@shared/messages/en/accountConnectors";
import { Button, Group, NativeSelect, PasswordInput, Select, TextInput, Textarea } from "@mantine/core";
import { t } from "@shared/messages/t";
import type { InputProblem, MethodInput } from "./methodForm";
import { useLookup } from "./useAccountConnectors";

/** The account connector that lookups are called with. */
export interface LookupSource {
  accountId: string;
  accountConnectorId: number;
}

interface MethodInputFieldProps {
  input: MethodInput;
  value: string;
  onChange: (value: string) => void;
  problem: InputProblem | undefined;
  /** Where lookups offer values; without it any may be typed. */
  lookups?: LookupSource | undefined;
}

/** The right kind of field for one input. */
export function MethodInputField({ input, value, onChange, problem, lookups }: MethodInputFieldProps) {
  const shared = {
    label: input.label,
    description: input.description,
    required: !input.optional,
    error: problem === undefined ? undefined : t(`test.${problem}`),
    value,
    autoComplete: "off",
  };
  const change = (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value);
  const triggerId = input.triggerId;
  if (triggerId !== undefined && lookups !== undefined) {
    return <LookupField shared={shared} onChange={onChange} triggerId={triggerId} {...lookups} />;
  }
  if (input.values.length > 0) {
    return <NativeSelect {...shared} data={[{ value: "", label: t("test.unset") }, ...input.values]} onChange={change} />;
  }
  if (input.type === "Boolean") {
    return (
      <NativeSelect
        {...shared}
        data={[
          { value: "", label: t("test.unset") },
          { value: "true", label: t("yes") },
          { value: "false", label: t("no") },
        ]}
        onChange={change}
      />
    );
  }
  if (input.sensitive) return <PasswordInput {...shared} onChange={change} visibilityToggleButtonProps={{ "aria-label": t("secret.show") }} />;
  if (input.multiline) return <Textarea {...shared} autosize minRows={3} onChange={change} />;
  const numeric = input.type === "Integer" || input.type === "Float" || input.type === "Decimal";
  return <TextInput {...shared} spellCheck={false} onChange={change} inputMode={numeric ? "decimal" : "text"} />;
}

interface LookupFieldProps extends LookupSource {
  shared: { label: string; description: string | undefined; required: boolean; error: string | undefined; value: string };
  onChange: (value: string) => void;
  triggerId: number;
}

/** Values that the provider offers, loaded when wanted; before that, and instead, any may be typed. */
function LookupField({ shared, onChange, triggerId, accountId, accountConnectorId }: LookupFieldProps) {
  const lookup = useLookup(accountId, accountConnectorId);
  const { error, ...rest } = shared;
  const problem = error ?? (lookup.isError ? t("test.lookupFailed", { reason: lookup.error.message }) : undefined);
  if (lookup.data !== undefined && lookup.data.length > 0) {
    const seen = new Set<string>();
    const offered = lookup.data.filter(({ Value }) => !seen.has(Value) && seen.add(Value));
    return (
      <Select
        {...rest}
        error={problem}
        value={rest.value === "" ? null : rest.value}
        onChange={(value) => onChange(value ?? "")}
        data={offered.map(({ Name, Value }) => ({ value: Value, label: Name }))}
        searchable
        clearable
        limit={200}
      />
    );
  }
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <TextInput flex={1} miw={0} {...rest} error={problem} spellCheck={false} onChange={(event) => onChange(event.currentTarget.value)} />
      <Button variant="default" loading={lookup.isPending} onClick={() => lookup.mutate(triggerId)} aria-label={`${t("test.loadValues")}, ${rest.label}`}>
        {t("test.loadValues")}
      </Button>
    </Group>
  );
}
