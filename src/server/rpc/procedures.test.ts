import { currentScope, runInScope } from "@weir/core/scope";
import { expect, test } from "vitest";
import type { Context } from "./context";
import { t } from "./init";
import * as builders from "./procedures";

const origin = () => currentScope()?.origin;
const router = t.router({
  everyone: builders.publicProcedure.query(origin),
  viewer: builders.viewerProcedure.query(origin),
  operator: builders.operatorProcedure.query(origin),
  admin: builders.adminProcedure.query(origin),
  ofDashboard: t.router({
    everyone: builders.publicDashboardProcedure.query(origin),
    viewer: builders.dashboardViewerProcedure.query(origin),
    operator: builders.dashboardOperatorProcedure.query(origin),
    admin: builders.dashboardAdminProcedure.query(origin),
  }),
});

test("calls count under what is called, whatever role the procedure requires", async () => {
  // The procedures read nothing else of it.
  const context = { client: { kind: "internal", label: "test" }, hideTimings: () => undefined } as unknown as Context;
  const call = t.createCallerFactory(router)(context);
  const asked = runInScope({ request: { id: "1" }, origin: "app", procedure: null, deadlineAtMs: null }, () =>
    Promise.all(
      [call, call.ofDashboard].map((of) => Promise.all([of.everyone(), of.viewer(), of.operator(), of.admin()])),
    ),
  );
  await expect(asked).resolves.toEqual([Array(4).fill("app"), Array(4).fill("admin")]);
});
