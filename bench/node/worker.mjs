// Answers pages with one extractor, in the frames of bench/program.py:
//
//     node worker.mjs FOLDER ENTRY SETTINGS
//
// FOLDER holds node_modules and load.mjs, ENTRY is a file beside this one, SETTINGS are JSON. An entry's default export takes
// `load`, which imports a package from FOLDER, and the settings; it gives a function of (html, url) that returns HTML or text,
// or a promise of it. What it throws is told as an error.

import { readSync, writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [folder, entry, settings] = process.argv.slice(2);

// Frames have stdout for themselves; whatever a library prints goes to stderr. Node's own stream must not even be made:
// it would turn the pipe into one that does not wait, and writing more than it holds into an error.
Object.defineProperty(process, "stdout", { value: process.stderr });

function read(size) {
  const buffer = Buffer.allocUnsafe(size);
  for (let done = 0; done < size; ) {
    const count = readSync(0, buffer, done, size - done);
    if (count === 0) process.exit(0);
    done += count;
  }
  return buffer;
}

function send(value) {
  const body = Buffer.from(JSON.stringify(value));
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32BE(body.length);
  body.copy(frame, 4);
  for (let done = 0; done < frame.length; ) done += writeSync(1, frame, done);
}

function told(error) {
  return { error: String(error?.message ?? error), error_type: String(error?.name ?? typeof error) };
}

// A library's stray promise or timer must not take the next page with it: only what an entry returns or throws counts.
process.on("unhandledRejection", (error) => console.error("unhandled:", error));
process.on("uncaughtException", (error) => console.error("uncaught:", error));

let extract;
try {
  const { load } = await import(pathToFileURL(`${folder}/load.mjs`).href);
  const { default: make } = await import(`./${entry}.mjs`);
  extract = await make(load, JSON.parse(settings));
  send({ ready: true });
} catch (error) {
  send(told(error));
  process.exit(0);
}

for (;;) {
  const header = JSON.parse(read(read(4).readUInt32BE()));
  const html = read(header.size).toString(header.encoding);
  try {
    send({ text: (await extract(html, header.url)) ?? null });
  } catch (error) {
    send(told(error));
  }
  await new Promise(setImmediate); // what the page left to be done is done now, not during the next page
}
