const plainHost = /^[\w.-]+(?::\d{1,5})?$|^\[[\da-f:.]+\](?::\d{1,5})?$/i;

/**
 * Says whether a URL can be made of a `Host`, remembering the last one that could. A request whose `Host` is anything
 * but a name or an address with a port is answered by tRPC's adapter, which builds the URL and refuses what is none.
 */
export function createHostCheck(): (host: string | undefined) => boolean {
  let last: string | undefined;
  return (host) => {
    if (host === undefined || host === last) return true;
    if (!plainHost.test(host) || !URL.canParse(`http://${host}`)) return false;
    last = host;
    return true;
  };
}
