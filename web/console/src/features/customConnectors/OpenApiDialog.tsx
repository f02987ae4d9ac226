import { Alert, Button, Checkbox, Code, Group, Modal, SegmentedControl, Stack, Table, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import type { CustomConnectorSummary } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { useCustomChanges } from "@shared/queries/customConnectors";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { SourceInput } from "./SourceInput";

interface OpenApiDialogProps {
  owner: string;
  /** The connector that is brought up to date; a new one is made when absent. */
  connector?: CustomConnectorSummary | undefined;
  opened: boolean;
  onClose: () => void;
  onEdit: (connectorId: number) => void;
}

/** **Generate From OpenAPI specification**: a draft from a document, and what was left out of it. */
export function OpenApiDialog({ owner, connector, opened, onClose, onEdit }: OpenApiDialogProps) {
  const title = connector === undefined ? t("cc.openapi") : t("cc.openapiUpdateTitle", { name: connector.Name });
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="lg" closeButtonProps={{ "aria-label": t("form.close") }}>
      <OpenApiForm owner={owner} connector={connector} onClose={onClose} onEdit={onEdit} />
    </Modal>
  );
}

/** As much as the server reads, in mebibytes. */
const limit = 20;

type Source = "url" | "file";

function OpenApiForm({ owner, connector, onClose, onEdit }: Omit<OpenApiDialogProps, "opened">) {
  const [name, setName] = useState(connector?.Name ?? "");
  const [source, setSource] = useState<Source>("url");
  const [url, setUrl] = useState("");
  const [text, setText] = useState("");
  const [paging, setPaging] = useState(false);
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
        run.mutate({
          ...(connector === undefined ? { Name: name.trim() } : { id: connector.Id }),
          ...(source === "url" ? { Url: given } : { Document: given }),
          ...(paging ? { ConfirmPaging: true } : {}),
        });
      }}
    >
      <Stack>
        <Text size="sm" c="dimmed">
          {connector === undefined ? t("cc.openapiHint") : t("cc.openapiUpdateHint")}
        </Text>
        {connector === undefined && (
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
        )}
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
        <Checkbox
          label={t("cc.confirmPaging")}
          description={t("cc.confirmPagingHint")}
          checked={paging}
          onChange={(event) => setPaging(event.currentTarget.checked)}
        />
        <ErrorNotice error={run.error} title={t("cc.importFailed")} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={run.isPending}>
            {connector === undefined ? t("cc.generateButton") : t("cc.updateButton")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
