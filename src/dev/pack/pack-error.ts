/** Why the client cannot be packed; the message names what is to be changed. */
export class PackError extends Error {
  override readonly name = "PackError";
}
