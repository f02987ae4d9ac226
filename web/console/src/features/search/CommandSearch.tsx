import { Alert, Modal, TextInput } from "@mantine/core";
import { IconBolt, IconBuilding, IconFile, IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useId, useMemo, useState, type KeyboardEvent } from "react";
import { useAccounts } from "@shared/queries/accounts";
import { useLibrary } from "@shared/queries/library";
import { t, type MessageKey } from "@shared/messages/t";
import { ConnectorIcon } from "@shared/ui/ConnectorIcon";
import { findHits, hitIndex, type Hit } from "./hits";
import { readRecent, rememberRecent } from "./recent";
import classes from "./CommandSearch.module.css";

/** Something to do, offered by its name. */
export interface Command {
  label: MessageKey;
  run: () => void;
}

interface CommandSearchProps {
  pages: { label: MessageKey; to: string }[];
  commands: Command[];
  /** Whose recent items are shown. */
  administratorId: string;
  onClose: () => void;
}

/** One box that finds pages, commands, connectors and accounts. */
export function CommandSearch({ pages, commands, administratorId, onClose }: CommandSearchProps) {
  const library = useLibrary();
  const accounts = useAccounts();
  const navigate = useNavigate();
  const listId = useId();
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const index = useMemo(
    () =>
      hitIndex([
        ...pages.map((page): Hit => ({ kind: "page", id: page.to, label: t(page.label), detail: "", to: page.to })),
        ...commands.map((command): Hit => ({ kind: "command", id: `command-${command.label}`, label: t(command.label), detail: "" })),
        ...library.items.map(
          ({ Connector: connector }): Hit => ({
            kind: "connector",
            id: `connector-${connector.Id}`,
            label: connector.Name,
            detail: connector.Categories.join(", "),
            icon: connector.Icon ?? null,
            connectorId: connector.Id,
          }),
        ),
        ...accounts.items.map(
          (account): Hit => ({ kind: "account", id: `account-${account.Id}`, label: account.Name, detail: account.Id, accountId: account.Id }),
        ),
      ]),
    [pages, commands, library.items, accounts.items],
  );
  const [recent] = useState(() => readRecent(administratorId));
  const groups = findHits(index, query, recent);
  const hits = groups.flatMap((group) => group.hits);
  const current = Math.min(active, Math.max(0, hits.length - 1));
  const optionId = (hit: Hit) => `${listId}-${hit.id}`;
  const error = library.error ?? accounts.error;

  const chosen = hits[current];
  const chosenId = chosen === undefined ? undefined : optionId(chosen);

  useEffect(() => {
    if (chosenId !== undefined) document.getElementById(chosenId)?.scrollIntoView({ block: "nearest" });
  }, [chosenId]);

  const open = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    rememberRecent(administratorId, hit.id);
    switch (hit.kind) {
      case "command":
        commands.find((command) => `command-${command.label}` === hit.id)?.run();
        return;
      case "page":
        void navigate({ to: hit.to });
        return;
      case "connector":
        void navigate({ to: "/connectors/$connectorId/setup", params: { connectorId: String(hit.connectorId) } });
        return;
      case "account":
        void navigate({ to: "/accounts/$accountId/connectors", params: { accountId: hit.accountId } });
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (hits.length > 0) setActive((current + step + hits.length) % hits.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      open(hits[current]);
    }
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title={t("search.title")}
      size="lg"
      centered={false}
      yOffset="10vh"
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <TextInput
        role="combobox"
        aria-label={t("search.title")}
        aria-expanded={hits.length > 0}
        aria-controls={listId}
        aria-activedescendant={chosenId}
        aria-autocomplete="list"
        placeholder={t("search.placeholder")}
        description={t("search.hint")}
        inputWrapperOrder={["input", "description"]}
        leftSection={<IconSearch size={18} aria-hidden="true" />}
        size="md"
        value={query}
        onChange={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      {error !== null && (
        <Alert color="orange" mt="sm">
          {t("search.failed", { reason: error.message })}
        </Alert>
      )}
      <p className={classes.none} role="status">
        {hits.length === 0 ? t("search.none", { query }) : <span className={classes.hidden}>{t("search.results", { count: hits.length })}</span>}
      </p>
      <div id={listId} role="listbox" aria-label={t("search.title")} className={classes.list}>
        {groups.map((group) => {
          const name = t(group.name === "recent" ? "search.recent" : `search.${group.name}s`);
          return (
            <div key={group.name} role="group" aria-label={name}>
              <div className={classes.kind} aria-hidden="true">
                {name}
              </div>
              {group.hits.map((hit) => (
                // The keys are handled by the box that keeps the focus.
                // eslint-disable-next-line jsx-a11y/click-events-have-key-events
                <div
                  key={hit.id}
                  id={optionId(hit)}
                  role="option"
                  tabIndex={-1}
                  aria-selected={hit === chosen}
                  className={classes.hit}
                  onClick={() => open(hit)}
                  onMouseMove={() => setActive(hits.indexOf(hit))}
                >
                  <HitIcon hit={hit} />
                  <span className={classes.label}>{hit.label}</span>
                  <span className={classes.detail}>{hit.detail}</span>
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </Modal>
  );
}

function HitIcon({ hit }: { hit: Hit }) {
  if (hit.kind === "connector") return <ConnectorIcon icon={hit.icon} name={hit.label} size={24} />;
  const Icon = { account: IconBuilding, command: IconBolt, page: IconFile }[hit.kind];
  return <Icon size={20} stroke={1.6} aria-hidden="true" />;
}
