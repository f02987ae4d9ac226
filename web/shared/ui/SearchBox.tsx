import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { t } from "@shared/messages/t";

interface SearchBoxProps {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
}

/** Filters while typing; Escape empties it. */
export function SearchBox({ label, placeholder, value, onChange }: SearchBoxProps) {
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={placeholder ?? label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === "Escape" && value !== "") {
          event.preventDefault();
          onChange("");
        }
      }}
      leftSection={<IconSearch size={16} aria-hidden="true" />}
      rightSection={
        value === "" ? null : <CloseButton size="sm" aria-label={t("page.clearFilters")} onClick={() => onChange("")} />
      }
      flex={1}
      miw={200}
      maw={420}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
