/** Who looks at the dashboard meanwhile: the first administrator of the server that is soaked. */
export const onlooker = { email: "soak@example.com", password: "a soak takes ten minutes" };

/** Signs in as a page of the server does; answers the session's cookie. */
export async function signInOnlooker(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/auth/sign-in/email`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(onlooker),
  });
  const [cookie = ""] = response.headers.getSetCookie();
  if (!response.ok) throw new Error(`The onlooker could not sign in: HTTP ${response.status}.`);
  return cookie.split(";", 1)[0] ?? "";
}
