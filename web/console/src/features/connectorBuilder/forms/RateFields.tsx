import { NativeSelect, Stack } from "@mantine/core";
import { t } from "@shared/messages/t";
import { isObject, type Path } from "../model/json";
import { useAt, useBuilder } from "./BuilderContext";
import { Field } from "./Field";

const measures = ["maxRequestsPerSecond", "secondsBetweenRequests"] as const;

/** A rate: so many requests a second, or so many seconds between two, and how many may come at once. */
export function RateFields({ path }: { path: Path }) {
  const { store, editable } = useBuilder();
  const rate = useAt(path);
  const chosen = isObject(rate) && "secondsBetweenRequests" in rate ? "secondsBetweenRequests" : "maxRequestsPerSecond";
  return (
    <Stack gap="sm">
      <NativeSelect
        label={t("cb.rate.measure")}
        value={chosen}
        disabled={!editable}
        onChange={(event) => {
          const { maxRequestsPerSecond, secondsBetweenRequests, ...rest } = isObject(rate) ? rate : {};
          store.do({ kind: "set", path, value: { ...rest, [event.currentTarget.value]: maxRequestsPerSecond ?? secondsBetweenRequests ?? 1 } });
        }}
        data={measures.map((value) => ({ value, label: t(`cb.f.${value}`) }))}
        maw={320}
      />
      <Field owner={path} spec={{ member: chosen, kind: "number", required: true }} />
      <Field owner={path} spec={{ member: "burst", kind: "integer" }} />
    </Stack>
  );
}
