import "@shared/messages/en/settings";
import { ActionIcon, Button, Code, Group, Modal, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconPlus, IconWorld, IconX } from "@tabler/icons-react";
import { useState } from "react";
import type { IpRestriction, IpRestrictionScope } from "@shared/api/types";
import { t } from "@shared/messages/t";
import { ConfirmDialog } from "@shared/ui/ConfirmDialog";
import { ErrorNotice } from "@shared/ui/ErrorNotice";
import { PageHeader } from "@shared/ui/PageHeader";
import { PageError, PageSkeleton } from "@shared/ui/PageStates";
import { Section } from "@shared/ui/Section";
import { toast } from "@shared/ui/toast";
import { contains, parseRange } from "./address";
import { useAllowAddress, useIpRestrictions, useRemoveAddress } from "./useIpRestrictions";

const scopes: IpRestrictionScope[] = ["Api", "Console", "MethodCall"];

/** **IP Restrictions**: from where what may be used. */
export function IpRestrictionsPage() {
  const restrictions = useIpRestrictions();
  return (
    <>
      <PageHeader title={t("ip.title")} lead={t("ip.lead")} />
      {restrictions.isPending && <PageSkeleton label={t("ip.what")} rows={5} />}
      {restrictions.isLoadingError && <PageError what={t("ip.what")} error={restrictions.error} onRetry={() => void restrictions.refetch()} />}
      {restrictions.data !== undefined && (
        <>
          <Text mb="lg">{t("ip.current", { ip: restrictions.data.CallerIp })}</Text>
          {scopes.map((scope) => (
            <ScopeCard key={scope} scope={scope} callerIp={restrictions.data.CallerIp} rules={restrictions.data.Items.filter((rule) => rule.Scope === scope)} />
          ))}
        </>
      )}
    </>
  );
}

interface ScopeCardProps {
  scope: IpRestrictionScope;
  callerIp: string;
  rules: IpRestriction[];
}

function ScopeCard({ scope, callerIp, rules }: ScopeCardProps) {
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<IpRestriction | null>(null);
  const remove = useRemoveAddress();
  const add = t("ip.addTo", { scope: t(`ip.${scope}`) });
  return (
    <Section
      title={t(`ip.${scope}`)}
      description={t(`ip.${scope}.hint`)}
      actions={
        <Tooltip label={add}>
          <ActionIcon variant="default" size="lg" aria-label={add} onClick={() => setAdding(true)}>
            <IconPlus size={18} />
          </ActionIcon>
        </Tooltip>
      }
    >
      {rules.length === 0 ? (
        <Group gap="xs" c="dimmed">
          <IconWorld size={18} aria-hidden="true" />
          <Text>{t("ip.open")}</Text>
        </Group>
      ) : (
        <Stack gap="xs" component="ul" style={{ listStyle: "none", padding: 0, margin: 0 }}>
          {rules.map((rule) => (
            <Group key={rule.Id} component="li" gap="sm">
              <Code fz="sm">{rule.Cidr}</Code>
              <Text size="sm" c="dimmed">
                {rule.Description}
              </Text>
              <ActionIcon variant="subtle" color="gray" aria-label={t("ip.remove", { cidr: rule.Cidr })} onClick={() => setRemoving(rule)}>
                <IconX size={16} />
              </ActionIcon>
            </Group>
          ))}
        </Stack>
      )}
      <Modal opened={adding} onClose={() => setAdding(false)} title={add} closeButtonProps={{ "aria-label": t("form.close") }}>
        <AddForm scope={scope} callerIp={callerIp} rules={rules} onClose={() => setAdding(false)} />
      </Modal>
      <ConfirmDialog
        opened={removing !== null}
        onClose={() => setRemoving(null)}
        title={t("ip.removeTitle", { cidr: removing?.Cidr ?? "" })}
        text={t(rules.length === 1 ? "ip.removeLast" : "ip.removeText")}
        action={t("ip.remove", { cidr: removing?.Cidr ?? "" })}
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => {
          if (removing === null) return;
          remove.mutate(removing.Id, {
            onSuccess: () => {
              toast(t("ip.removed", { cidr: removing.Cidr }));
              setRemoving(null);
            },
          });
        }}
      />
    </Section>
  );
}

function AddForm({ scope, callerIp, rules, onClose }: ScopeCardProps & { onClose: () => void }) {
  const [cidr, setCidr] = useState("");
  const [description, setDescription] = useState("");
  const [problem, setProblem] = useState<string>();
  const allow = useAllowAddress();

  const submit = () => {
    const range = parseRange(cidr);
    if (range === undefined) {
      setProblem(t("ip.invalid"));
      return;
    }
    // The first entry closes the list to everybody else, its author among them.
    if (scope !== "MethodCall" && rules.length === 0 && !contains(range, callerIp)) {
      setProblem(t("ip.lockout", { ip: callerIp }));
      return;
    }
    allow.mutate(
      { Scope: scope, Cidr: cidr.trim(), Description: description.trim() || null },
      {
        onSuccess: () => {
          toast(t("ip.added", { cidr: cidr.trim() }));
          onClose();
        },
      },
    );
  };

  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Stack>
        <TextInput
          label={t("ip.address")}
          required
          data-autofocus
          value={cidr}
          onChange={(event) => {
            setCidr(event.currentTarget.value);
            setProblem(undefined);
          }}
          error={problem}
          spellCheck={false}
          autoComplete="off"
        />
        <Text size="sm">
          {t("ip.current", { ip: callerIp })}{" "}
          <Button size="compact-sm" variant="subtle" onClick={() => setCidr(callerIp)}>
            {t("ip.useMine")}
          </Button>
        </Text>
        <TextInput label={t("description")} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <ErrorNotice error={allow.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {t("form.cancel")}
          </Button>
          <Button type="submit" loading={allow.isPending}>
            {t("ip.add")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
