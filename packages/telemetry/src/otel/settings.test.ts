import { describe, expect, test } from "vitest";
import { readSettings } from "./open";

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };

describe("export settings", () => {
  test.for([
    {},
    { OTEL_SERVICE_NAME: "shop", OTEL_TRACES_SAMPLER: "always_on", OTEL_EXPORTER_OTLP_HEADERS: "a=b" },
    { ...endpoint, OTEL_SDK_DISABLED: "TRUE" },
    { ...endpoint, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" },
  ])("is nothing: %j", (given) => {
    expect(readSettings(given)).toEqual({ settings: null, notices: [] });
  });

  test("export traces and metrics once an endpoint is set", () => {
    expect(readSettings(endpoint)).toEqual({
      notices: [],
      settings: {
        tracesUrl: "http://collector:4318/v1/traces",
        metricsUrl: "http://collector:4318/v1/metrics",
        headers: {},
        timeoutMs: 10_000,
        metricsEveryMs: 60_000,
        serviceName: "weir",
        resource: {},
        sampler: { root: "always_on", ratio: 1, parentBased: true },
      },
    });
  });

  test("export what has an exporter set, to the default endpoint", () => {
    expect(readSettings({ OTEL_TRACES_EXPORTER: "otlp" }).settings).toMatchObject({
      tracesUrl: "http://localhost:4318/v1/traces",
      metricsUrl: null,
    });
    expect(readSettings({ OTEL_METRICS_EXPORTER: "otlp" }).settings).toMatchObject({
      tracesUrl: null,
      metricsUrl: "http://localhost:4318/v1/metrics",
    });
  });

  test("use a signal's own endpoint unchanged", () => {
    const given = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://traces.example/in?team=1" };
    expect(readSettings(given).settings).toMatchObject({
      tracesUrl: "https://traces.example/in?team=1",
      metricsUrl: null,
    });
  });

  test("include the configured headers, names and sampler", () => {
    const { settings, notices } = readSettings({
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc%3D, x-team = weir",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_METRIC_EXPORT_INTERVAL: "15000",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other,deployment.environment.name=stage",
      OTEL_SERVICE_NAME: "shop",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    expect(notices).toEqual([]);
    expect(settings).toMatchObject({
      tracesUrl: "http://collector:4318/v1/traces",
      headers: { authorization: "Bearer abc=", "x-team": "weir" },
      timeoutMs: 2_500,
      metricsEveryMs: 15_000,
      serviceName: "shop",
      resource: { "deployment.environment.name": "stage" },
      sampler: { root: "traceidratio", ratio: 0.25, parentBased: false },
    });
  });

  test.for([
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "nothing is exported"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "http://"],
  ] as const)("export nothing and give one notice: %s=%s", ([name, value, says]) => {
    const { settings, notices } = readSettings({ ...endpoint, OTEL_METRICS_EXPORTER: "none", [name]: value });
    expect(settings).toBeNull();
    expect(notices).toEqual([expect.stringContaining(says)]);
    expect(notices[0]).toContain(name);
  });

  test.for([
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"],
    ["OTEL_TRACES_EXPORTER", "otlp,zipkin"],
    ["OTEL_METRICS_EXPORTER", "prometheus"],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "soon"],
    ["OTEL_METRIC_EXPORT_INTERVAL", "1"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "s3cr3t"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=s3cr3t%0d%0ax: y"],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=%"],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
  ] as const)("fall back to the default with one notice: %s=%s", ([name, value]) => {
    const { settings, notices } = readSettings({ ...endpoint, [name]: value });
    expect(settings?.tracesUrl).toBe("http://collector:4318/v1/traces");
    expect(settings).toMatchObject({ timeoutMs: 10_000, metricsEveryMs: 60_000, headers: {}, resource: {} });
    expect(settings?.sampler).toEqual({ root: "always_on", ratio: 1, parentBased: true });
    expect(notices).toEqual([expect.stringContaining(name)]);
    expect(notices[0]).not.toContain("s3cr3t");
  });

  test("an invalid sampling ratio means all", () => {
    const { settings, notices } = readSettings({
      ...endpoint,
      OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "2",
    });
    expect(settings?.sampler).toEqual({ root: "traceidratio", ratio: 1, parentBased: true });
    expect(notices).toEqual([expect.stringContaining("OTEL_TRACES_SAMPLER_ARG")]);
  });
});
