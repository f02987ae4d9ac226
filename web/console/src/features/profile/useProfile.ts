import "@shared/messages/en/profile";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { consoleSession } from "@shared/api/consoleSession";
import { t } from "@shared/messages/t";
import { toast } from "@shared/ui/toast";

const sessionsKey = ["own-sessions"] as const;

/** Where the signed-in administrator is signed in. */
export function useSessions() {
  return useQuery({ queryKey: sessionsKey, queryFn: () => consoleSession.sessions() });
}

/** Ends one of them. */
export function useRevokeSession() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => consoleSession.revoke(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: sessionsKey }),
  });
}

/** Starts setting up a second factor. */
export function useStartTotp() {
  return useMutation({ mutationFn: (password: string | undefined) => consoleSession.startTotp(password), gcTime: 0 });
}

/** Confirms the second factor with its first code. */
export function useConfirmTotp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (code: string) => consoleSession.confirmTotp(code),
    onSuccess: () => {
      // Told here, for a console that was waiting for the second factor opens at once.
      toast(t("profile.totpDone"));
      return queries.invalidateQueries({ queryKey: ["session"] });
    },
  });
}

/** Takes the second factor away. */
export function useRemoveTotp() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (password: string) => consoleSession.removeTotp(password),
    onSuccess: () => queries.invalidateQueries({ queryKey: ["session"] }),
  });
}

/** Changes the password. */
export function useChangePassword() {
  return useMutation({
    mutationFn: (change: { Current: string; New: string }) => consoleSession.changePassword(change),
  });
}
