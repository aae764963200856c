-- Asks for the paths of a file in turn and prints what came of it as one line of JSON.
local requests, index = {}, 0

function init(args)
  for path in io.lines(args[1]) do requests[#requests + 1] = wrk.format("GET", path) end
end

function request()
  index = index % #requests + 1
  return requests[index]
end

function done(summary, latency)
  local errors = summary.errors
  local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    '\n{"requests":%d,"failures":%d,"seconds":%.6f,"latencyMsP50":%.3f,"latencyMsP99":%.3f}\n',
    summary.requests, failures, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000
  ))
end
