import { useEffect, useRef, useState } from "react";

/** How long after the last key the address follows the search box. */
const settle = 150;

/**
 * The text of a search box. It changes at once, so that filtering keeps up with typing; the address
 * follows shortly after. When the address changes by itself (back, a link), the text follows it.
 */
export function useQueryText(inAddress: string, onSettled: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(inAddress);
  const [lastSeen, setLastSeen] = useState(inAddress);
  const sent = useRef(inAddress);
  const report = useRef(onSettled);

  useEffect(() => {
    report.current = onSettled;
  });

  if (inAddress !== lastSeen) {
    setLastSeen(inAddress);
    setText(inAddress);
  }

  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = text;
      report.current(text);
    }, settle);
    return () => clearTimeout(timer);
  }, [text]);

  useEffect(() => {
    sent.current = inAddress;
  }, [inAddress]);

  return [text, setText];
}
