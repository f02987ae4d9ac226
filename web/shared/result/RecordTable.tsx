import "@shared/messages/en/accountConnectors";
import { Button, Text } from "@mantine/core";
import { useState } from "react";
import { t } from "@shared/messages/t";
import { columnsOf, isRecord, type Json, type RecordList } from "./shape";
import classes from "./Result.module.css";

/** Records drawn at once; more are a press away. */
const batch = 50;

/** Records as rows. */
export function RecordTable({ list }: { list: RecordList }) {
  const [shown, setShown] = useState(batch);
  const columns = columnsOf(list.records);
  const count = list.records.length;
  return (
    <>
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className={classes.scroll} tabIndex={0} role="region" aria-label={t("test.table")}>
        <table className={classes.records}>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {list.records.slice(0, shown).map((record, row) => (
              <tr key={row}>
                {columns.map((column) => (
                  <td key={column}>
                    <Cell value={record[column]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Text size="sm" c="dimmed" mt={6} role="status">
        {count > shown ? t("test.recordsShown", { shown, count }) : t("test.records", { count })}
      </Text>
      {count > shown && (
        <Button size="compact-sm" variant="default" mt={6} onClick={() => setShown(shown + batch)}>
          {t("test.more", { count: Math.min(batch, count - shown) })}
        </Button>
      )}
    </>
  );
}

function Cell({ value }: { value: Json | undefined }) {
  if (value === undefined || value === null) return <span className={classes.nothing}>–</span>;
  if (Array.isArray(value)) return <span className={classes.nested}>{t("test.items", { count: value.length })}</span>;
  if (isRecord(value)) return <span className={classes.nested}>{summary(value)}</span>;
  return <>{String(value)}</>;
}

/** Nested records are told by what a person would call them. */
function summary(record: { [name: string]: Json }): string {
  for (const name of ["name", "title", "label", "value", "id"]) {
    const value = record[name];
    if (typeof value === "string" || typeof value === "number") return String(value);
  }
  return t("test.properties", { count: Object.keys(record).length });
}
