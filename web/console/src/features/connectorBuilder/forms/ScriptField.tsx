import { useMemo } from "react";
import { CodeEditor } from "@shared/editor/CodeEditor";
import { t } from "@shared/messages/t";
import { scriptWords } from "@shared/script/words";
import { pointerOf, textAt, type Path } from "../model/json";
import { fieldId, useBuilder, useDocument } from "./BuilderContext";
import { Faults } from "./Faults";

/** The script of the connector or of a method. */
export function ScriptField({ owner, description }: { owner: Path; description: string }) {
  const { store, editable } = useBuilder();
  const path = [...owner, "script"];
  const pointer = pointerOf(path);
  const text = textAt(useDocument(), path);
  const words = useMemo(() => scriptWords(), []);
  return (
    <>
      <Faults pointer={pointer} />
      <CodeEditor
        id={fieldId(pointer)}
        label={t("cb.f.script")}
        description={description}
        language="javascript"
        value={text}
        // An emptied editor has no script; setting what stands there already is no change.
        onChange={(next) => {
          if (next !== text) store.do({ kind: "set", path, value: next === "" ? undefined : next }, pointer);
        }}
        onSettled={store.settle}
        readOnly={!editable}
        words={words}
        minHeight={320}
      />
    </>
  );
}
