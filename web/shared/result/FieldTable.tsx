import "@shared/messages/en/accountConnectors";
import { Code, Text } from "@mantine/core";
import type { Field } from "@shared/api/types";
import { formatNumber, t } from "@shared/messages/t";
import { valuesAt } from "./located";
import { rawText, type Json } from "./shape";
import classes from "./Result.module.css";

/** Longest value shown whole; the tree shows the rest. */
const longest = 120;

/** What each declared field of an answer holds. */
export function FieldTable({ fields, answer }: { fields: readonly Field[]; answer: Json }) {
  return (
    <>
      <Text size="sm" c="dimmed" mb={6}>
        {t("test.fieldsHint")}
      </Text>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("test.fields")}>
        <table className={`${classes.records} ${classes.fields}`}>
          <thead>
            <tr>
              <th scope="col">{t("test.field")}</th>
              <th scope="col">{t("test.location")}</th>
              <th scope="col">{t("test.value")}</th>
            </tr>
          </thead>
          <tbody>
            {fields.map((field) => (
              <tr key={field.Id}>
                <td>{field.Name}</td>
                <td>
                  <Code>{field.Location ?? ""}</Code>
                </td>
                <td>{told(valuesAt(answer, field.Location ?? field.Name))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function told(values: readonly Json[]): string {
  const [first] = values;
  if (first === undefined) return "–";
  const text = rawText(first);
  const words = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return t("test.values", { count: values.length, first: words, more: formatNumber(values.length - 1) });
}
