import { Alert, Button, Code, Group, Modal, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useCustomChanges } from "@shared/queries/customConnectors";
import { t } from "@shared/messages/t";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SourceInput } from "./SourceInput";

interface OpenApiDialogProps {
  owner: string;
  opened: boolean;
  onClose: () => void;
  onEdit: (connectorId: number) => void;
}

/** **Generate From OpenAPI specification**: a draft from a document, and what was left out of it. */
export function OpenApiDialog({ owner, opened, onClose, onEdit }: OpenApiDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t("cc.openapi")} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      <OpenApiForm owner={owner} onClose={onClose} onEdit={onEdit} />
    </Modal>
  );
}

/** As much as the server reads, in mebibytes. */
const limit = 20;

type Source = "url" | "file";

function OpenApiForm({ owner, onClose, onEdit }: Omit<OpenApiDialogProps, "opened">) {
  const [name, setName] = useState("");
  const [source, setSource] = useState<Source>("url");
  const [url, setUrl] = useState("");
  const [text, setText] = useState("");
  const [asked, setAsked] = useState(false);
  const { importOpenApi: run } = useCustomChanges(owner);
  const given = source === "url" ? url.trim() : text;
  const result = run.data;
  if (result !== undefined) {
    return (
      <Stack>
        <Alert color="teal">{t("cc.openapiDone", { name: result.Connector.Name })}</Alert>
        {result.Report.length === 0 ? (
          <Text>{t("cc.reportNone")}</Text>
        ) : (
          <>
            <Text>{t("cc.report", { count: result.Report.length })}</Text>
            <Table.ScrollContainer minWidth={420} mah={340} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
              <Table fz="sm" aria-label={t("cc.reportTable")}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>{t("cc.faultPlace")}</Table.Th>
                    <Table.Th>{t("cc.reason")}</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {result.Report.map((item, index) => (
                    <Table.Tr key={index}>
                      <Table.Td>
                        <Code>{item.Pointer}</Code>
                      </Table.Td>
                      <Table.Td>{item.Reason}</Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.close")}
          </Button>
          <Button onClick={() => onEdit(result.Connector.Id)}>{t("cc.openDraft")}</Button>
        </Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setAsked(true);
        if (name.trim() === "" || given === "") return;
        run.mutate({ Name: name.trim(), ...(source === "url" ? { Url: given } : { Document: given }) });
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {t("cc.openapiHint")}
        </Text>
        <TextInput
          label={t("name")}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={asked && name.trim() === "" ? t("cc.nameRequired") : undefined}
          required
          maxLength={200}
          data-autofocus
          autoComplete="off"
        />
        <SegmentedControl
          aria-label={t("cc.source")}
          value={source}
          onChange={(value) => setSource(value)}
          data={[
            { value: "url" as const, label: t("cc.url") },
            { value: "file" as const, label: t("cc.file") },
          ]}
        />
        {source === "url" ? (
          <TextInput
            label={t("cc.url")}
            type="url"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
            error={asked && given === "" ? t("cc.urlRequired") : undefined}
            placeholder="https://"
            required
            spellCheck={false}
          />
        ) : (
          <SourceInput
            label={t("cc.document")}
            value={text}
            onChange={setText}
            error={asked && given === "" ? t("cc.documentRequired") : undefined}
            limit={limit}
            accept=".json,.yaml,.yml,application/json,application/yaml"
          />
        )}
        <ErrorNotice error={run.error} title={t("cc.importFailed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={run.isPending}>
            {t("cc.generateButton")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
