import "@shared/messages/en/settings";
import { Button, Code, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import type { OAuthClient, OAuthClientSecret } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { CopyField, CopyIcon } from "@shared/ui/CopyField";
import { DataTable } from "@shared/ui/DataTable";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { EmptyState, PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { When } from "@shared/ui/When";
import { useCreateOAuthClient, useDeleteOAuthClient, useOAuthClients, useRevealSecret } from "./useCredentials";

/** As many sets as a partner may have. */
const limit = 5;

/** The sets of client credentials. */
export function ClientCredentials() {
  const clients = useOAuthClients();
  const [generating, setGenerating] = useState(false);
  const [deleting, setDeleting] = useState<OAuthClient | null>(null);
  const [shown, setShown] = useState<OAuthClientSecret | null>(null);
  const full = (clients.data?.length ?? 0) >= limit;
  const generate = (
    <Button leftSection={<IconPlus size={18} />} onClick={() => setGenerating(true)} disabled={full}>
      {t("oauth.generate")}
    </Button>
  );

  const content = () => {
    if (clients.isPending) return <PageSkeleton label={t("oauth.what")} rows={2} />;
    if (clients.isLoadingError) return <PageError what={t("oauth.what")} error={clients.error} onRetry={() => void clients.refetch()} />;
    if (clients.data.length === 0) {
      return <EmptyState icon={<IconKey size={34} stroke={1.4} />} title={t("oauth.none")} hint={t("oauth.noneHint")} action={generate} />;
    }
    return (
      <>
        {full && (
          <Text size="sm" c="dimmed" mb="sm">
            {t("oauth.limit")}
          </Text>
        )}
        <DataTable
          caption={t("oauth.clientsCaption")}
          rows={clients.data}
          rowKey={(client) => client.ClientId}
          columns={[
            { key: "description", header: t("description"), narrow: "title", cell: (client) => client.Description },
            {
              key: "id",
              header: t("oauth.clientId"),
              cell: (client) => (
                <Group gap={4} wrap="nowrap" component="span">
                  <Code>{client.ClientId}</Code>
                  <CopyIcon value={client.ClientId} what={t("oauth.clientId")} />
                </Group>
              ),
            },
            { key: "created", header: t("created"), cell: (client) => <When value={client.CreatedOnUtc} /> },
            { key: "used", header: t("oauth.lastUsed"), cell: (client) => <When value={client.LastUsedUtc} /> },
            {
              key: "actions",
              header: t("actions"),
              headerHidden: true,
              align: "end",
              narrow: "plain",
              cell: (client) => <ClientActions client={client} onShow={setShown} onDelete={() => setDeleting(client)} />,
            },
          ]}
        />
      </>
    );
  };

  return (
    <Section title={t("oauth.clients")} actions={(clients.data?.length ?? 0) > 0 ? generate : undefined}>
      {content()}
      <Modal opened={generating} onClose={() => setGenerating(false)} title={t("oauth.generateTitle")} closeButtonProps={{ "aria-label": t("form.close") }}>
        <GenerateForm
          onClose={() => setGenerating(false)}
          onCreated={(created) => {
            setGenerating(false);
            setShown(created);
          }}
        />
      </Modal>
      <Modal opened={shown !== null} onClose={() => setShown(null)} title={shown?.Description ?? t("oauth.clientSecret")} closeButtonProps={{ "aria-label": t("form.close") }}>
        {shown !== null && (
          <Stack>
            <CopyField label={t("oauth.clientId")} value={shown.ClientId} />
            <CopyField label={t("oauth.clientSecret")} value={shown.ClientSecret} />
            <Text size="sm" c="dimmed">
              {t("oauth.viewNote")}
            </Text>
          </Stack>
        )}
      </Modal>
      <DeleteDialog client={deleting} onClose={() => setDeleting(null)} />
    </Section>
  );
}

interface ClientActionsProps {
  client: OAuthClient;
  onShow: (secret: OAuthClientSecret) => void;
  onDelete: () => void;
}

function ClientActions({ client, onShow, onDelete }: ClientActionsProps) {
  const reveal = useRevealSecret();
  return (
    <>
      <Group gap={6} justify="flex-end">
        <Button size="compact-sm" variant="default" loading={reveal.isPending} onClick={() => reveal.mutate(client.ClientId, { onSuccess: onShow })}>
          {t("oauth.view")}
        </Button>
        <Button size="compact-sm" variant="subtle" color="red" onClick={onDelete}>
          {t("oauth.delete")}
        </Button>
      </Group>
      <ErrorNotice error={reveal.error} title={t("oauth.view")} />
    </>
  );
}

function GenerateForm({ onClose, onCreated }: { onClose: () => void; onCreated: (created: OAuthClientSecret) => void }) {
  const [description, setDescription] = useState("");
  const [missing, setMissing] = useState(false);
  const create = useCreateOAuthClient();
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        const text = description.trim();
        setMissing(text === "");
        if (text === "") return;
        create.mutate(text, {
          onSuccess: (created) => {
            toast(t("oauth.created"));
            onCreated(created);
          },
        });
      }}
    >
      <Stack>
        <TextInput
          label={t("description")}
          description={t("oauth.descriptionHint")}
          required
          data-autofocus
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          error={missing ? t("oauth.descriptionRequired") : undefined}
        />
        <ErrorNotice error={create.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={create.isPending}>
            {t("oauth.create")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function DeleteDialog({ client, onClose }: { client: OAuthClient | null; onClose: () => void }) {
  const remove = useDeleteOAuthClient();
  return (
    <ConfirmDialog
      opened={client !== null}
      onClose={onClose}
      title={t("oauth.deleteTitle", { name: client?.Description ?? "" })}
      text={t("oauth.deleteText")}
      action={t("oauth.delete")}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => {
        if (client === null) return;
        remove.mutate(client.ClientId, {
          onSuccess: () => {
            toast(t("oauth.deleted"));
            onClose();
          },
        });
      }}
    />
  );
}
