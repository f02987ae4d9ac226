import { useEffect, useRef, useState } from "react";

/** One thing of many that the same is done to. */
export interface BulkItem {
  key: string;
  name: string;
  run: () => Promise<unknown>;
}

/** What could not be done, and why. */
export interface BulkFailure {
  key: string;
  name: string;
  reason: string;
}

/** How far the work is. */
export interface BulkProgress {
  total: number;
  done: number;
  failures: readonly BulkFailure[];
  isRunning: boolean;
}

/** Calls at once: enough not to wait for each, few enough to leave the server to others. */
const lanes = 4;

/** Does the same to many things, a few at a time; one that fails holds no other one back. */
export function useBulk() {
  const [progress, setProgress] = useState<BulkProgress>();
  const stopped = useRef(false);
  // A dialog that is gone begins nothing more.
  useEffect(() => {
    stopped.current = false;
    return () => {
      stopped.current = true;
    };
  }, []);

  const start = async (items: readonly BulkItem[]): Promise<BulkProgress> => {
    stopped.current = false;
    let state: BulkProgress = { total: items.length, done: 0, failures: [], isRunning: true };
    const tell = (next: Partial<BulkProgress>) => {
      state = { ...state, ...next };
      setProgress(state);
    };
    tell({});
    const waiting = [...items];
    const lane = async () => {
      for (let item = waiting.shift(); item !== undefined && !stopped.current; item = waiting.shift()) {
        try {
          await item.run();
          tell({ done: state.done + 1 });
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          tell({ failures: [...state.failures, { key: item.key, name: item.name, reason }] });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
    tell({ isRunning: false });
    return state;
  };

  return {
    progress,
    start,
    /** Begins nothing more; what was begun ends. */
    stop: () => {
      stopped.current = true;
    },
  };
}
