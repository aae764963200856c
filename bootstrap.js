// @ts-check
// The first thing that runs, before anything is installed: only syntax that an old Node understands, nothing imported.
var parts = process.versions.node.split(".");
var major = Number(parts[0]);
var minor = Number(parts[1]);

if (major < 20 || (major === 20 && minor < 19)) {
  console.error("Weir needs Node 20.19 or newer; this is " + process.versions.node + ".");
  process.exit(1);
} else {
  import("./src/dev/bootstrap/commands.js")
    .then(function (commands) {
      return commands.runCommand(process.argv[2], process.argv.slice(3));
    })
    .catch(function (error) {
      // A line for an error that explains itself; the whole of it for one that nobody expected.
      var text = error.explained === true ? error.message : error;
      if (process.env.LOG_FORMAT === "json") {
        // This too is a record of the log.
        text = JSON.stringify({
          level: "fatal",
          time: new Date().toISOString(),
          msg: String((text && text.stack) || text),
        });
      }
      console.error(text);
      process.exit(1);
    });
}
