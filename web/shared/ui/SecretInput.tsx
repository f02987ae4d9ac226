import { Button, Group, PasswordInput, TextInput } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";
import { useRef } from "react";
import { t } from "@shared/messages/t";

interface SecretInputProps {
  label: string;
  description?: string | undefined;
  /** A value is stored; it is never shown. */
  isSet: boolean;
  /** The new value, or null to keep the stored one. */
  value: string | null;
  onChange: (value: string | null) => void;
  disabled?: boolean;
  required?: boolean;
  error?: string | undefined;
}

/** A write-only value: what is stored is marked as saved and can only be replaced. */
export function SecretInput({ label, description, isSet, value, onChange, disabled, required, error }: SecretInputProps) {
  const input = useRef<HTMLInputElement>(null);
  if (isSet && value === null) {
    return (
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <TextInput
          flex={1}
          miw={0}
          label={label}
          description={description}
          value={t("secret.saved")}
          readOnly
          leftSection={<IconLock size={16} aria-hidden="true" />}
        />
        <Button
          variant="default"
          disabled={disabled ?? false}
          onClick={() => {
            onChange("");
            requestAnimationFrame(() => input.current?.focus());
          }}
        >
          {t("secret.replace")}
        </Button>
      </Group>
    );
  }
  return (
    <Group gap="xs" align="flex-end" wrap="nowrap">
      <PasswordInput
        ref={input}
        flex={1}
        miw={0}
        label={label}
        description={description}
        value={value ?? ""}
        onChange={(event) => onChange(event.currentTarget.value)}
        autoComplete="off"
        spellCheck={false}
        disabled={disabled ?? false}
        required={required ?? false}
        error={error}
        visibilityToggleButtonProps={{ "aria-label": t("secret.show") }}
      />
      {isSet && (
        <Button variant="default" onClick={() => onChange(null)}>
          {t("secret.keep")}
        </Button>
      )}
    </Group>
  );
}
