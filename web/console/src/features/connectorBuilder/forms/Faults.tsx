import { Alert } from "@mantine/core";
import { useFaults, useIsFaulty } from "./BuilderContext";

/** What is wrong with something as a whole, such as a member that it lacks. */
export function Faults({ pointer }: { pointer: string }) {
  const faults = useFaults(pointer);
  const faulty = useIsFaulty(pointer);
  if (faults.length === 0) return null;
  return (
    <Alert color={faulty ? "red" : "orange"} mb="sm" py="xs">
      {faults.map((message) => (
        <div key={message}>{message}</div>
      ))}
    </Alert>
  );
}
