import { Button, FileButton, Group, Input, Text } from "@mantine/core";
import { useId, useState } from "react";
import { t } from "@shared/messages/t";
import classes from "./ImageInput.module.css";

/** Larger pictures would slow down every page they stand on. */
const limitKilobytes = 256;
const accepted = ["image/png", "image/jpeg", "image/svg+xml", "image/gif", "image/x-icon", "image/vnd.microsoft.icon", "image/webp"];

interface ImageInputProps {
  label: string;
  description: string;
  /** `data:` URI. */
  value: string | null;
  onChange: (value: string | null) => void;
  disabled?: boolean;
}

/** Chooses a small picture that is kept as a `data:` URI. */
export function ImageInput({ label, description, value, onChange, disabled }: ImageInputProps) {
  const id = useId();
  const [problem, setProblem] = useState<string | null>(null);

  const take = (file: File | null) => {
    if (file === null) return;
    if (!accepted.includes(file.type)) {
      setProblem(t("image.wrongType"));
      return;
    }
    if (file.size > limitKilobytes * 1024) {
      setProblem(t("image.tooLarge", { size: limitKilobytes }));
      return;
    }
    setProblem(null);
    const reader = new FileReader();
    reader.onload = () => onChange(typeof reader.result === "string" ? reader.result : null);
    reader.onerror = () => setProblem(t("image.wrongType"));
    reader.readAsDataURL(file);
  };

  return (
    <Input.Wrapper label={label} description={description} error={problem} labelElement="div" id={id}>
      <Group mt={6} gap="sm" wrap="nowrap">
        <div className={classes.preview}>
          {value === null ? (
            <Text size="xs" c="dimmed">
              {t("image.none")}
            </Text>
          ) : (
            <img src={value} alt={label} />
          )}
        </div>
        <FileButton onChange={take} accept={accepted.join(",")} disabled={disabled ?? false}>
          {(props) => (
            <Button {...props} variant="default" size="sm" aria-label={`${t("image.choose")}, ${label}`}>
              {t("image.choose")}
            </Button>
          )}
        </FileButton>
        {value !== null && (
          <Button variant="subtle" color="gray" size="sm" onClick={() => onChange(null)} aria-label={`${t("image.remove")}, ${label}`} disabled={disabled ?? false}>
            {t("image.remove")}
          </Button>
        )}
      </Group>
    </Input.Wrapper>
  );
}
