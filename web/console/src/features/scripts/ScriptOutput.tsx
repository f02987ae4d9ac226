import { Alert, Badge, Group, Stack, Text, Title } from "@mantine/core";
import { t } from "@shared/messages/t";
import { problemText } from "./problem";
import type { ScriptTestResult } from "@shared/api/types";
import classes from "./Scripts.module.css";

/** What a run left: its result or error, console, globals and the time it took. */
export function ScriptOutput({ result }: { result: ScriptTestResult }) {
  const failed = result.Error != null;
  return (
    <Stack gap="lg">
      <Group gap="sm">
        <Badge variant="light" color={failed ? "red" : "teal"}>
          {t(failed ? "script.error" : "script.ran")}
        </Badge>
        <Text size="sm" c="dimmed" className={classes.figures}>
          {t("script.time", { ms: result.DurationMs })}
        </Text>
      </Group>
      {result.Error != null ? (
        <Alert color="red" role="alert">
          {problemText(result.Error)}
        </Alert>
      ) : (
        <Part title={t("script.result")} text={shown(result.Result)} />
      )}
      {result.Console.length === 0 ? (
        <Empty title={t("script.console")} text={t("script.consoleNone")} />
      ) : (
        <Part title={t("script.console")} text={result.Console.join("\n")} />
      )}
      {result.Globals.length === 0 ? (
        <Empty title={t("script.after")} text={t("script.afterNone")} />
      ) : (
        <section>
          <Title order={3} className={classes.partTitle}>
            {t("script.after")}
          </Title>
          <Stack gap="sm">
            {result.Globals.map((global) => (
              <Part key={global.Name} title={global.Name} text={pretty(global.Value)} order={4} />
            ))}
          </Stack>
        </section>
      )}
    </Stack>
  );
}

function Part({ title, text, order = 3 }: { title: string; text: string; order?: 3 | 4 }) {
  return (
    <section>
      <Title order={order} className={classes.partTitle}>
        {title}
      </Title>
      {/* Long texts scroll by themselves, with keys too. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre className={classes.text} tabIndex={0} role="region" aria-label={title}>
        {text}
      </pre>
    </section>
  );
}

function Empty({ title, text }: { title: string; text: string }) {
  return (
    <section>
      <Title order={3} className={classes.partTitle}>
        {title}
      </Title>
      <Text size="sm" c="dimmed">
        {text}
      </Text>
    </section>
  );
}

/** A result as JavaScript would tell it; nothing returned and `null` are the same here. */
function shown(value: unknown): string {
  return JSON.stringify(value ?? null, null, 2);
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Text stays as it is.
    return text;
  }
}
