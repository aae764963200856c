"use client";

import { Laptop, type LucideIcon, Smartphone, Terminal } from "lucide-react";
import type { ReactNode } from "react";
import type { SessionSummary } from "@/server/auth/contract";
import { Badge } from "@/ui/feedback/badge";
import { When } from "@/ui/format/when";
import { describeDevice, type Device } from "./device";

const icons: Readonly<Record<Device["form"], LucideIcon>> = {
  phone: Smartphone,
  computer: Laptop,
  program: Terminal,
};

type Props = {
  caption: string;
  sessions: readonly SessionSummary[];
  /** The action for a session. */
  renderAction?: (session: SessionSummary) => ReactNode;
};

/** The sessions of a user. On a narrow screen each session is one cell. */
export function SessionsTable({ caption, sessions, renderAction }: Props) {
  return (
    <table className="w-full text-[13px]" data-testid="sessions">
      <caption className="sr-only">{caption}</caption>
      <thead className="caption max-md:sr-only">
        <tr>
          <th scope="col" className="h-7 text-left font-normal">
            Device
          </th>
          <th scope="col" className="pr-4 text-left font-normal max-md:hidden">
            Address
          </th>
          <th scope="col" className="pr-4 text-right font-normal max-md:hidden">
            Signed in
          </th>
          <th scope="col" className="text-right font-normal max-md:hidden">
            Last seen
          </th>
          {renderAction === undefined ? null : (
            <th scope="col">
              <span className="sr-only">Actions</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody>
        {sessions.map((session) => {
          const device = describeDevice(session.userAgent);
          const Icon = icons[device.form];
          const address = session.address ?? "unknown address";
          return (
            <tr key={session.id} data-session={session.id} className="border-t border-line">
              <th scope="row" className="py-1.5 pr-4 text-left font-normal">
                <span className="flex items-start gap-2" title={session.userAgent ?? undefined}>
                  <Icon aria-hidden size={16} strokeWidth={1.75} className="mt-0.5 shrink-0 text-muted" />
                  <span>
                    <span className="flex flex-wrap items-center gap-x-2">
                      <span>{device.label}</span>
                      {session.isCurrent ? <Badge tone="accent">this session</Badge> : null}
                    </span>
                    <span className="caption block md:hidden">
                      <span className="font-mono">{address}</span> · seen <When at={session.lastSeenAt} /> · signed in{" "}
                      <When at={session.createdAt} />
                    </span>
                  </span>
                </span>
              </th>
              <td className="pr-4 font-mono text-[12.5px] max-md:hidden">{address}</td>
              <td className="pr-4 text-right max-md:hidden">
                <When at={session.createdAt} />
              </td>
              <td className="text-right max-md:hidden">
                <When at={session.lastSeenAt} />
              </td>
              {renderAction === undefined ? null : (
                <td className="w-24 py-1 pl-4 text-right">{renderAction(session)}</td>
              )}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
