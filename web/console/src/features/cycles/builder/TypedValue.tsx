import "@shared/messages/en/cycles";
import { ActionIcon, Combobox, Group, Text, Textarea, Tooltip, useCombobox } from "@mantine/core";
import { IconBraces } from "@tabler/icons-react";
import { useRef, useState } from "react";
import type { FieldForMapping } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { mergeField, readable, systemMergeFields } from "./mapping";

interface TypedValueProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  earlier: readonly FieldForMapping[];
  disabled: boolean;
  error?: string | undefined;
}

/** Choices shown at once; typing finds the others. */
const limit = 100;

/** A text with merge fields, which are picked from a list (Alt+Enter). */
export function TypedValue({ label, value, onChange, earlier, disabled, error }: TypedValueProps) {
  const input = useRef<HTMLTextAreaElement>(null);
  const [query, setQuery] = useState("");
  const combobox = useCombobox({
    onDropdownClose: () => {
      setQuery("");
      combobox.resetSelectedOption();
    },
    onDropdownOpen: () => combobox.focusSearchInput(),
  });
  const insert = (text: string) => {
    const at = input.current?.selectionStart ?? value.length;
    const end = input.current?.selectionEnd ?? at;
    onChange(`${value.slice(0, at)}${text}${value.slice(end)}`);
    combobox.closeDropdown();
    input.current?.focus();
  };
  const wanted = query.trim().toLowerCase();
  const choices = [
    ...earlier.map((field) => ({ value: mergeField(field), label: `${field.Step.Name} · ${field.Name}` })),
    ...systemMergeFields.map((name) => ({ value: `{{${name}}}`, label: t(`mapping.system.${name}`) })),
  ].filter((choice) => choice.label.toLowerCase().includes(wanted));
  const words = readable(value, earlier);
  return (
    <div>
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Textarea
          ref={input}
          flex={1}
          miw={0}
          aria-label={label}
          autosize
          minRows={1}
          maxRows={12}
          spellCheck={false}
          value={value}
          disabled={disabled}
          error={error}
          onChange={(event) => onChange(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !event.altKey) return;
            event.preventDefault();
            combobox.openDropdown();
          }}
        />
        {!disabled && (
          <Combobox store={combobox} onOptionSubmit={insert} position="bottom-end" width={340} withinPortal>
            <Combobox.Target targetType="button" withAriaAttributes={false}>
              <Tooltip label={t("mapping.mergeFields")}>
                <ActionIcon
                  variant="default"
                  size={36}
                  onClick={() => combobox.toggleDropdown()}
                  aria-label={t("mapping.mergeFieldsFor", { name: label })}
                  aria-expanded={combobox.dropdownOpened}
                >
                  <IconBraces size={17} />
                </ActionIcon>
              </Tooltip>
            </Combobox.Target>
            <Combobox.Dropdown>
              <Combobox.Search
                value={query}
                onChange={(event) => setQuery(event.currentTarget.value)}
                placeholder={t("mapping.searchMergeFields")}
                aria-label={t("mapping.searchMergeFields")}
              />
              <Combobox.Options mah={280} style={{ overflowY: "auto" }}>
                {choices.length === 0 && <Combobox.Empty>{t("mapping.noField")}</Combobox.Empty>}
                {choices.slice(0, limit).map((choice) => (
                  <Combobox.Option key={choice.value} value={choice.value}>
                    {choice.label}
                  </Combobox.Option>
                ))}
              </Combobox.Options>
            </Combobox.Dropdown>
          </Combobox>
        )}
      </Group>
      {words !== undefined && (
        <Text size="xs" c="dimmed" mt={2}>
          {words}
        </Text>
      )}
    </div>
  );
}
