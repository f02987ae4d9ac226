import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "@shared/api/error";

/** Whether trying again by itself may help: nobody answered, or a gateway did. */
function isPassing(error: Error): boolean {
  return error instanceof ApiError && [0, 502, 503, 504].includes(error.status);
}

/** The cache of everything that came from the server. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // A call that can't be made says so, instead of waiting for a network that the browser misses.
      networkMode: "always",
      retry: (failures, error) => failures < 2 && isPassing(error),
    },
    mutations: { networkMode: "always" },
  },
});
