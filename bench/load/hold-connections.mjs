// Opens keep-alive connections, sends one request over each, reports it, and holds them until its standard input ends.
// Arguments: port, path, connections.
import { connect } from "node:net";

const [port, path, count] = process.argv.slice(2);
const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`;

/** @returns {Promise<void>} */
const open = () =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(request));
    socket.once("data", () => {
      socket.resume();
      resolve();
    });
    socket.once("error", reject);
    socket.once("close", () => {
      console.error("A connection was closed by the server.");
      process.exit(1);
    });
  });

const wave = 100;
for (let opened = 0; opened < Number(count); opened += wave) {
  await Promise.all(Array.from({ length: Math.min(wave, Number(count) - opened) }, open));
}
console.log("holding");
process.stdin.resume().once("end", () => process.exit(0));
