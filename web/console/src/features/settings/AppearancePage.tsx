import "@shared/messages/en/settings";
import { Button, ColorInput, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { AppearanceSettings, GeneralSettings } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { contrast, parseHex, textOn } from "@shared/theme/colour";
import { barVariable, primaryVariable, readVariable, writeVariable } from "@shared/theme/lessVariables";
import { CodeEditor } from "@shared/editor/CodeEditor";
import { useGeneralSettings } from "@shared/queries/settings";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { ImageInput } from "@shared/ui/ImageInput";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { SaveBar } from "@shared/ui/SaveBar";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import classes from "./Appearance.module.css";
import { useAppearanceSettings, useSaveAppearanceSettings, useSaveGeneralSettings } from "./useSettings";

/** **Appearance Settings**: colours and logo. */
export function AppearancePage() {
  const appearance = useAppearanceSettings();
  const general = useGeneralSettings();
  const error = appearance.error ?? general.error;
  const retry = () => {
    void appearance.refetch();
    void general.refetch();
  };
  return (
    <>
      <PageHeader title={t("appearance.title")} lead={t("appearance.coloursHint")} />
      {error !== null && <PageError what={t("appearance.what")} error={error} onRetry={retry} />}
      {error === null && (appearance.isPending || general.isPending) && <PageSkeleton label={t("appearance.what")} shape="form" rows={4} />}
      {appearance.data !== undefined && general.data !== undefined && <AppearanceForm appearance={appearance.data} general={general.data} />}
    </>
  );
}

const defaults = { primary: "#1259a3", bar: "#ffffff" };

function AppearanceForm({ appearance, general }: { appearance: AppearanceSettings; general: GeneralSettings }) {
  const less = appearance.ApplicationLessVariables;
  const stored = {
    primary: readVariable(less, primaryVariable) ?? "",
    bar: readVariable(less, barVariable) ?? "",
    logo: general.SignInLogo ?? null,
    icon: general.ApplicationIcon ?? null,
    errorHtml: appearance.ConnectorCallbackErrorHtml ?? "",
  };
  const [values, setValues] = useState(stored);
  const saveAppearance = useSaveAppearanceSettings();
  const saveGeneral = useSaveGeneralSettings();
  const busy = saveAppearance.isPending || saveGeneral.isPending;
  const problems = [values.primary, values.bar].filter((colour) => colour !== "" && parseHex(colour) === undefined).length;
  const htmlChanged = values.errorHtml !== stored.errorHtml;
  const coloursChanged = values.primary !== stored.primary || values.bar !== stored.bar;
  const imagesChanged = values.logo !== stored.logo || values.icon !== stored.icon;

  const save = async () => {
    if (coloursChanged || htmlChanged) {
      const withPrimary = writeVariable(less, primaryVariable, values.primary || undefined);
      await saveAppearance.mutateAsync({
        ...(coloursChanged ? { ApplicationLessVariables: writeVariable(withPrimary, barVariable, values.bar || undefined) } : {}),
        ...(htmlChanged ? { ConnectorCallbackErrorHtml: values.errorHtml.trim() === "" ? null : values.errorHtml } : {}),
      });
    }
    if (imagesChanged) await saveGeneral.mutateAsync({ SignInLogo: values.logo, ApplicationIcon: values.icon });
    toast(t("appearance.saved"));
  };
  const primary = parseHex(values.primary) === undefined ? defaults.primary : values.primary;
  const bar = parseHex(values.bar) === undefined ? defaults.bar : values.bar;
  const ratio = contrast(primary, "#ffffff");

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        // A failure is shown by the notices below.
        if (problems === 0) save().catch(() => undefined);
      }}
    >
      <UnsavedGuard dirty={(coloursChanged || imagesChanged || htmlChanged) && !busy} />
      <Section title={t("appearance.colours")}>
        <div className={classes.columns}>
          <Stack>
            <Colour label={t("appearance.primary")} description={t("appearance.primaryHint")} value={values.primary} fallback={defaults.primary} onChange={(colour) => setValues({ ...values, primary: colour })} />
            {ratio < 4.5 && (
              <Text size="sm" c="dimmed" role="status">
                {t("appearance.contrast", { ratio: ratio.toFixed(1) })}
              </Text>
            )}
            <Colour label={t("appearance.bar")} description={t("appearance.barHint")} value={values.bar} fallback={defaults.bar} onChange={(colour) => setValues({ ...values, bar: colour })} />
          </Stack>
          <Preview primary={primary} bar={bar} icon={values.icon} name={general.ApplicationDisplayName ?? ""} />
        </div>
      </Section>
      <Section title={t("appearance.logo")}>
        <Stack maw={560}>
          <ImageInput label={t("general.SignInLogo")} description={t("general.SignInLogoHint")} value={values.logo} onChange={(logo) => setValues({ ...values, logo })} />
          <ImageInput label={t("general.ApplicationIcon")} description={t("general.ApplicationIconHint")} value={values.icon} onChange={(icon) => setValues({ ...values, icon })} />
        </Stack>
      </Section>
      <Section title={t("appearance.errorHtml")} description={t("appearance.errorHtmlHint")}>
        <div className={classes.columns}>
          <CodeEditor
            label={t("appearance.errorHtmlLabel")}
            description={t("appearance.errorHtmlFields")}
            language="html"
            value={values.errorHtml}
            // Several changes may come between two drawings.
            onChange={(errorHtml) => setValues((before) => ({ ...before, errorHtml }))}
            minHeight={200}
          />
          <ErrorPagePreview html={values.errorHtml} />
        </div>
      </Section>
      <ErrorNotice error={saveAppearance.error ?? saveGeneral.error} />
      <SaveBar busy={busy} problems={problems} />
    </form>
  );
}

interface ColourProps {
  label: string;
  description: string;
  value: string;
  fallback: string;
  onChange: (colour: string) => void;
}

function Colour({ label, description, value, fallback, onChange }: ColourProps) {
  const wrong = value !== "" && parseHex(value) === undefined;
  return (
    <Group align="flex-end" gap="xs" wrap="nowrap">
      <ColorInput
        flex={1}
        label={label}
        description={description}
        placeholder={fallback}
        value={value}
        onChange={onChange}
        format="hex"
        withEyeDropper={false}
        fixOnBlur={false}
        error={wrong ? t("appearance.invalid") : undefined}
      />
      {value !== "" && (
        <Button variant="default" onClick={() => onChange("")} aria-label={`${t("appearance.default")}, ${label}`}>
          {t("appearance.default")}
        </Button>
      )}
    </Group>
  );
}

/** How the colours look together; a picture, so hidden from screen readers. */
function Preview({ primary, bar, icon, name }: { primary: string; bar: string; icon: string | null; name: string }) {
  return (
    <div className={classes.preview} aria-hidden="true">
      <div className={classes.bar} style={{ background: bar, color: textOn(bar) }}>
        {icon !== null && <img src={icon} alt="" />}
        {name}
      </div>
      <div className={classes.page}>
        <p>{t("appearance.previewText")}</p>
        <span className={classes.button} style={{ background: primary, color: textOn(primary) }}>
          {t("appearance.previewButton")}
        </span>
        <span style={{ color: primary, textDecoration: "underline" }}>{t("appearance.previewLink")}</span>
      </div>
    </div>
  );
}

/** The page with an example of what fills its fields. Nothing in it runs: a sandbox without any right. */
function ErrorPagePreview({ html }: { html: string }) {
  if (html.trim() === "") return <Text c="dimmed">{t("appearance.errorHtmlDefault")}</Text>;
  const filled = html.replaceAll("{{error}}", "access_denied").replaceAll("{{error_description}}", t("appearance.errorHtmlExample"));
  return <iframe className={classes.frame} title={t("appearance.errorHtmlPreview")} sandbox="" srcDoc={filled} />;
}
