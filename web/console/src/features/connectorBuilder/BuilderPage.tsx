import "@shared/messages/en/building";
import { Alert, Badge, Button, Group, Tabs, Text } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp, IconChevronRight } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from "react";
import { t } from "@shared/messages/t";
import type { CustomConnector, DefinitionFault } from "@shared/api/types";
import { useCustomChanges, useCustomConnector, validateText, type StoredDefinition } from "@shared/queries/customConnectors";
import { usePartner } from "@shared/queries/partner";
import { useRights } from "@shared/session/SessionContext";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { AnchorLink } from "@shared/ui/links";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { toast } from "@shared/ui/toast";
import { UnsavedGuard } from "@shared/ui/UnsavedGuard";
import { BuilderContext, fieldId, type Builder, type Reveal } from "./forms/BuilderContext";
import { MethodTrial, type RenderCall, type RenderDraftCall } from "./MethodTrial";
import { checkedText, documentOf, storable } from "./model/definition";
import type { Json, JsonObject } from "./model/json";
import { placeOf, tabs, type Tab } from "./model/places";
import { BuilderStore } from "./model/store";
import { ProblemSummary } from "./ProblemSummary";
import type { BuilderSearch } from "./search";
import { AuthenticationTab } from "./tabs/AuthenticationTab";
import { MethodsTab } from "./tabs/MethodsTab";
import { ParametersTab } from "./tabs/ParametersTab";
import { RateLimitsTab } from "./tabs/RateLimitsTab";
import { ScriptTab } from "./tabs/ScriptTab";
import { SettingsTab } from "./tabs/SettingsTab";
import { TriggersTab } from "./tabs/TriggersTab";
import { YamlTab } from "./tabs/YamlTab";
import { useUndoKeys } from "./useUndoKeys";
import { useValidation } from "./useValidation";
import classes from "./Builder.module.css";

interface BuilderPageProps {
  connectorId: number;
  search: BuilderSearch;
  onSearch: (search: BuilderSearch) => void;
  /** The form that calls a method, which belongs to another feature. */
  renderCall: RenderCall;
  renderDraftCall: RenderDraftCall;
  /** What is open above the page. */
  children?: ReactNode;
}

/** The builder of one custom connector. */
export function BuilderPage(props: BuilderPageProps) {
  const partner = usePartner();
  const owner = partner.data?.TemplateAccountId;
  const stored = useCustomConnector(owner, props.connectorId);
  // Once it is there, nothing that fails later may take the draft away.
  const error = owner === undefined ? partner.error : stored.data === undefined ? stored.error : null;
  if (error !== null)
    return <PageError what={t("cb.what")} error={error} onRetry={() => void (partner.isError ? partner.refetch() : stored.refetch())} />;
  if (owner === undefined || stored.data === undefined) return <PageSkeleton label={t("cb.what")} shape="form" rows={7} />;
  return <LoadedBuilder key={stored.dataUpdatedAt} {...props} owner={owner} stored={stored.data} />;
}

interface LoadedBuilderProps extends BuilderPageProps {
  owner: string;
  stored: StoredDefinition;
}

function LoadedBuilder({ connectorId, search, onSearch, renderCall, renderDraftCall, children, owner, stored }: LoadedBuilderProps) {
  const [store] = useState(() => new BuilderStore(documentOf(stored.yaml, stored.json.Icon as Json)));
  const { document, canUndo, canRedo, isDirty } = useSyncExternalStore(store.subscribe, store.read);
  const editable = useRights().setUpConnectors;
  const text = useMemo(() => checkedText(document), [document]);
  const check = useValidation(owner, text);
  const faults = useMemo(() => check.data?.Faults ?? [], [check.data]);
  const [reveal, setReveal] = useState<Reveal>();
  const save = useSave(owner, connectorId, stored.json, store);
  useUndoKeys(store);
  useFocusOn(reveal);

  const builder = useMemo((): Builder => ({ store, editable, faults, reveal }), [store, editable, faults, reveal]);
  const tab: Tab = search.tab ?? "settings";
  const open = (fault: DefinitionFault) => {
    const { method, part, ...place } = placeOf(document, fault.Pointer);
    const { account, installed } = search;
    onSearch({
      ...(account === undefined ? {} : { account }),
      ...(installed === undefined ? {} : { installed }),
      ...(place.tab === "settings" ? {} : { tab: place.tab }),
      ...(method === undefined ? {} : { method }),
      ...(part === undefined || part === "settings" ? {} : { part }),
    });
    setReveal((before) => ({ pointer: fault.Pointer, count: (before?.count ?? 0) + 1 }));
  };
  const name = typeof document["name"] === "string" && document["name"] !== "" ? document["name"] : t("cb.unnamed");

  return (
    <BuilderContext value={builder}>
      <UnsavedGuard dirty={isDirty} />
      <PageHeader
        title={name}
        aside={<StateBadge connector={save.data ?? stored.json} />}
        trail={
          <Group gap={4} component="nav" aria-label={t("menu.customConnectors")}>
            <AnchorLink to="/connectors/custom" size="sm">
              {t("menu.customConnectors")}
            </AnchorLink>
            <IconChevronRight size={14} aria-hidden="true" />
            <Text component="span" size="sm" c="dimmed">
              {t("cb.builder")}
            </Text>
          </Group>
        }
        actions={
          editable && (
            <>
              <Button
                variant="default"
                leftSection={<IconArrowBackUp size={16} />}
                disabled={!canUndo}
                onClick={store.undo}
                aria-keyshortcuts="Control+Z Meta+Z"
              >
                {t("cb.undo")}
              </Button>
              <Button
                variant="default"
                leftSection={<IconArrowForwardUp size={16} />}
                disabled={!canRedo}
                onClick={store.redo}
                aria-keyshortcuts="Control+Shift+Z Meta+Shift+Z"
              >
                {t("cb.redo")}
              </Button>
              <Button onClick={() => save.mutate(document)} loading={save.isPending} disabled={!isDirty}>
                {t("form.save")}
              </Button>
            </>
          )
        }
      />
      {stored.json.ReleaseStatus !== "Draft" && save.data === undefined && editable && (
        <Alert color="gray" mb="md">
          {t("cb.makesDraft")}
        </Alert>
      )}
      <ErrorNotice error={save.error} />
      <ProblemSummary faults={faults} checking={check.checking} error={check.error} onOpen={open} />
      <Tabs
        value={tab}
        onChange={(next) => {
          const chosen = tabs.find((candidate) => candidate === next);
          const { tab: former, ...rest } = search;
          onSearch(chosen === undefined || chosen === "settings" ? rest : { ...rest, tab: chosen });
        }}
        keepMounted={false}
      >
        <Tabs.List mb="lg" aria-label={t("cb.tabs")} className={classes.tabs}>
          {tabs.map((value) => (
            <Tabs.Tab key={value} value={value}>
              {t(`cb.tab.${value}`)}
              {faults.some((fault) => fault.Severity === "Error" && placeOf(document, fault.Pointer).tab === value) && <FaultDot />}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="settings">
          <SettingsTab />
        </Tabs.Panel>
        <Tabs.Panel value="authentication">
          <AuthenticationTab />
        </Tabs.Panel>
        <Tabs.Panel value="rateLimits">
          <RateLimitsTab />
        </Tabs.Panel>
        <Tabs.Panel value="parameters">
          <ParametersTab />
        </Tabs.Panel>
        <Tabs.Panel value="triggers">
          <TriggersTab />
        </Tabs.Panel>
        <Tabs.Panel value="methods">
          <MethodsTab
            search={search}
            onSearch={onSearch}
            renderTest={(method) => (
              <MethodTrial
                owner={owner}
                connectorId={connectorId}
                connectorIdentifier={stored.json.UniqueIdentifier}
                hasDraft={(save.data ?? stored.json).ReleaseStatus === "Draft"}
                isDirty={isDirty}
                method={method}
                search={search}
                onSearch={onSearch}
                renderCall={renderCall}
                renderDraftCall={renderDraftCall}
              />
            )}
          />
        </Tabs.Panel>
        <Tabs.Panel value="script">
          <ScriptTab />
        </Tabs.Panel>
        <Tabs.Panel value="yaml">
          <YamlTab owner={owner} />
        </Tabs.Panel>
      </Tabs>
      {children}
    </BuilderContext>
  );
}

/** What stops a document from being stored: it is told by the summary, so this only points there. */
class FaultyDefinition extends Error {
  constructor(faults: readonly DefinitionFault[]) {
    super(t("cb.notSavable", { count: faults.filter((fault) => fault.Severity === "Error").length }));
  }
}

/** Stores the document, if the server finds nothing wrong with it. */
function useSave(owner: string, id: number, stored: CustomConnector, store: BuilderStore) {
  const { update } = useCustomChanges(owner);
  return useMutation({
    mutationFn: async (document: JsonObject) => {
      const validation = await validateText(owner, checkedText(document));
      if (!validation.IsValid || validation.Definition == null) throw new FaultyDefinition(validation.Faults);
      return update.mutateAsync({ id, definition: storable(stored, validation.Definition, document) });
    },
    onSuccess: (_, document) => {
      store.markSaved(document);
      toast(t("form.savedWhat", { what: typeof document["name"] === "string" ? document["name"] : "" }));
    },
  });
}

function StateBadge({ connector }: { connector: CustomConnector }) {
  const state = connector.ReleaseStatus ?? "Draft";
  return (
    <Badge variant="light" color={state === "Live" ? "teal" : state === "Draft" ? "blue" : "gray"}>
      {t(`cc.state.${state}`)}
    </Badge>
  );
}

function FaultDot() {
  return (
    <Badge ml={6} size="sm" color="red" variant="light">
      {t("cb.faultMark")}
    </Badge>
  );
}

/** Moves the focus to what was led to, or to what it stands in, once that is drawn. */
function useFocusOn(reveal: Reveal | undefined) {
  useEffect(() => {
    if (reveal === undefined) return;
    const frame = requestAnimationFrame(() => {
      for (let pointer = reveal.pointer; pointer !== ""; pointer = pointer.slice(0, pointer.lastIndexOf("/"))) {
        const element = window.document.getElementById(fieldId(pointer));
        if (element !== null) {
          element.scrollIntoView({ block: "center" });
          element.focus({ preventScroll: true });
          return;
        }
      }
    });
    return () => cancelAnimationFrame(frame);
  }, [reveal]);
}
