import "@shared/messages/en/library";
import { Badge } from "@mantine/core";
import type { Method } from "@shared/api/types";
import { t } from "@shared/messages/t";

const colours: Record<string, string> = { GET: "teal", POST: "blue", PUT: "orange", PATCH: "orange", DELETE: "red" };

/** How a method calls out: its HTTP verb, or that it is a webhook or a script. */
export function VerbBadge({ method }: { method: Pick<Method, "HttpMethod" | "MethodType"> }) {
  const type = method.MethodType;
  if (type === "Webhook" || type === "Script") {
    return (
      <Badge variant="outline" color="gray" size="sm" radius="sm">
        {t(`methods.type.${type}`)}
      </Badge>
    );
  }
  const verb = method.HttpMethod ?? "GET";
  return (
    <Badge variant="outline" color={colours[verb] ?? "gray"} size="sm" radius="sm" w={58} style={{ flexShrink: 0 }}>
      {verb}
    </Badge>
  );
}
