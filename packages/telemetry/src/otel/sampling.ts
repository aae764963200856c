import { ROOT_CONTEXT, SpanKind, trace as traceApi, TraceFlags } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import type { Trace } from "../traces/types";
import type { SamplerSettings } from "./settings";

function createSampler({ root, ratio, parentBased }: SamplerSettings): Sampler {
  const own = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(ratio),
  }[root]();
  return parentBased ? new ParentBasedSampler({ root: own }) : own;
}

/** Answers whether a trace is to be exported, as the SDK's samplers do. */
export function createSampling(settings: SamplerSettings): (trace: Trace) => boolean {
  const sampler = createSampler(settings);
  return ({ id: traceId, parentSpanId, isSampledByCaller, procedure }) => {
    const traceFlags = isSampledByCaller ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const context =
      parentSpanId === null
        ? ROOT_CONTEXT
        : traceApi.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentSpanId, traceFlags, isRemote: true });
    const { decision } = sampler.shouldSample(context, traceId, procedure, SpanKind.SERVER, {}, []);
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  };
}
