/** The user who watches the dashboard during the run: the first administrator of the tested server. */
export const onlooker = { email: "soak@example.com", password: "a soak takes ten minutes" };

/** Signs in like a page of the server; returns the session cookie. */
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
