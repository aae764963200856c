/** Why the client cannot be packed; the message names what to change. */
export class PackError extends Error {
  override readonly name = "PackError";
}
