import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, plainEnvironment, waitUntil } from "@weir/embedded/processes";
import { ask } from "./client";

const binaries = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx", "/opt/homebrew/bin/nginx"];

export type Proxies = {
  /** Forwards with its defaults: HTTP/1.0, its own `Host`, no header that says so. */
  plainPort: number;
  /** Keeps connections to the server open and shares them between clients, where a smuggled request would wait. */
  sharingPort: number;
  stop: () => Promise<void>;
};

const configuration = (folder: string, serverPort: number, plainPort: number, sharingPort: number): string => `
daemon off;
master_process off;
error_log ${folder}/error.log;
pid ${folder}/nginx.pid;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream shared { server 127.0.0.1:${serverPort}; keepalive 1; }
  server {
    listen 127.0.0.1:${plainPort};
    location / { proxy_pass http://127.0.0.1:${serverPort}; }
  }
  server {
    listen 127.0.0.1:${sharingPort};
    # Forbidden here: only a request that nginx did not see reaches the server.
    location ~ smuggled { return 403; }
    location / {
      proxy_pass http://shared;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}
`;

/** Starts nginx in front of a server on this machine, from a folder of its own; null where it is not installed. */
export async function startProxies(serverPort: number, folder: string): Promise<Proxies | null> {
  const binary = binaries.find((path) => existsSync(path));
  if (binary === undefined) return null;
  const own = join(folder, "nginx");
  mkdirSync(own, { recursive: true });
  const [plainPort, sharingPort] = [await freePort(), await freePort()];
  writeFileSync(join(own, "nginx.conf"), configuration(own, serverPort, plainPort, sharingPort));
  const args = ["-p", own, "-c", join(own, "nginx.conf"), "-e", join(own, "error.log")];
  const child = spawn(binary, args, { env: plainEnvironment, stdio: "ignore" });
  const ended = once(child, "exit").catch(() => undefined);
  // Found there by the cleanup, should this process die.
  if (child.pid !== undefined) writeFileSync(join(folder, "nginx.pid"), `${child.pid}\n`);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  };
  const isUp = async (): Promise<boolean> => (await ask(sharingPort, { path: "/healthz" })).status === 200;
  if (await waitUntil(async () => child.exitCode !== null || (await isUp()), 10_000)) {
    if (child.exitCode === null) return { plainPort, sharingPort, stop };
  }
  await stop();
  throw new Error(`nginx did not start: see ${own}/error.log.`);
}
