import "@shared/messages/en/accountConnectors";
import { NativeSelect, PasswordInput, TextInput, Textarea } from "@mantine/core";
import { t } from "@shared/messages/t";
import type { Asked, Credentials } from "./asked";

interface AskedFieldsProps {
  asked: readonly Asked[];
  values: Readonly<Record<string, string>>;
  onChange: (name: string, value: string) => void;
  /** Names of fields that must be filled in before going on. */
  missing: ReadonlySet<string>;
}

/** The values that a connector needs in an account. */
export function AskedFields({ asked, values, onChange, missing }: AskedFieldsProps) {
  return asked.map((field) => {
    const shared = {
      label: field.label,
      description: field.description ?? (field.blankInSetup ? t("install.partnerSetup") : undefined),
      required: !field.optional,
      error: missing.has(field.name) ? t("form.required") : undefined,
      value: values[field.name] ?? field.initial,
      autoComplete: "off",
    };
    const change = (event: { currentTarget: { value: string } }) => onChange(field.name, event.currentTarget.value);
    if (field.values.length > 0) {
      return <NativeSelect key={field.name} {...shared} data={["", ...field.values]} onChange={change} />;
    }
    if (field.sensitive) {
      return <PasswordInput key={field.name} {...shared} onChange={change} visibilityToggleButtonProps={{ "aria-label": t("secret.show") }} />;
    }
    if (field.multiline) return <Textarea key={field.name} {...shared} autosize minRows={3} onChange={change} />;
    return <TextInput key={field.name} {...shared} spellCheck={false} onChange={change} />;
  });
}

interface CredentialFieldsProps {
  names: readonly (keyof Credentials)[];
  credentials: Credentials;
  onChange: (credentials: Credentials) => void;
  missing: ReadonlySet<string>;
  /** Credentials are stored already; typing replaces them. */
  stored?: boolean;
}

/** The API key, or user name and password. */
export function CredentialFields({ names, credentials, onChange, missing, stored = false }: CredentialFieldsProps) {
  return names.map((name) => {
    const shared = {
      label: t(`auth.${name}`),
      required: true,
      value: credentials[name],
      onChange: (event: { currentTarget: { value: string } }) => onChange({ ...credentials, [name]: event.currentTarget.value }),
      error: missing.has(name) ? t("form.required") : undefined,
      placeholder: stored ? t("secret.saved") : undefined,
      autoComplete: "off",
    };
    return name === "username" ? (
      <TextInput key={name} {...shared} spellCheck={false} />
    ) : (
      <PasswordInput key={name} {...shared} visibilityToggleButtonProps={{ "aria-label": t("secret.show") }} />
    );
  });
}

/** Which of the asked values are still to be filled in. */
export function missingOf(
  asked: readonly Asked[],
  values: Readonly<Record<string, string>>,
  names: readonly (keyof Credentials)[],
  credentials: Credentials,
): Set<string> {
  return new Set([
    ...asked.filter((field) => !field.optional && (values[field.name] ?? field.initial).trim() === "").map((field) => field.name),
    // A password of blanks is a password.
    ...names.filter((name) => (name === "password" ? credentials[name] === "" : credentials[name].trim() === "")),
  ]);
}
