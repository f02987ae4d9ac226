import { ActionIcon, Button, Group, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronRight, IconPlus, IconTrash } from "@tabler/icons-react";
import { useId, useState } from "react";
import { t } from "@shared/messages/t";
import { isObject, pointerOf, type Path } from "../model/json";
import { fieldId, useAt, useBuilder, useIsFaulty } from "./BuilderContext";
import { Faults } from "./Faults";
import { Fields } from "./Field";
import { credential, credentialNames } from "./specs";
import classes from "./Forms.module.css";

/** How each credential is asked for: its label, hint and defaults. */
export function CredentialFields({ path }: { path: Path }) {
  const { store, editable } = useBuilder();
  const value = useAt(path);
  const names = isObject(value) ? Object.keys(value) : [];
  const [opened, setOpened] = useState<string>();
  const [name, setName] = useState("");
  const id = useId();
  const wrong = name !== "" && (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name) || names.includes(name));
  return (
    <section aria-labelledby={id} id={fieldId(pointerOf(path))} tabIndex={-1} className={classes.list}>
      <Text id={id} className={classes.listLabel}>
        {t("cb.f.fields")}
      </Text>
      <Text size="sm" c="dimmed" mb={6}>
        {t("cb.h.fields")}
      </Text>
      <ul className={classes.items}>
        {names.map((member) => (
          <Credential
            key={member}
            path={[...path, member]}
            name={member}
            opened={opened === member}
            onToggle={() => setOpened(opened === member ? undefined : member)}
          />
        ))}
      </ul>
      {editable && (
        <Group gap="xs" mt="xs" align="flex-end" wrap="nowrap">
          <datalist id={`${id}-names`}>
            {credentialNames
              .filter((offered) => !names.includes(offered))
              .map((offered) => (
                <option key={offered} value={offered} />
              ))}
          </datalist>
          <TextInput
            label={t("cb.credentialName")}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            list={`${id}-names`}
            error={wrong ? t("cb.credentialWrong") : undefined}
            spellCheck={false}
            autoComplete="off"
            flex={1}
            maw={260}
          />
          <Button
            variant="default"
            leftSection={<IconPlus size={16} />}
            disabled={name === "" || wrong}
            onClick={() => {
              // Not an empty object: it says that the credential is asked for as usual.
              store.do({ kind: "set", path: [...path, name], value: { label: name.replace(/([a-z])([A-Z])/g, "$1 $2") } });
              setOpened(name);
              setName("");
            }}
          >
            {t("cb.add.credential")}
          </Button>
        </Group>
      )}
    </section>
  );
}

function Credential({ path, name, opened, onToggle }: { path: Path; name: string; opened: boolean; onToggle: () => void }) {
  const { store, editable } = useBuilder();
  const pointer = pointerOf(path);
  const faulty = useIsFaulty(pointer);
  return (
    <li className={classes.item}>
      <div className={classes.itemHead}>
        <UnstyledButton className={classes.itemName} aria-expanded={opened} onClick={onToggle} id={fieldId(pointer)}>
          <IconChevronRight size={16} aria-hidden="true" className={classes.chevron} />
          <span className={classes.itemTitle}>{name}</span>
          {faulty && <span className={classes.faulty}>{t("cb.hasFaults")}</span>}
        </UnstyledButton>
        <ActionIcon
          variant="subtle"
          color="red"
          disabled={!editable}
          onClick={() => store.do({ kind: "remove", path })}
          aria-label={t("cb.remove", { name })}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </div>
      {opened && (
        <div className={classes.itemBody}>
          <Faults pointer={pointer} />
          <Fields path={path} specs={credential} />
        </div>
      )}
    </li>
  );
}
