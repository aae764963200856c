import type { Socket } from "node:net";

/** What every byte on its way meets now. */
export type Weather = {
  readonly frozen: { readonly up: boolean; readonly down: boolean };
  readonly delayMs: number;
  readonly bytesPerSecond: number;
};

/** One direction of a connection. */
export type Pipe = {
  /** Looks again at what is under way; call it when the weather has changed. */
  pump: () => void;
  close: () => void;
};

type Parcel = { readonly bytes: Buffer; readonly arrivedAtMs: number };

/** Beyond this the sender is made to wait, as a network with full buffers would. */
const mostHeldBytes = 1024 * 1024;
const dripEveryMs = 20;

/** Carries what `from` sends to `to`, in order, through the weather of the moment. */
export function openPipe(from: Socket, to: Socket, direction: "up" | "down", weather: () => Weather): Pipe {
  const parcels: Parcel[] = [];
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;

  const again = (ms: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      pump();
    }, ms);
  };
  const send = (parcel: Parcel, size: number): void => {
    parcels.shift();
    if (size < parcel.bytes.length) parcels.unshift({ ...parcel, bytes: parcel.bytes.subarray(size) });
    heldBytes -= Math.min(size, parcel.bytes.length);
    to.write(parcel.bytes.subarray(0, size));
  };
  function pump(): void {
    const { frozen } = weather();
    if (!frozen[direction]) deliver();
    // What a frozen link does not take stays in the sender's buffers, and so does its end.
    if (frozen[direction] || heldBytes > mostHeldBytes) from.pause();
    else from.resume();
  }
  function deliver(): void {
    const { delayMs, bytesPerSecond } = weather();
    for (let parcel = parcels[0]; parcel !== undefined; parcel = parcels[0]) {
      const waitMs = parcel.arrivedAtMs + delayMs - performance.now();
      if (waitMs > 0) return again(waitMs);
      if (bytesPerSecond === Number.POSITIVE_INFINITY) {
        send(parcel, parcel.bytes.length);
        continue;
      }
      send(parcel, Math.max(1, Math.floor((bytesPerSecond * dripEveryMs) / 1000)));
      return again(dripEveryMs);
    }
  }

  from.on("data", (bytes: Buffer) => {
    parcels.push({ bytes, arrivedAtMs: performance.now() });
    heldBytes += bytes.length;
    // A drip that is under way takes its own time.
    if (timer === undefined) pump();
  });
  pump();
  return { pump, close: () => clearTimeout(timer) };
}
