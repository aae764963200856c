import { useState } from "react";
import { useNow } from "@/ui/hooks/timers";

/** Whole seconds left until the moment last given to `start`; zero when it has passed. */
export function useCountdown(): { secondsLeft: number; start: (seconds: number) => void } {
  const [endsAtMs, setEndsAtMs] = useState(0);
  const nowMs = useNow(endsAtMs === 0 ? 0 : 250);
  const secondsLeft = endsAtMs === 0 ? 0 : Math.max(0, Math.ceil((endsAtMs - nowMs) / 1000));
  if (endsAtMs !== 0 && secondsLeft === 0) setEndsAtMs(0);
  return { secondsLeft, start: (seconds) => setEndsAtMs(Date.now() + seconds * 1000) };
}
