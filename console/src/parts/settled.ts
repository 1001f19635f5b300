import { useEffect, useState } from 'react';

/** How long nothing is typed before it is taken for all of it, ms. */
const PAUSE = 300;

/** A text that is being typed, as it was when the typing last paused. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
