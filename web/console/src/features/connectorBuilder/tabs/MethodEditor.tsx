import { NativeSelect, Stack, Switch, Tabs, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "@shared/messages/t";
import { fieldId, useBuilder, useDocument, useFaults } from "../forms/BuilderContext";
import { Faults } from "../forms/Faults";
import { Fields } from "../forms/Field";
import { FieldsEditor } from "../forms/FieldsEditor";
import { KeyField } from "../forms/KeyField";
import { RateFields } from "../forms/RateFields";
import { ScriptField } from "../forms/ScriptField";
import { message, method, paging } from "../forms/specs";
import { ofMethodType } from "../model/fresh";
import { at, listAt, pointerOf, textAt, type JsonObject, type Path } from "../model/json";
import { methodParts, type MethodPart } from "../model/places";
import type { BuilderSearch } from "../search";
import { ParameterList } from "./ParameterList";

interface MethodEditorProps {
  /** Position in the list of methods. */
  index: number;
  search: BuilderSearch;
  onSearch: (search: BuilderSearch) => void;
  renderTest: (method: JsonObject) => ReactNode;
}

/** The parts of one method. */
export function MethodEditor({ index, search, onSearch, renderTest }: MethodEditorProps) {
  const document = useDocument();
  const path: Path = ["methods", index];
  const current = listAt(document, ["methods"])[index] ?? {};
  const type = textAt(current, ["type"]);
  const parts = methodParts.filter((part) => type !== "Webhook" || (part !== "response" && part !== "test" && part !== "rateLimits"));
  const chosen: MethodPart = search.part ?? "settings";
  const part: MethodPart = parts.includes(chosen) ? chosen : "settings";
  return (
    <Tabs
      value={part}
      onChange={(next) => {
        const { part: former, ...rest } = search;
        const known = parts.find((candidate) => candidate === next);
        onSearch(known === undefined || known === "settings" ? rest : { ...rest, part: known });
      }}
      keepMounted={false}
    >
      <Tabs.List mb="md" aria-label={t("cb.methodParts")}>
        {parts.map((value) => (
          <Tabs.Tab key={value} value={value}>
            {t(`cb.part.${value}`)}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Faults pointer={pointerOf(path)} />
      <Tabs.Panel value="settings">
        <MethodSettings path={path} current={current} onRenamed={(key) => onSearch({ ...search, method: key })} />
      </Tabs.Panel>
      <Tabs.Panel value="request">
        <Message path={[...path, "request"]} hint={t(type === "Webhook" ? "cb.payloadHint" : "cb.requestHint")} />
      </Tabs.Panel>
      <Tabs.Panel value="response">
        <Message path={[...path, "response"]} hint={t("cb.responseHint")} />
      </Tabs.Panel>
      <Tabs.Panel value="parameters">
        <Text size="sm" c="dimmed" mb="sm">
          {t("cb.methodParametersHint")}
        </Text>
        <ParameterList path={[...path, "parameters"]} empty={t("cb.methodParametersNone")} />
      </Tabs.Panel>
      <Tabs.Panel value="rateLimits">
        <MethodLimits path={path} />
      </Tabs.Panel>
      <Tabs.Panel value="script">
        <ScriptField owner={path} description={t("cb.methodScriptHint")} />
      </Tabs.Panel>
      <Tabs.Panel value="test">{renderTest(current)}</Tabs.Panel>
    </Tabs>
  );
}

function MethodSettings({ path, current, onRenamed }: { path: Path; current: JsonObject; onRenamed: (key: string) => void }) {
  const { store, editable } = useBuilder();
  const pointer = pointerOf([...path, "type"]);
  const faults = useFaults(pointer);
  return (
    <Stack gap="sm" maw={720}>
      <KeyField path={[...path, "key"]} what="method" label="cb.f.key" hint="cb.h.key" onRenamed={onRenamed} />
      <NativeSelect
        id={fieldId(pointer)}
        label={t("cb.f.methodType")}
        value={textAt(current, ["type"])}
        onChange={(event) => store.do({ kind: "set", path, value: ofMethodType(current, event.currentTarget.value) })}
        data={(["Action", "Webhook", "Script"] as const).map((type) => ({ value: type, label: t(`cb.type.${type}`) }))}
        error={faults.length === 0 ? undefined : faults.join(" ")}
        disabled={!editable}
        maw={420}
      />
      <Fields path={path} specs={method} />
    </Stack>
  );
}

function Message({ path, hint }: { path: Path; hint: string }) {
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {hint}
      </Text>
      <Faults pointer={pointerOf(path)} />
      <Fields path={path} specs={message} />
      <FieldsEditor path={[...path, "fields"]} />
    </Stack>
  );
}

function MethodLimits({ path }: { path: Path }) {
  const { store, editable } = useBuilder();
  const rate = [...path, "rateLimit"];
  const own = at(useDocument(), rate) !== undefined;
  return (
    <Stack gap="lg" maw={560}>
      <Stack gap="sm">
        <Switch
          label={t("cb.rateOwn")}
          description={t("cb.rateOwnHint")}
          checked={own}
          disabled={!editable}
          onChange={(event) => store.do({ kind: "set", path: rate, value: event.currentTarget.checked ? { maxRequestsPerSecond: 1 } : undefined })}
        />
        <Faults pointer={pointerOf(rate)} />
        {own && <RateFields path={rate} />}
      </Stack>
      <div>
        <Text fw={560} mb={4}>
          {t("cb.paging")}
        </Text>
        <Text size="sm" c="dimmed" mb="sm">
          {t("cb.pagingOwnHint")}
        </Text>
        <Fields path={[...path, "paging"]} specs={paging(true)} />
      </div>
    </Stack>
  );
}
